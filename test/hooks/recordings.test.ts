// What a real API server said of hooks, beside what is said here: the same fields are named, for each recording.
import { expect, test } from "vitest";
import { hookDefinition } from "../../src/cluster/hookDefinition.ts";
import { bundledDefinition } from "../../src/hooks/bundledDefinition.ts";
import { readManifest } from "../../src/hooks/manifest.ts";
import { validateManifest } from "../../src/hooks/validate.ts";
import { recording } from "../demo/admission/recording.ts";
import { validated } from "./marked.ts";

interface Cause {
  readonly field: string;
}

const INVALID = [
  "120-hook-422-no-eventConfigurations",
  "121-hook-422-empty-eventConfigurations",
  "122-hook-422-bad-eventType",
  "123-hook-422-empty-prompt",
  "124-hook-422-agentRef-without-name",
  "125-hook-422-several",
  "126-hook-422-wrong-types",
  "128-hook-422-bad-name",
  "129-hook-422-upstream-config-sample",
  "132-hook-422-wrong-kind",
];

test.each(INVALID)("%s: the same fields", (name) => {
  const { body, answer, warnings } = recording(name);
  const causes: readonly Cause[] = JSON.parse(answer).details.causes;
  const found = validated(body);
  const refused = found.errors.filter(({ origin }) => origin === "SCHEMA").map(({ path }) => path);
  expect(new Set(refused)).toEqual(new Set(causes.map(({ field }) => field)));
  expect(found.errors.filter(({ origin }) => origin !== "SCHEMA")).toEqual([]);
  expect(unknownFields(found.warnings)).toEqual(warnings);
});

test.each(["135-hook-unknown-field-warn", "136-hook-unknown-field-default"])(
  "%s: taken, with the same warning",
  (name) => {
    const { body, warnings, code } = recording(name);
    const found = validated(body);
    expect([code, found.errors]).toEqual([201, []]);
    expect(unknownFields(found.warnings)).toEqual(['unknown field "spec.extra"']);
    expect(warnings.every((each) => unknownFields(found.warnings).includes(each))).toBe(true);
  },
);

test.each([
  ["127-hook-no-spec-201", [["REQUIRED", "spec.eventConfigurations"]]],
  ["138-hook-duplicate-entries", [["DUPLICATE_EVENT_TYPE", "spec.eventConfigurations[1].eventType"]]],
  ["139-hook-create-dryrun", []],
])("%s: the API server takes it, and what is refused is khook's", (name, refused) => {
  const { body, code } = recording(name);
  const { errors } = validated(body);
  expect(code).toBe(201);
  expect(errors.map((each) => [each.code, each.path])).toEqual(refused);
  expect(errors.every(({ origin }) => origin === "CONTROLLER")).toBe(true);
});

test.each([
  ["130-hook-400-malformed-json", "SYNTAX"],
  ["133-hook-400-wrong-apiVersion", "WRONG_API_VERSION"],
])("%s: refused here too", (name, code) => {
  expect(validated(recording(name).body).errors.map((each) => each.code)).toContain(code);
});

test("the definition that comes along is the recorded CRD's, less its descriptions", () => {
  const recorded = hookDefinition(JSON.parse(recording("104-crd-create").body));
  expect(recorded.source).toBe("CLUSTER");
  expect(bundledDefinition("").versions).toEqual(undescribed(recorded.versions));
});

test("what the cluster's enum allows is allowed", () => {
  const crd = recording("104-crd-create").body.replace(/"probe-failed"/, '"probe-failed", "node-not-ready"');
  const definition = hookDefinition(JSON.parse(crd));
  const hook = recording("139-hook-create-dryrun").body.replace('"pod-restart"', '"node-not-ready"');
  const found = validateManifest(readManifest(hook), definition);
  expect(found).toMatchObject({ valid: true, schema: { source: "CLUSTER", apiVersions: ["kagent.dev/v1alpha2"] } });
  expect(validated(hook).errors.map(({ code }) => code)).toEqual(["NOT_SUPPORTED"]);
});

function unknownFields(warnings: readonly { readonly code: string; readonly path: string }[]): readonly string[] {
  return warnings.filter(({ code }) => code === "UNKNOWN_FIELD").map(({ path }) => `unknown field "${path}"`);
}

function undescribed(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value), (key, inner) =>
    key === "description" && typeof inner === "string" ? undefined : inner,
  );
}
