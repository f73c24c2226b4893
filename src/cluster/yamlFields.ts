// Fields of a YAML file, read by type; what is wrong is noted with its line, and reading goes on to find the rest.
// A field that is wrong reads as if it were not there.
import { isMap, isNode, isScalar, isSeq, LineCounter, type Node, parseDocument, type YAMLMap } from "yaml";

interface Fault {
  readonly line: number;
  readonly message: string;
}

export class YamlFields {
  readonly #lines = new LineCounter();
  readonly #faults: Fault[] = [];

  /** The top of the file; undefined when it is no YAML or no mapping. */
  top(text: string): YAMLMap | undefined {
    const document = parseDocument(text, { lineCounter: this.#lines, prettyErrors: false });
    for (const { message, pos } of document.errors) this.#note(pos[0], message);
    if (document.errors.length > 0) return undefined;
    if (isMap(document.contents)) return document.contents;
    this.fault(document.contents, "must be a mapping");
    return undefined;
  }

  /** In order of their lines. */
  get faults(): readonly Fault[] {
    return this.#faults.toSorted((a, b) => a.line - b.line);
  }

  fault(where: Node | null | undefined, message: string): void {
    this.#note(where?.range?.[0] ?? 0, message);
  }

  /** At the value of the field, or at the mapping when it has none. */
  faultAt(map: YAMLMap, field: string, message: string): void {
    const node = map.get(field, true);
    this.fault(isNode(node) ? node : map, message);
  }

  refuseUnknown(map: YAMLMap, fields: readonly string[]): void {
    for (const { key } of map.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (fields.includes(name)) continue;
      this.fault(isNode(key) ? key : map, `unknown field "${name}": must be one of ${fields.join(", ")}`);
    }
  }

  required(map: YAMLMap, field: string): string | undefined {
    if (!map.has(field)) this.fault(map, `${field}: is missing`);
    return this.text(map, field);
  }

  text(map: YAMLMap, field: string): string | undefined {
    const node = map.get(field, true);
    if (node === undefined) return undefined;
    if (isText(node)) return node.value.trim();
    this.faultAt(map, field, `${field}: must be a text, and not empty`);
    return undefined;
  }

  /** One text, or a list of them. */
  texts(map: YAMLMap, field: string): readonly string[] | undefined {
    const node: unknown = map.get(field, true);
    if (node === undefined) return undefined;
    const items = isSeq(node) ? node.items : [node];
    const texts = items.filter(isText).map((item) => item.value);
    if (texts.length === items.length && texts.length > 0) return texts;
    this.faultAt(map, field, `${field}: must be a text or a list of texts, and not empty`);
    return undefined;
  }

  boolean(map: YAMLMap, field: string, fallback: boolean): boolean {
    const node = map.get(field, true);
    if (node === undefined) return fallback;
    if (isScalar(node) && typeof node.value === "boolean") return node.value;
    this.faultAt(map, field, `${field}: must be true or false`);
    return fallback;
  }

  /** Numbers and booleans are taken for their text. */
  textMap(map: YAMLMap, field: string): Readonly<Record<string, string>> | undefined {
    const node: unknown = map.get(field, true);
    if (node === undefined) return undefined;
    if (!isMap(node)) {
      this.faultAt(map, field, `${field}: must be a mapping of names to texts`);
      return undefined;
    }
    const texts = new Map<string, string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : "";
      if (isScalar(value) && value.value !== null) texts.set(name, String(value.value));
      else this.fault(isNode(key) ? key : node, `${field}: "${name}" must be a text`);
    }
    return Object.fromEntries(texts);
  }

  list(map: YAMLMap, field: string): readonly unknown[] {
    const node: unknown = map.get(field, true);
    if (isSeq(node)) return node.items;
    this.faultAt(map, field, `${field}: must be a list`);
    return [];
  }

  #note(offset: number, message: string): void {
    this.#faults.push({ line: Math.max(this.#lines.linePos(offset).line, 1), message });
  }
}

function isText(node: unknown): node is { readonly value: string } {
  return isScalar(node) && typeof node.value === "string" && node.value.trim() !== "";
}
