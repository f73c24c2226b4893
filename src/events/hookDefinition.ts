// The Hook resource as it is defined: its versions with the schema of each, and where they were read.
// What a schema says is for src/hooks to read; here it is what came.

export interface HookDefinitionVersion {
  /** `v1alpha2` */
  readonly name: string;
  /** The openAPIV3Schema, as it stands in the CRD. */
  readonly schema: unknown;
}

export const HOOK_DEFINITION_SOURCES = ["CLUSTER", "BUNDLED"] as const;
export type HookDefinitionSource = (typeof HOOK_DEFINITION_SOURCES)[number];

export interface HookDefinition {
  readonly source: HookDefinitionSource;
  /** Those that are served, at least one; the one that is stored comes first. */
  readonly versions: readonly HookDefinitionVersion[];
  /** Why it is not the cluster's; null when it is. */
  readonly reason: string | null;
}
