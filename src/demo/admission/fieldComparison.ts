// Which fields of two states of an object differ, and which fields an object sets.
// Promises the fields that a real server's managedFields names for them: wholes stay whole, new objects count themselves.
import { isDeepStrictEqual } from "node:util";
import { type FieldPath, FieldSet, fieldStep, itemStep, valueStep } from "./fieldSet.ts";
import { ANYTHING, type FieldType, isJsonObject, isWhole, memberType } from "./fieldType.ts";

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

export function compare(type: FieldType, before: unknown, after: unknown): Comparison {
  const found = { added: [] as FieldPath[], modified: [] as FieldPath[], removed: [] as FieldPath[] };
  compareAt(type, before, after, [], found);
  return {
    added: new FieldSet(found.added),
    modified: new FieldSet(found.modified),
    removed: new FieldSet(found.removed),
  };
}

interface Found {
  readonly added: FieldPath[];
  readonly modified: FieldPath[];
  readonly removed: FieldPath[];
}

function compareAt(type: FieldType, before: unknown, after: unknown, path: FieldPath, found: Found): void {
  const isLeaf = isEmptyOrWhole(type, before) && isEmptyOrWhole(type, after);
  if (isLeaf) {
    if (before === undefined) found.added.push(path);
    else if (after === undefined) found.removed.push(path);
    else if (!isDeepStrictEqual(before, after)) found.modified.push(path);
    return;
  }
  const [old, current] = [membersOf(type, before), membersOf(type, after)];
  for (const [step, member] of new Map([...old, ...current])) {
    compareAt(member.type, old.get(step)?.value, current.get(step)?.value, [...path, step], found);
  }
  if (path.length === 0) return;
  if (before === undefined) found.added.push(path);
  else if (after === undefined) found.removed.push(path);
}

/** The fields an object sets, as an applied configuration owns them: leaves, entries of maps, and items of lists. */
export function fieldsOf(type: FieldType, value: unknown): FieldSet {
  const paths: FieldPath[] = [];
  fieldsAt(type, value, [], paths);
  return new FieldSet(paths);
}

function fieldsAt(type: FieldType, value: unknown, path: FieldPath, paths: FieldPath[]): void {
  if (isEmptyOrWhole(type, value)) {
    if (path.length > 0) paths.push(path);
    return;
  }
  for (const [step, member] of membersOf(type, value)) {
    const at = [...path, step];
    fieldsAt(member.type, member.value, at, paths);
    if (!isDeclared(type, step)) paths.push(at);
  }
}

export interface Member {
  readonly type: FieldType;
  readonly value: unknown;
}

/** The parts of a value that are merged and owned one by one, by their step. */
export function membersOf(type: FieldType, value: unknown): ReadonlyMap<string, Member> {
  const members = new Map<string, Member>();
  if (Array.isArray(value) && type.form === "list" && type.merge !== "atomic") {
    for (const item of value) {
      const step = type.merge === "set" || !isJsonObject(item) ? valueStep(item) : itemStep(item, type.merge.keys);
      members.set(step, { type: type.merge === "set" ? ANYTHING : type.items, value: item });
    }
  } else if (isJsonObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      if (inner !== undefined) members.set(fieldStep(name), { type: memberType(type, name) ?? ANYTHING, value: inner });
    }
  }
  return members;
}

function isEmptyOrWhole(type: FieldType, value: unknown): boolean {
  if (value === undefined || value === null || isWhole(type, value)) return true;
  if (Array.isArray(value)) return value.length === 0;
  return !isJsonObject(value) || Object.keys(value).length === 0;
}

/** A field of a struct is owned through what it holds; everything else that has a name is owned itself as well. */
function isDeclared(type: FieldType, step: string): boolean {
  return type.form === "struct" && Object.hasOwn(type.fields, step.slice(2));
}
