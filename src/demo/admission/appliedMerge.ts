// How an applied configuration becomes part of an object, and how what it no longer mentions leaves it.
// Promises that wholes are replaced, maps and keyed lists merged, and that nothing somebody else owns is taken away.

import { membersOf } from "./fieldComparison.ts";
import { type FieldPath, FieldSet } from "./fieldSet.ts";
import { ANYTHING, type FieldType, isJsonObject, isWhole, memberType } from "./fieldType.ts";

/** The object with everything the configuration says. */
export function merge(type: FieldType, live: unknown, configuration: unknown): unknown {
  if (configuration === undefined) return live;
  if (live === undefined || live === null || isWhole(type, configuration)) return configuration;
  if (Array.isArray(configuration) && Array.isArray(live)) {
    const wanted = new Map(membersOf(type, configuration));
    const kept = [...membersOf(type, live)].map(([step, member]) => {
      const change = wanted.get(step);
      wanted.delete(step);
      return merge(member.type, member.value, change?.value);
    });
    return [...kept, ...[...wanted.values()].map((member) => member.value)];
  }
  if (!isJsonObject(configuration) || !isJsonObject(live)) return configuration;
  const result = new Map(Object.entries(live));
  for (const [key, value] of Object.entries(configuration)) {
    result.set(key, merge(memberType(type, key) ?? ANYTHING, live[key], value));
  }
  return Object.fromEntries(result);
}

/** The object without the `dropped` fields, and without the parents that are empty for it and that nobody owns. */
export function withoutFields(type: FieldType, value: unknown, dropped: FieldSet, owned: FieldSet): unknown {
  let result = value;
  // Longest paths first: what is inside goes before what held it.
  const paths = [...dropped]
    .filter((path) => !owned.covers(path))
    .sort((first, second) => second.length - first.length);
  for (const path of paths) {
    result = without(type, result, path);
    for (let depth = path.length - 1; depth > 0; depth -= 1) {
      const parent = path.slice(0, depth);
      if (owned.covers(parent) || !isEmptyAt(type, result, parent)) break;
      result = without(type, result, parent);
    }
  }
  return result;
}

function without(type: FieldType, value: unknown, path: FieldPath): unknown {
  const [step, ...rest] = path;
  if (step === undefined) return undefined;
  const member = membersOf(type, value).get(step);
  if (member === undefined) return value;
  const inner = without(member.type, member.value, rest);
  if (Array.isArray(value))
    return value.flatMap((item) => (item === member.value ? (inner === undefined ? [] : [inner]) : [item]));
  const key = step.slice(2);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([name, each]) =>
      name !== key ? [[name, each]] : inner === undefined ? [] : [[name, inner]],
    ),
  );
}

function isEmptyAt(type: FieldType, value: unknown, path: FieldPath): boolean {
  const [step, ...rest] = path;
  if (step === undefined) {
    return Array.isArray(value) ? value.length === 0 : isJsonObject(value) && Object.keys(value).length === 0;
  }
  const member = membersOf(type, value).get(step);
  return member !== undefined && isEmptyAt(member.type, member.value, rest);
}

/** The fields of a configuration that its type does not have. */
export function undeclared(type: FieldType, value: unknown, path: FieldPath = []): readonly FieldPath[] {
  if (Array.isArray(value)) {
    if (type.form !== "list") return [];
    return value.flatMap((item, index) => undeclared(type.items, item, [...path, `i:${index}`]));
  }
  if (!isJsonObject(value) || type.form === "any") return [];
  return Object.entries(value).flatMap(([key, inner]) => {
    const member = memberType(type, key);
    const at = [...path, `f:${key}`];
    return member === undefined ? [at] : undeclared(member, inner, at);
  });
}
