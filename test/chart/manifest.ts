// What a rendered manifest is, as far as every kind has it, and how one is found among others.
// Fields are read by path, and a path that leads nowhere is undefined.
import { parse } from "yaml";

export type Values = Readonly<Record<string, unknown>>;

export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** Throws for what has no kind or no name. */
export function asManifest(value: unknown): Manifest {
  for (const path of ["apiVersion", "kind", "metadata.name"]) {
    if (typeof at(value, path) !== "string") throw new Error(`a manifest without ${path}: ${JSON.stringify(value)}`);
  }
  return value as Manifest; // looked at above
}

/** `spec.template.spec.containers.0`. */
export function at(value: unknown, path: string): unknown {
  return path
    .split(".")
    .reduce<unknown>(
      (inner, key) => (typeof inner === "object" && inner !== null ? Reflect.get(inner, key) : undefined),
      value,
    );
}

export function listAt(value: unknown, path: string): readonly unknown[] {
  const found = at(value, path);
  return Array.isArray(found) ? found : [];
}

export function textAt(value: unknown, path: string): string {
  const found = at(value, path);
  if (typeof found !== "string") throw new Error(`no text at ${path}: ${JSON.stringify(found)}`);
  return found;
}

/** A file that a ConfigMap holds. */
export function fileOf(configMap: Manifest, name: string): string {
  const text = Object.entries(at(configMap, "data") ?? {}).find(([key]) => key === name)?.[1];
  if (typeof text !== "string") throw new Error(`no ${name} in ${configMap.metadata.name}`);
  return text;
}

export function kinds(manifests: readonly Manifest[]): readonly string[] {
  return manifests.map(({ kind }) => kind).sort();
}

/** The one of this kind, or of these when there are several by that name; throws unless there is just one. */
export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const [first, ...more] = manifests.filter(
    (each) => each.kind === kind && (name === undefined || each.metadata.name === name),
  );
  if (!first || more.length > 0) throw new Error(`${more.length + (first ? 1 : 0)} manifests of kind ${kind}`);
  return first;
}

/** The pod that a set of manifests runs: of a StatefulSet, of a Deployment, or what is patched into khook's. */
export function podSpec(manifests: readonly Manifest[]): unknown {
  const workload = manifests.find(({ kind }) => kind === "StatefulSet" || kind === "Deployment");
  if (workload) return at(workload, "spec.template.spec");
  const patch = manifests.find(({ kind, metadata }) => kind === "ConfigMap" && metadata.name.endsWith("-sidecar"));
  if (!patch) throw new Error("nothing runs a pod");
  return at(parse(fileOf(patch, "patch.yaml")), "spec.template.spec");
}
