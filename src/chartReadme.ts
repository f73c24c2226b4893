// The generated part of the chart's README: the table of values, from values.yaml and its comments. A plugin of graphql-codegen.
// The rest is left as it is, byte for byte. A value without a comment stops it by name.
import { readFileSync } from "node:fs";
import { isMap, isNode, type Pair, parseDocument, type YAMLMap } from "yaml";

const CHART = "helm/khook-gateway";
const MARKED = /(<!-- values:[^>]*-->\n).*?(\n<!-- \/values -->)/s;

export function plugin(): string {
  const readme = readFileSync(`${CHART}/README.md`, "utf8");
  if (!MARKED.test(readme)) throw new Error(`${CHART}/README.md has lost the marks of its table of values`);
  const table = valuesTable(readFileSync(`${CHART}/values.yaml`, "utf8"));
  return readme.replace(MARKED, (_all, before: string, after: string) => `${before}\n${table}\n${after}`);
}

/** Throws for a value that nothing is said of. */
export function valuesTable(values: string): string {
  const { contents } = parseDocument(values);
  if (!isMap(contents)) throw new Error("values.yaml must hold keys and values");
  return ["| value | default | meaning |", "|---|---|---|", ...rowsOf(contents, [])].join("\n");
}

/** What lies below a value is told of by itself when it has comments of its own. */
function rowsOf(map: YAMLMap, above: readonly string[]): readonly string[] {
  return map.items.flatMap((pair) => {
    const path = [...above, String(pair.key)];
    const { value } = pair;
    if (isMap(value) && value.items.some((below) => commentOf(value, below) !== undefined)) return rowsOf(value, path);
    const meaning = commentOf(map, pair);
    if (meaning === undefined) throw new Error(`values.yaml says nothing of ${path.join(".")}`);
    const fallback = isNode(value) ? JSON.stringify(value.toJSON()) : "null";
    return [`| \`${path.join(".")}\` | \`${fallback}\` | ${meaning} |`];
  });
}

/** The lines right above a key. Those of the first one belong, to the parser, to what holds it. */
function commentOf(map: YAMLMap, { key }: Pair): string | undefined {
  const above = isNode(key) ? key.commentBefore : undefined;
  const comment = above ?? (map.items[0]?.key === key ? map.commentBefore : undefined);
  const lines = comment
    ?.split(/\n\s*\n/)
    .at(-1)
    ?.split("\n")
    .map((line) => line.trim());
  return lines?.join(" ").replaceAll("|", "\\|") || undefined;
}
