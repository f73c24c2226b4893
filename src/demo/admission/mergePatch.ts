// The two patches that look like the object they change: JSON Merge Patch (RFC 7386) and Kubernetes' strategic one.
// Promises a new value and an untouched old one. A strategic patch merges the lists that their type says to merge.
import { isDeepStrictEqual } from "node:util";
import { ANYTHING, type FieldType, isJsonObject, type JsonObject, type ListType, memberType } from "./fieldType.ts";

export function applyMergePatch(target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) result.delete(key);
    else result.set(key, applyMergePatch(result.get(key), value));
  }
  return Object.fromEntries(result);
}

const DELETE_FROM_LIST = "$deleteFromPrimitiveList/";
const RETAIN_KEYS = "$retainKeys";
const DIRECTIVE = "$patch";

export function applyStrategicPatch(type: FieldType, target: unknown, patch: unknown): unknown {
  if (!isJsonObject(patch)) return patch;
  if (patch[DIRECTIVE] === "replace") return withoutDirectives(patch);
  if (patch[DIRECTIVE] === "delete") return {};
  const result = new Map(Object.entries(isJsonObject(target) ? target : {}));
  const retained = patch[RETAIN_KEYS];
  if (Array.isArray(retained)) for (const key of [...result.keys()]) if (!retained.includes(key)) result.delete(key);
  for (const [key, value] of Object.entries(patch)) {
    if (key.startsWith(DELETE_FROM_LIST)) {
      const field = key.slice(DELETE_FROM_LIST.length);
      const list = result.get(field);
      const gone: readonly unknown[] = Array.isArray(value) ? value : [];
      if (Array.isArray(list))
        result.set(
          field,
          list.filter((item) => !gone.includes(item)),
        );
    } else if (key.startsWith("$")) continue;
    else if (value === null) result.delete(key);
    else result.set(key, mergedField(memberType(type, key) ?? ANYTHING, result.get(key), value));
  }
  return Object.fromEntries(result);
}

function mergedField(type: FieldType, target: unknown, patch: unknown): unknown {
  if (type.form === "list" && Array.isArray(patch)) return mergedList(type, Array.isArray(target) ? target : [], patch);
  return applyStrategicPatch(type, target, patch);
}

function mergedList(type: ListType, target: readonly unknown[], patch: readonly unknown[]): readonly unknown[] {
  if (type.merge === "atomic") return patch;
  if (type.merge === "set") return [...target, ...patch.filter((item) => !target.includes(item))];
  if (patch.some((item) => isJsonObject(item) && item[DIRECTIVE] === "replace")) {
    return patch.filter((item) => isJsonObject(item) && item[DIRECTIVE] === undefined);
  }
  const { keys } = type.merge;
  let result = target;
  for (const item of patch) {
    if (!isJsonObject(item)) continue;
    const index = result.findIndex(
      (each) => isJsonObject(each) && keys.every((key) => isDeepStrictEqual(each[key], item[key])),
    );
    if (item[DIRECTIVE] === "delete") result = index === -1 ? result : result.toSpliced(index, 1);
    else if (index === -1) result = [...result, withoutDirectives(item)];
    else result = result.with(index, applyStrategicPatch(type.items, result[index], item));
  }
  return result;
}

function withoutDirectives(patch: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(patch).filter(([key]) => !key.startsWith("$")));
}
