// A manifest as YAML comes back as it was, for readers of either version of YAML.
import fc from "fast-check";
import { expect, test } from "vitest";
import { parse } from "yaml";
import { hookYaml } from "../../src/graph/hookYaml.ts";

const manifest = (prompt: string, label = "web"): Readonly<Record<string, unknown>> => ({
  apiVersion: "kagent.dev/v1alpha2",
  kind: "Hook",
  metadata: { name: "web-hook", namespace: "shop", labels: { team: label } },
  spec: { eventConfigurations: [{ eventType: "pod-restart", agentRef: { name: "k8s-agent" }, prompt }] },
});

test("prompts of several lines are block text", () => {
  const long = `Look at {{.ResourceName}} and ${"say what you find, ".repeat(20)}at length.`;
  expect(hookYaml({ manifest: manifest(`First.\n\n${long}\n`) })).toBe(`apiVersion: kagent.dev/v1alpha2
kind: Hook
metadata:
  name: web-hook
  namespace: shop
  labels:
    team: web
spec:
  eventConfigurations:
    - eventType: pod-restart
      agentRef:
        name: k8s-agent
      prompt: |
        First.

        ${long}
`);
});

test("words that YAML 1.1 takes for something else are quoted", () => {
  for (const word of ["on", "yes", "off", "y", "1:30", "0o14", "1_000", "~", "null", "1e3", "=", "2026-11-23"]) {
    const text = hookYaml({ manifest: manifest("Look.", word) });
    expect(parse(text, { version: "1.1" }), word).toEqual(manifest("Look.", word));
    expect(parse(text, { version: "1.2" }), word).toEqual(manifest("Look.", word));
  }
});

test("whatever a prompt holds, both versions read it back", () => {
  const prompts = fc.string({
    unit: fc.constantFrom("a", "{{.X}}", "\n", " ", "\t", ":", "#", "- ", "'", '"', "\\", "|", "é", "\u2028"),
  });
  fc.assert(
    fc.property(prompts, (prompt) => {
      const text = hookYaml({ manifest: manifest(prompt) });
      expect(parse(text, { version: "1.1" })).toEqual(manifest(prompt));
      expect(parse(text, { version: "1.2" })).toEqual(manifest(prompt));
    }),
    { numRuns: 500 },
  );
});
