// Manifests for tests: one that is good, changed in one place, with a mark where the finding is to be.
// The mark says line and column in a second way, by counting what stands before it.
import { bundledDefinition } from "../../src/hooks/bundledDefinition.ts";
import type { Surroundings } from "../../src/hooks/lint.ts";
import { readManifest } from "../../src/hooks/manifest.ts";
import { type Validation, validateManifest } from "../../src/hooks/validate.ts";

export const MARK = "§";

export const GOOD = `apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata:
  name: restarts
  namespace: shop
  labels:
    team: web
spec:
  eventConfigurations:
    - eventType: pod-restart
      agentRef:
        name: k8s-agent
        namespace: kagent
      prompt: "{{.ResourceName}} restarted: {{.EventMessage}}"
`;

/** The good manifest with one piece of it replaced. Throws when it has no such piece. */
export function changed(piece: string, instead: string, text = GOOD): string {
  if (!text.includes(piece)) throw new Error(`the manifest has no ${piece}`);
  return text.replace(piece, () => instead);
}

export function unmarked(text: string): { readonly text: string; readonly line: number; readonly column: number } {
  const before = text.slice(0, text.indexOf(MARK));
  if (!text.includes(MARK)) throw new Error("the manifest has no mark");
  return {
    text: text.replace(MARK, ""),
    line: before.split("\n").length,
    column: before.length - before.lastIndexOf("\n"),
  };
}

export function validated(text: string, surroundings: Surroundings = {}): Validation {
  return validateManifest(readManifest(text), bundledDefinition("a test"), surroundings);
}
