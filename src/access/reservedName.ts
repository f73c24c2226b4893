// Names that only Kubernetes gives: `system:masters`, `system:serviceaccount:shop:reader`, `system:authenticated`.
// Whoever else claims one would be taken for a part of the cluster, with its rights.
const RESERVED = "system:";

export function isReserved(name: string): boolean {
  return name.startsWith(RESERVED);
}

/** Each once, without what is empty and without what is Kubernetes' own. */
export function givenGroups(names: readonly string[]): readonly string[] {
  return [...new Set(names)].filter((name) => name !== "" && !isReserved(name));
}
