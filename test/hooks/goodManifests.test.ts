// Manifests that are good: the demo's, and what the gateway exports, which comes back as it was.

import { expect, test } from "vitest";
import { parse } from "yaml";
import { hookOf } from "../../src/cluster/hookObjects.ts";
import { demoHooks } from "../../src/demo/scenario/demoHooks.ts";
import type { Hook } from "../../src/events/hook.ts";
import { hookYaml } from "../../src/graph/hookYaml.ts";
import { plain } from "../../src/hooks/located.ts";
import { readManifest } from "../../src/hooks/manifest.ts";
import { plannedHook } from "../../src/hooks/plannedHook.ts";
import { recording } from "../demo/admission/recording.ts";
import { validated } from "./marked.ts";

const HOOKS: readonly Hook[] = demoHooks("2026-11-23T08:00:00Z", () => "uid").flatMap((object) => hookOf(object) ?? []);

test.each(HOOKS.map((hook) => [`${hook.namespace}/${hook.name}`, hook] as const))(
  "%s: export, validate, equal",
  (_, hook) => {
    const exported = hookYaml(hook);
    const { errors, warnings } = validated(exported);
    expect([errors, warnings.filter(({ code }) => code !== "LONG_PROMPT")]).toEqual([[], []]);
    const manifest = readManifest(exported);
    const [subject] = manifest.subjects;
    expect(subject && plain(subject.root)).toEqual(hook.manifest);
    expect(parse(exported)).toEqual(hook.manifest);
    const { namespace, name, eventConfigurations } = hook;
    expect(plannedHook(manifest)).toEqual({ namespace, name, eventConfigurations });
  },
);

test("all of them in one text, and as the List that kubectl gives", () => {
  const text = HOOKS.map(hookYaml).join("---\n");
  expect(validated(text)).toMatchObject({
    errors: [],
    hooks: HOOKS.map(({ namespace, name }) => ({ namespace, name })),
  });
  const list = { apiVersion: "v1", kind: "List", items: HOOKS.map(({ manifest }) => manifest) };
  expect(validated(JSON.stringify(list, null, "\t"))).toMatchObject({ errors: [], hooks: { length: HOOKS.length } });
});

test.each(["112-hook-create", "139-hook-create-dryrun"])("%s: what a real API server took is good", (name) => {
  expect(validated(recording(name).body).errors).toEqual([]);
});

test("what the API server gives out is good, with what it wrote itself", () => {
  expect(validated(recording("114-hook-get").answer)).toMatchObject({ errors: [] });
});
