// What an observation has in common with the one before it, held once for both. The Events of one object follow each other in
// a list, and a list is held whole until its order in time is known: a fifth less for each.
import type { Observation, ResourceReference } from "../events/event.ts";

/** Gives each observation as it is, made of parts of the one before it wherever they say the same. */
export function sharing(): (observation: Observation) => Observation {
  let last: Observation | undefined;
  return (observation) => {
    const before = last ?? observation;
    last = {
      ...observation,
      namespace: same(before.namespace, observation.namespace),
      reason: same(before.reason, observation.reason),
      message: same(before.message, observation.message),
      resource: isSame(before.resource, observation.resource) ? before.resource : observation.resource,
      tags: isSame(before.tags, observation.tags) ? before.tags : observation.tags,
    };
    return last;
  };
}

function same(before: string, text: string): string {
  return text === before ? before : text;
}

function isSame<Parts extends ResourceReference | Readonly<Record<string, string>>>(a: Parts, b: Parts): boolean {
  const [parts, others] = [Object.entries(a), Object.entries(b)];
  return (
    parts.length === others.length &&
    parts.every(([key, value], index) => others[index]?.[0] === key && others[index][1] === value)
  );
}
