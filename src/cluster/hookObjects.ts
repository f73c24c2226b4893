// Hook object -> hook. It reads what a cluster may really hold: no spec, no status, fields of the wrong type.
// The manifest it keeps is what `kubectl apply` takes back: nothing that the cluster itself wrote.
import type { ActiveEvent, EventConfiguration, Hook, HookStatus } from "../events/hook.ts";
import { parseInstant } from "../events/time.ts";
import { asInteger, asList, asObject, asText, asTextMap, asWord, type JsonObject } from "./json.ts";

export const HOOK_API_VERSION = "kagent.dev/v1alpha2";
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** undefined when it has no name or no namespace, as the object of a bookmark. */
export function hookOf(object: JsonObject): Hook | undefined {
  const metadata = asObject(object.metadata) ?? {};
  const name = asWord(metadata.name);
  const namespace = asWord(metadata.namespace);
  if (name === undefined || namespace === undefined) return undefined;
  const spec = asObject(object.spec);
  const labels = asTextMap(metadata.labels);
  const { [LAST_APPLIED]: _, ...annotations } = asTextMap(metadata.annotations);
  return {
    namespace,
    name,
    uid: asText(metadata.uid) ?? "",
    labels,
    annotations,
    generation: asInteger(metadata.generation) ?? 0,
    createdAt: parseInstant(asText(metadata.creationTimestamp) ?? "") ?? 0,
    eventConfigurations: asList(spec?.eventConfigurations).flatMap((entry) => configurationOf(entry, namespace) ?? []),
    status: statusOf(asObject(object.status)),
    manifest: {
      apiVersion: HOOK_API_VERSION,
      kind: "Hook",
      metadata: {
        name,
        namespace,
        ...(Object.keys(labels).length > 0 ? { labels } : {}),
        ...(Object.keys(annotations).length > 0 ? { annotations } : {}),
      },
      ...(spec === undefined ? {} : { spec }),
    },
    deletedAt: null,
  };
}

/** undefined without an event type: such an entry can match nothing. */
function configurationOf(entry: unknown, namespace: string): EventConfiguration | undefined {
  const configuration = asObject(entry);
  const eventType = asWord(configuration?.eventType);
  if (eventType === undefined) return undefined;
  const agentRef = asObject(configuration?.agentRef);
  return {
    eventType,
    agentRef: { namespace: asWord(agentRef?.namespace) ?? namespace, name: asText(agentRef?.name) ?? "" },
    prompt: asText(configuration?.prompt) ?? "",
  };
}

/** null also for the empty status that some tools write. */
function statusOf(status: JsonObject | undefined): HookStatus | null {
  if (!status || Object.keys(status).length === 0) return null;
  return {
    activeEvents: asList(status.activeEvents).flatMap((entry) => activeEventOf(asObject(entry)) ?? []),
    lastUpdated: parseInstant(asText(status.lastUpdated) ?? "") ?? null,
  };
}

function activeEventOf(entry: JsonObject | undefined): ActiveEvent | undefined {
  const eventType = asWord(entry?.eventType);
  const resourceName = asWord(entry?.resourceName);
  const firstSeen = parseInstant(asText(entry?.firstSeen) ?? "");
  const lastSeen = parseInstant(asText(entry?.lastSeen) ?? "") ?? firstSeen;
  if (eventType === undefined || resourceName === undefined || firstSeen === undefined || lastSeen === undefined) {
    return undefined;
  }
  return { eventType, resourceName, firstSeen, lastSeen, status: asText(entry?.status) ?? "" };
}
