// How REST spells the values of GraphQL enums: lower camel case, and a `_DESC` order as a leading minus.
// One rule, both ways: what an answer says can be asked for again.

const DESCENDING = "_DESC";

/** FIRING is `firing`, LOWER_BOUND `lowerBound`, EVENT_TYPE_DESC `-eventType`. */
export function spellEnum(value: string): string {
  if (value.endsWith(DESCENDING)) return `-${spellEnum(value.slice(0, -DESCENDING.length))}`;
  return value.toLowerCase().replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
