// What a caller may see of what is stored: everything, or what lies in some namespaces. Pure: who decides it is not known here.
// An event lies in its own namespace, a hook and what khook did for it in the hook's.
import { hash } from "node:crypto";
import type { EventFilter } from "./filter.ts";

/** Namespaces in which something may be seen: every one, or these. */
export type Scope = "all" | ReadonlySet<string>;

export interface Sight {
  readonly events: Scope;
  readonly hooks: Scope;
  /** Where hooks may be read in full, with their prompts. */
  readonly prompts: Scope;
}

export const SIGHT_PARTS = ["events", "hooks", "prompts"] as const satisfies readonly (keyof Sight)[];

export const WHOLE_SIGHT: Sight = { events: "all", hooks: "all", prompts: "all" };

/** RFC 1123, a label: nothing of Kubernetes lies in any other. */
export function isNamespaceName(text: string): boolean {
  return /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(text);
}

export function isWhole({ events, hooks, prompts }: Sight): boolean {
  return events === "all" && hooks === "all" && prompts === "all";
}

export function sees(scope: Scope, namespace: string): boolean {
  return scope === "all" || scope.has(namespace);
}

/** Whether everything that the one lets through, the other does too. */
export function covers(scope: Scope, other: Scope): boolean {
  if (scope === "all") return true;
  return other !== "all" && [...other].every((namespace) => scope.has(namespace));
}

/** The filter for what may be seen alone. Namespaces it names are taken to be allowed. */
export function within(filter: EventFilter, scope: Scope): EventFilter {
  return scope === "all" || filter.namespaces ? filter : { ...filter, namespaces: [...scope] };
}

/** Characters. The text is a part of many keys. */
const LONG = 60;

const texts = new WeakMap<Sight, string>();

/** Callers whose texts are equal see the same. */
export function sightText(sight: Sight): string {
  const known = texts.get(sight);
  if (known !== undefined) return known;
  const whole = [sight.events, sight.hooks, sight.prompts].map(scopeText).join("|");
  const text = whole.length > LONG ? hash("sha256", whole, "base64") : whole;
  texts.set(sight, text);
  return text;
}

function scopeText(scope: Scope): string {
  return scope === "all" ? "all" : `=${[...scope].sort().join(",")}`;
}
