// A hook's manifest as YAML that `kubectl apply` takes back: prompts as block text, nothing the API server fills in.
// Read as YAML 1.1 (as kubectl does) or 1.2, it gives the manifest again: words such as `on` and `1:30` are quoted.
import { stringify } from "yaml";
import type { Hook } from "../events/hook.ts";

export function hookYaml(hook: Pick<Hook, "manifest">): string {
  return stringify(hook.manifest, {
    version: "1.1",
    lineWidth: 0, // no folding: a long line of a prompt stays one line
    aliasDuplicateObjects: false,
  });
}
