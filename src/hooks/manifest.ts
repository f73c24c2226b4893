// From a text to its documents: YAML as kubectl reads it, and so JSON as well, each value with its place.
// Never throws, and takes bounded time and memory whatever the text is; what is wrong with the text is remarked on.
import {
  type Alias,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  type Node,
  type Pair,
  type ParsedNode,
  parseAllDocuments,
  type YAMLMap,
} from "yaml";
import type { Finding, FindingCode, NamedHook, Remark } from "./finding.ts";
import { excessOf, MAX_DEPTH, MAX_DOCUMENTS, MAX_VALUES, tooDeep } from "./limits.ts";
import { entryOf, type Located, type LocatedEntry, textOf } from "./located.ts";

/** An object to be judged: a document, or one of the items of a List. */
export interface Subject {
  /** From 1. */
  readonly document: number;
  /** In front of every path: empty, or `items[0]`. */
  readonly prefix: string;
  readonly root: Located;
  readonly hook: NamedHook | null;
}

export interface Manifest {
  readonly subjects: readonly Subject[];
  /** What is wrong with the text itself. */
  readonly remarks: readonly (Remark & { readonly document: number })[];
  position(at: number): Pick<Finding, "line" | "column">;
}

/** YAML 1.1 is what kubectl reads, less the types that its reader takes for texts: times, sexagesimal numbers, sets. */
const READ_AS = /^tag:yaml\.org,2002:(?:map|seq|str|null|bool|int|float|merge)$/;
const MERGE = "<<";
/** Syntax errors told of one document: one is often the cause of all others. */
const MAX_ERRORS = 20;

export function readManifest(text: string): Manifest {
  const lines = linesOf(text);
  const remarks: (Remark & { document: number })[] = [];
  const subjects: Subject[] = [];
  const position = (at: number) => {
    const { line, col } = lines.linePos(Math.min(at, text.length));
    return { line: Math.max(line, 1), column: Math.max(col, 1) };
  };
  const remark = (document: number, code: FindingCode, at: number, message: string, path = "") =>
    remarks.push({ severity: "error", code, origin: "TEXT", path, at, message: () => message, document });

  const excess = excessOf(text);
  if (excess) {
    remark(0, excess.code, excess.at, excess.message);
    return { subjects, remarks, position };
  }

  const parsed = parseAllDocuments(text, {
    prettyErrors: false,
    strict: true,
    uniqueKeys: false, // looked for below, in linear time
    version: "1.1",
    customTags: (tags) =>
      tags.filter((tag) => {
        if (typeof tag === "string") return tag !== "timestamp" && tag !== "binary";
        return READ_AS.test(tag.tag) && tag.format !== "TIME";
      }),
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  const budget = { values: MAX_VALUES };
  for (const [index, { errors, warnings, contents }] of documents.entries()) {
    const number = index + 1;
    if (number > MAX_DOCUMENTS) {
      const at = contents?.range[0] ?? text.length;
      remark(0, "TOO_MANY_DOCUMENTS", at, `has ${documents.length} documents: at most ${MAX_DOCUMENTS} are looked at`);
      break;
    }
    for (const { pos, message } of errors.slice(0, MAX_ERRORS)) remark(number, "SYNTAX", pos[0], sentence(message));
    for (const { pos, message } of warnings) remark(number, "UNSUPPORTED_VALUE", pos[0], sentence(message));
    if (errors.length > 0 || contents === null || (isScalar(contents) && contents.value === null)) continue;
    const root = new Reading(budget, (code, at, message, path) => remark(number, code, at, message, path)).read(
      contents,
    );
    if (root) subjects.push(...subjectsOf(root, number));
  }
  if (remarks.length === 0 && subjects.length === 0) {
    remark(0, "EMPTY", 0, "there is no document: give a Hook as YAML or JSON");
  }
  return { subjects, remarks, position };
}

/** The items of a List, as `kubectl get -o yaml` writes it, or the document itself. */
function subjectsOf(root: Located, document: number): readonly Subject[] {
  const kind = textOf(entryOf(root, "kind")?.value);
  const items = entryOf(root, "items")?.value;
  if ((kind === "List" || kind === "HookList") && items?.kind === "list") {
    return items.items.map((item, index) => {
      return { document, prefix: `items[${index}]`, root: item, hook: nameOf(item) };
    });
  }
  return [{ document, prefix: "", root, hook: nameOf(root) }];
}

function nameOf(root: Located): NamedHook | null {
  const metadata = entryOf(root, "metadata")?.value;
  const name = textOf(entryOf(metadata, "name")?.value);
  if (name === undefined || name === "") return null;
  return { namespace: textOf(entryOf(metadata, "namespace")?.value) || null, name };
}

type Note = (code: FindingCode, at: number, message: string, path?: string) => void;

/** Ends the reading of a document. */
class Stop extends Error {}

/** The reading of one document. `budget` is shared by all documents of a text. */
class Reading {
  readonly #budget: { values: number };
  readonly #note: Note;
  readonly #anchors = new Map<string, Node>();

  constructor(budget: { values: number }, note: Note) {
    this.#budget = budget;
    this.#note = note;
  }

  /** undefined when it is too large or too deep, which is noted. */
  read(contents: ParsedNode): Located | undefined {
    try {
      return this.#value(contents, 0, undefined);
    } catch (error) {
      if (error instanceof Stop) return undefined;
      throw error;
    }
  }

  /** `alias` is where the alias stands that led here: places below it are in the text of its anchor. */
  #value(node: unknown, depth: number, alias: number | undefined): Located {
    const at = alias ?? offsetOf(node);
    if (depth > MAX_DEPTH) this.#stop("TOO_DEEP", at, tooDeep(at).message);
    this.#budget.values -= 1;
    if (this.#budget.values < 0) {
      this.#stop("TOO_LARGE", at, `has more than ${MAX_VALUES} values, with what aliases stand for: give less at once`);
    }
    if (isAlias(node)) {
      const target = this.#target(node);
      if (!target) this.#note("SYNTAX", at, `there is no &${node.source} before this`);
      return target ? this.#value(target, depth + 1, at) : nullAt(at);
    }
    this.#remember(node);
    if (isMap(node)) {
      const entries = new Map<string, LocatedEntry>();
      this.#entries(node, entries, depth, alias);
      return { kind: "object", at, entries };
    }
    if (isSeq(node)) {
      return { kind: "list", at, items: node.items.map((item) => this.#value(item, depth + 1, alias)) };
    }
    if (isScalar(node)) return { kind: "scalar", at, value: this.#scalar(node.value, at) };
    return { kind: "scalar", at, value: null };
  }

  #entries(map: YAMLMap, entries: Map<string, LocatedEntry>, depth: number, alias: number | undefined): void {
    const merged: unknown[] = [];
    for (const pair of map.items) {
      const { key } = pair;
      if (isScalar(key) && key.type === "PLAIN" && key.source === MERGE) {
        merged.push(...mergedBy(pair));
        continue;
      }
      this.#remember(key);
      const keyAt = alias ?? offsetOf(key ?? map);
      const name = this.#key(isAlias(key) ? this.#target(key) : key, keyAt);
      const value = pair.value == null ? nullAt(keyAt) : this.#value(pair.value, depth + 1, alias);
      if (name === undefined) continue;
      if (entries.has(name))
        this.#note("DUPLICATE_KEY", keyAt, `${JSON.stringify(name)} stands here twice: give it once`);
      entries.set(name, { keyAt, value });
    }
    // What is given itself wins over what is merged in, and what is merged first over what comes later.
    for (const node of merged) {
      const at = alias ?? offsetOf(node);
      const value = this.#value(node, depth + 1, alias);
      if (value.kind === "object") {
        for (const [name, entry] of value.entries) if (!entries.has(name)) entries.set(name, entry);
      } else this.#note("SYNTAX", at, "only an object, or a list of objects, can be merged in by <<");
    }
  }

  #target(alias: Alias): Node | undefined {
    const { source } = alias;
    return this.#anchors.get(source);
  }

  #remember(node: unknown): void {
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.anchor) this.#anchors.set(node.anchor, node);
  }

  #key(node: unknown, at: number): string | undefined {
    if (isScalar(node))
      return node.type === "PLAIN" && typeof node.value !== "string" ? (node.source ?? "") : String(node.value);
    this.#note("UNSUPPORTED_VALUE", at, "a key must be a single value; a text that begins with { needs quotes");
    return undefined;
  }

  #scalar(value: unknown, at: number) {
    if (typeof value === "number" && !Number.isFinite(value)) {
      this.#note("UNSUPPORTED_VALUE", at, `${value} is no number that JSON has`);
      return null;
    }
    if (value === null || value === undefined) return null;
    if (typeof value === "string" || typeof value === "number" || typeof value === "boolean") return value;
    return String(value);
  }

  #stop(code: FindingCode, at: number, message: string): never {
    this.#note(code, at, message);
    throw new Stop(message);
  }
}

function mergedBy({ value }: Pair): readonly unknown[] {
  return isSeq(value) ? value.items : [value];
}

function offsetOf(node: unknown): number {
  return (isMap(node) || isSeq(node) || isScalar(node) || isAlias(node)) && node.range ? node.range[0] : 0;
}

function nullAt(at: number): Located {
  return { kind: "scalar", at, value: null };
}

/** Counted here, as the parser counts some lines twice. */
function linesOf(text: string): LineCounter {
  const lines = new LineCounter();
  lines.addNewLine(0);
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) lines.addNewLine(at + 1);
  return lines;
}

function sentence(message: string): string {
  const [first = ""] = message.split("\n", 1);
  return first.length > 300 ? `${first.slice(0, 300)}…` : first;
}
