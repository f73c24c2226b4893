// JSON Patch (RFC 6902) over plain values.
// Promises a new value and an untouched old one; throws PatchError for the first operation that cannot be done.
// Written here rather than taken from npm: the maintained libraries change the document in place or carry a differ as
// large again, while an API server needs just these six operations.
import { isDeepStrictEqual } from "node:util";
import { isJsonObject } from "./fieldType.ts";

export class PatchError extends Error {}

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

export function applyJsonPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  return operations.reduce(applyOperation, document);
}

function applyOperation(document: unknown, operation: PatchOperation): unknown {
  const path = steps(operation.path);
  switch (operation.op) {
    case "add":
      return add(document, path, given(operation));
    case "replace":
      read(document, path);
      return path.length === 0 ? given(operation) : replace(document, path, given(operation));
    case "remove":
      return remove(document, path);
    case "copy":
      return add(document, path, read(document, steps(operation.from)));
    case "move": {
      const from = steps(operation.from);
      if (path.length > from.length && from.every((step, index) => step === path[index])) {
        throw new PatchError("a value cannot be moved into itself");
      }
      const value = read(document, from);
      return add(remove(document, from), path, value);
    }
    case "test":
      if (!isDeepStrictEqual(read(document, path), given(operation))) {
        throw new PatchError(`testing value ${operation.path} failed: test failed`);
      }
      return document;
    default:
      throw new PatchError(`Unexpected kind: ${operation.op}`);
  }
}

function given(operation: PatchOperation): unknown {
  if (!("value" in operation)) throw new PatchError(`${operation.op} operation has no value`);
  return operation.value;
}

/** The steps of a JSON Pointer (RFC 6901). */
function steps(pointer: string | undefined): readonly string[] {
  if (typeof pointer !== "string") throw new PatchError("missing path");
  if (pointer === "") return [];
  if (!pointer.startsWith("/")) throw new PatchError(`path ${pointer} does not start with a slash`);
  return pointer
    .slice(1)
    .split("/")
    .map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
}

function read(document: unknown, path: readonly string[]): unknown {
  let value = document;
  for (const step of path) value = child(value, step);
  return value;
}

function child(value: unknown, step: string): unknown {
  if (Array.isArray(value)) return value[indexOf(value, step, value.length - 1)];
  if (!isJsonObject(value) || !Object.hasOwn(value, step))
    throw new PatchError(`nonexistent path: missing key: ${step}`);
  return value[step];
}

function indexOf(list: readonly unknown[], step: string, last: number): number {
  const index = /^(0|[1-9]\d*)$/.test(step) ? Number(step) : -1;
  if (index < 0 || index > last)
    throw new PatchError(`Unable to access invalid index: ${step} of ${list.length} items`);
  return index;
}

/** The document with `change` made to the container at the end of the path. */
function within(
  document: unknown,
  path: readonly string[],
  change: (container: unknown, step: string) => unknown,
): unknown {
  const [step, ...rest] = path;
  if (step === undefined) throw new PatchError("the whole document cannot be removed");
  if (rest.length === 0) return change(document, step);
  return put(document, step, within(child(document, step), rest, change));
}

function put(container: unknown, step: string, value: unknown): unknown {
  if (Array.isArray(container)) return container.with(indexOf(container, step, container.length - 1), value);
  if (!isJsonObject(container)) throw new PatchError(`${step} is not in an object or list`);
  // A key may be called __proto__: only a definition, never an assignment, makes it a key of its own.
  return Object.fromEntries([...Object.entries(container).filter(([key]) => key !== step), [step, value]]);
}

function replace(document: unknown, path: readonly string[], value: unknown): unknown {
  return within(document, path, (container, step) => put(container, step, value));
}

function add(document: unknown, path: readonly string[], value: unknown): unknown {
  if (path.length === 0) return value;
  return within(document, path, (container, step) => {
    if (!Array.isArray(container)) return put(container, step, value);
    const index = step === "-" ? container.length : indexOf(container, step, container.length);
    return container.toSpliced(index, 0, value);
  });
}

function remove(document: unknown, path: readonly string[]): unknown {
  return within(document, path, (container, step) => {
    if (Array.isArray(container)) return container.toSpliced(indexOf(container, step, container.length - 1), 1);
    child(container, step);
    return isJsonObject(container) ? Object.fromEntries(Object.entries(container).filter(([key]) => key !== step)) : {};
  });
}
