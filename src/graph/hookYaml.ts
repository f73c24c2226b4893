// A hook's manifest as YAML that `kubectl apply` takes back: prompts as block text, nothing the API server fills in.
// Read as YAML 1.1 (as kubectl does) or 1.2, it gives the manifest again: words such as `on`, `1:30` and `0o14` are quoted.
import { Document, parse, visit } from "yaml";
import type { Hook } from "../events/hook.ts";

export function hookYaml(hook: Pick<Hook, "manifest">): string {
  const document = new Document(hook.manifest, { version: "1.1", aliasDuplicateObjects: false });
  visit(document, {
    Scalar(_key, scalar) {
      if (typeof scalar.value === "string" && needsQuotes(scalar.value)) scalar.type = "QUOTE_DOUBLE";
    },
  });
  return document.toString({ lineWidth: 0 }); // no folding: a long line of a prompt stays one line
}

/** What the writer, which knows YAML 1.1, would leave bare although 1.2 reads it as something else; and blank block text. */
function needsQuotes(text: string): boolean {
  if (text.includes("\n")) return /^\s/.test(text);
  if (!/^[\w.+~-]*$/.test(text)) return false;
  return typeof parse(text, { version: "1.2" }) !== "string";
}
