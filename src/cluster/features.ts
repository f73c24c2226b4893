// What the cluster has: its version, and the Hook resource with the event types its schema lets a hook wait for.
// What cannot be read is said so, and no reason to fail: reading the CRD is a right of its own.
import type { ClusterFeatures, HookVersion } from "../events/diagnostics.ts";
import type { Connection } from "./connection.ts";
import { asList, asObject, asText, asWord, type JsonObject } from "./json.ts";

const CRD = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions/hooks.kagent.dev";

/** Never rejects. */
export async function readClusterFeatures(connection: Connection, signal: AbortSignal): Promise<ClusterFeatures> {
  const unknown: string[] = [];
  const read = (what: string, path: string): Promise<JsonObject | undefined> =>
    connection.get(path, {}, signal).then(
      ({ body }) => body,
      (error: unknown) => {
        unknown.push(`${what}: ${error instanceof Error ? error.message : String(error)}`);
        return undefined;
      },
    );
  const [version, crd] = await Promise.all([read("version", "/version"), read("Hook CRD", CRD)]);
  const { target } = connection;
  return {
    context: target.configured ? target.context : null,
    serverVersion: asWord(version?.gitVersion) ?? null,
    hookVersions: asList(asObject(crd?.spec)?.versions).flatMap(hookVersion),
    unknown,
  };
}

function hookVersion(value: unknown): readonly HookVersion[] {
  const { name, served, storage, schema } = asObject(value) ?? {};
  if (served !== true) return [];
  const eventType = at(schema, [
    "openAPIV3Schema",
    "properties",
    "spec",
    "properties",
    "eventConfigurations",
    "items",
    "properties",
    "eventType",
  ]);
  const eventTypes = asList(asObject(eventType)?.enum).flatMap((each) => asText(each) ?? []);
  return [{ name: asText(name) ?? "", storage: storage === true, eventTypes }];
}

function at(value: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((inner, key) => asObject(inner)?.[key], value);
}
