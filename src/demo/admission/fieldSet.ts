// A set of fields of an object, as managedFields keeps it, and the sums and differences of such sets.
// Promises the text form FieldsV1 both ways, keys in a real server's order.
import { isJsonObject, type JsonObject } from "./fieldType.ts";
import { goJson, sorted } from "./goJson.ts";
import { quoted } from "./goText.ts";

/** One step: `f:name` a field, `k:{…}` an item by its keys, `v:…` an item by its value, `i:n` an item by its index. */
export type FieldPath = readonly string[];

export class FieldSet implements Iterable<FieldPath> {
  private readonly paths: ReadonlyMap<string, FieldPath>;

  constructor(paths: Iterable<FieldPath> = []) {
    this.paths = new Map([...paths].map((path) => [keyOf(path), path]));
  }

  get isEmpty(): boolean {
    return this.paths.size === 0;
  }

  has(path: FieldPath): boolean {
    return this.paths.has(keyOf(path));
  }

  /** Whether the path itself or anything below it is in the set. */
  covers(path: FieldPath): boolean {
    const key = keyOf(path);
    return this.paths.has(key) || [...this.paths.keys()].some((each) => each.startsWith(`${key}\0`));
  }

  union(other: Iterable<FieldPath>): FieldSet {
    return new FieldSet([...this, ...other]);
  }

  filter(keeps: (path: FieldPath) => boolean): FieldSet {
    return new FieldSet([...this].filter(keeps));
  }

  difference(other: FieldSet): FieldSet {
    return this.filter((path) => !other.has(path));
  }

  intersection(other: FieldSet): FieldSet {
    return this.filter((path) => other.has(path));
  }

  equals(other: FieldSet): boolean {
    return this.paths.size === other.paths.size && this.difference(other).isEmpty;
  }

  [Symbol.iterator](): Iterator<FieldPath> {
    return this.paths.values();
  }
}

interface Node {
  isMember: boolean;
  readonly children: Map<string, Node>;
}

export function toFieldsV1(set: FieldSet): JsonObject {
  const root: Node = { isMember: false, children: new Map() };
  for (const path of set) {
    let node = root;
    for (const step of path) {
      let child = node.children.get(step);
      if (child === undefined) {
        child = { isMember: false, children: new Map() };
        node.children.set(step, child);
      }
      node = child;
    }
    node.isMember = true;
  }
  return written(root);
}

function written(node: Node): JsonObject {
  const steps = [...node.children.keys()].sort();
  const children = steps.map((step) => {
    const child = node.children.get(step);
    return [step, child === undefined ? {} : written(child)];
  });
  const self = node.isMember && children.length > 0 ? { ".": {} } : {};
  return { ...self, ...Object.fromEntries(children) };
}

/** The set that a FieldsV1 value means; undefined when it is none. */
export function fromFieldsV1(fields: unknown): FieldSet | undefined {
  const paths: FieldPath[] = [];
  return collect(fields, [], paths) ? new FieldSet(paths) : undefined;
}

function collect(node: unknown, path: FieldPath, paths: FieldPath[]): boolean {
  if (!isJsonObject(node)) return false;
  const steps = Object.keys(node);
  if (path.length > 0 && (steps.length === 0 || steps.includes("."))) paths.push(path);
  return steps.every((step) => step === "." || (isStep(step) && collect(node[step], [...path, step], paths)));
}

function isStep(step: string): boolean {
  if (/^(f:|i:\d+$)/.test(step)) return true;
  if (!/^[kv]:/.test(step)) return false;
  try {
    const value: unknown = JSON.parse(step.slice(2));
    return step.startsWith("v:") || isJsonObject(value);
  } catch {
    return false;
  }
}

/** The path as conflicts name it: `.spec.list[name="a"].image` */
export function pathText(path: FieldPath): string {
  return path.map(stepText).join("");
}

function stepText(step: string): string {
  const rest = step.slice(2);
  if (step.startsWith("f:")) return `.${rest}`;
  if (step.startsWith("i:")) return `[${rest}]`;
  if (step.startsWith("v:")) return `[=${rest}]`;
  const keys = Object.entries(JSON.parse(rest)).map(([key, value]) => {
    return `${key}=${typeof value === "string" ? quoted(value) : goJson(value)}`;
  });
  return `[${keys.join(",")}]`;
}

export function fieldStep(name: string): string {
  return `f:${name}`;
}

export function valueStep(value: unknown): string {
  return `v:${goJson(value)}`;
}

/** How an item of a list that is merged by keys is named. */
export function itemStep(item: JsonObject, keys: readonly string[]): string {
  return `k:${goJson(sorted(Object.fromEntries(keys.map((key) => [key, item[key]]))))}`;
}

function keyOf(path: FieldPath): string {
  return path.join("\0");
}
