// What the API server says of hooks, merged with what is said here: nothing twice, nothing lost, what it refuses an error.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { dryRunAnswer } from "../../src/cluster/dryRunAnswer.ts";
import type { DryRunCause } from "../../src/events/hookDryRun.ts";
import { type ApiServerSays } from "../../src/hooks/apiServerRules.ts";
import { bundledDefinition } from "../../src/hooks/bundledDefinition.ts";
import { FINDING_CODES } from "../../src/hooks/finding.ts";
import { hookDrafts } from "../../src/hooks/hookDrafts.ts";
import type { Surroundings } from "../../src/hooks/lint.ts";
import { readManifest } from "../../src/hooks/manifest.ts";
import { validateManifest } from "../../src/hooks/validate.ts";
import { recording } from "../demo/admission/recording.ts";
import { GOOD } from "./marked.ts";

function merged(text: string, says: ApiServerSays, surroundings: Surroundings = {}) {
  const manifest = readManifest(text);
  const answers = new Map(manifest.subjects.map((subject) => [subject, says]));
  return validateManifest(manifest, bundledDefinition("test"), surroundings, answers);
}

function recorded(name: string) {
  const { body, code, answer, warnings } = recording(name);
  const says = dryRunAnswer("create", { status: code, body: JSON.parse(answer), warnings });
  if (says.outcome === "forbidden" || says.outcome === "unavailable") throw new Error(`${name} says nothing of a hook`);
  return { ...merged(body, says), causes: (JSON.parse(answer).details?.causes ?? []) as readonly DryRunCause[] }; // as recorded
}

function refused(...causes: readonly (readonly [reason: string, field: string, message: string])[]): ApiServerSays {
  const told = causes.map(([reason, field, message]) => ({ reason, field, message }));
  return { outcome: "refused", message: "it is invalid", causes: told, warnings: [] };
}

const told = (findings: ReturnType<typeof merged>["errors"]) =>
  findings.map(({ code, path }) => `${code} ${path}`).sort();

const ENTRY = "spec.eventConfigurations[0]";

describe("recordings of a real API server", () => {
  test.each<readonly [string, readonly string[], readonly string[]]>([
    ["120-hook-422-no-eventConfigurations", ["REQUIRED spec.eventConfigurations"], []],
    ["121-hook-422-empty-eventConfigurations", ["TOO_SHORT spec.eventConfigurations"], []],
    ["122-hook-422-bad-eventType", [`NOT_SUPPORTED ${ENTRY}.eventType`], []],
    ["123-hook-422-empty-prompt", [`TOO_SHORT ${ENTRY}.prompt`], []],
    ["124-hook-422-agentRef-without-name", [`REQUIRED ${ENTRY}.agentRef.name`], []],
    [
      "125-hook-422-several",
      [
        `NOT_SUPPORTED ${ENTRY}.eventType`,
        "REQUIRED spec.eventConfigurations[1].agentRef",
        "REQUIRED spec.eventConfigurations[1].prompt",
        `TOO_SHORT ${ENTRY}.agentRef.name`,
        `TOO_SHORT ${ENTRY}.prompt`,
      ],
      [],
    ],
    [
      "126-hook-422-wrong-types", // that a number is no supported event type follows from its being a number
      [`WRONG_TYPE ${ENTRY}.agentRef`, `WRONG_TYPE ${ENTRY}.eventType`, `WRONG_TYPE ${ENTRY}.prompt`],
      [],
    ],
    ["127-hook-no-spec-201", ["REQUIRED spec.eventConfigurations"], []],
    ["128-hook-422-bad-name", ["BAD_NAME metadata.name"], []],
    [
      "129-hook-422-upstream-config-sample",
      [0, 1, 2].map((index) => `REQUIRED spec.eventConfigurations[${index}].agentRef`),
      [0, 1, 2].map((index) => `UNKNOWN_FIELD spec.eventConfigurations[${index}].agentId`),
    ],
    ["132-hook-422-wrong-kind", ["WRONG_KIND kind"], []],
    ["135-hook-unknown-field-warn", [], ["UNKNOWN_FIELD spec.extra"]],
    ["136-hook-unknown-field-default", [], ["UNKNOWN_FIELD spec.extra"]],
    ["137-hook-400-unknown-field-strict", ["UNKNOWN_FIELD spec.extra"], []], // refused, so no warning is left of it
    ["138-hook-duplicate-entries", ["DUPLICATE_EVENT_TYPE spec.eventConfigurations[1].eventType"], []],
    ["139-hook-create-dryrun", [], []],
  ])("%s: nothing twice, and nothing lost", (name, errors, warnings) => {
    const found = recorded(name);
    expect(told(found.errors)).toEqual(errors);
    const ofObject = found.warnings.filter(({ origin }) => origin !== "LINT");
    expect(told(ofObject.filter(({ code }) => code !== "LONG_PROMPT"))).toEqual(warnings);
    const fields = new Set(found.errors.map(({ path }) => path));
    expect(found.causes.filter(({ field }) => !fields.has(field))).toEqual([]);
  });
});

test("what only the API server knows is told with its message and the place of its field", () => {
  const { valid, errors } = merged(
    GOOD,
    refused(
      ["FieldValueInvalid", "spec", 'Invalid value: "object": no more than one hook for each team'],
      ["FieldValueForbidden", "spec.eventConfigurations[0].agentRef.name", "Forbidden: not this agent"],
      ["", "", "failed expression: has(object.metadata.annotations)"],
    ),
  );
  expect(valid).toBe(false);
  expect(errors).toEqual([
    {
      ...at(1, 1),
      code: "REFUSED",
      path: "",
      message: "failed expression: has(object.metadata.annotations)",
    },
    {
      ...at(8, 1),
      code: "REFUSED",
      path: "spec",
      message: 'Invalid value: "object": no more than one hook for each team',
    },
    {
      ...at(12, 15),
      code: "REFUSED",
      path: "spec.eventConfigurations[0].agentRef.name",
      message: "Forbidden: not this agent",
    },
  ]);
});

test("two rules of one field are two findings, and one rule is one", () => {
  const says = refused(
    ["FieldValueInvalid", "spec", "rule one"],
    ["FieldValueInvalid", "spec", "rule two"],
    ["FieldValueInvalid", "spec", "rule one"],
  );
  expect(merged(GOOD, says).errors.map(({ message }) => message)).toEqual(["rule one", "rule two"]);
});

test.each([
  [
    "FieldValueInvalid",
    "spec.x",
    'Invalid value: "integer": spec.x in body must be of type string: "integer"',
    "WRONG_TYPE",
  ],
  [
    "FieldValueInvalid",
    "spec.x",
    'Invalid value: "soon": spec.x in body must be of type date-time: "soon"',
    "BAD_FORMAT",
  ],
  ["FieldValueInvalid", "spec.x", "Invalid value: \"A\": spec.x in body should match '^[a-z]$'", "BAD_FORMAT"],
  ["FieldValueInvalid", "spec.x", 'Invalid value: "": spec.x in body should be at least 1 chars long', "TOO_SHORT"],
  ["FieldValueInvalid", "spec.x", "Invalid value: 3: spec.x in body should have at most 2 items", "TOO_LONG"],
  [
    "FieldValueInvalid",
    "spec.x",
    "Invalid value: 0: spec.x in body should be greater than or equal to 1",
    "OUT_OF_RANGE",
  ],
  ["FieldValueTooLong", "spec.x", "Too long: may not be more than 63 bytes", "TOO_LONG"],
  ["FieldValueTooMany", "spec.x", "Too many: 12: must have at most 10 items", "TOO_LONG"],
  ["FieldValueTypeInvalid", "spec.x", 'Invalid value: "string": must be an object', "WRONG_TYPE"],
  ["FieldValueRequired", "spec.x", "Required value", "REQUIRED"],
  ["FieldValueInvalid", "metadata.labels", 'Invalid value: "a b": a valid label must …', "BAD_LABEL"],
  ["FieldValueInvalid", "metadata.annotations", 'Invalid value: "a b": name part must …', "BAD_ANNOTATION"],
  ["FieldValueInvalid", "metadata.namespace", 'Invalid value: "A": a lowercase …', "BAD_NAME"],
  ["FieldValueDuplicate", "spec.x", 'Duplicate value: "a"', "REFUSED"],
])("%s of %s, %s: %s", (reason, field, message, code) => {
  expect(merged(GOOD, refused([reason, field, message])).errors).toMatchObject([
    { code, path: field, message, origin: "API_SERVER" },
  ]);
});

test("a label that is refused is told once, each label by itself here", () => {
  const text = GOOD.replace("    team: web", '    team: "a b"\n    "b c": web');
  const says = refused(
    ["FieldValueInvalid", "metadata.labels", 'Invalid value: "b c": name part must consist of …'],
    ["FieldValueInvalid", "metadata.labels", 'Invalid value: "a b": a valid label must be …'],
  );
  expect(merged(text, says).errors.map(({ code, origin }) => [code, origin])).toEqual([
    ["BAD_LABEL", "SCHEMA"],
    ["BAD_LABEL", "SCHEMA"],
  ]);
});

test("a label of another type, which is told in a sentence, is told once", () => {
  const message =
    'Hook in version "v1alpha2" cannot be handled as a Hook: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string';
  const found = merged(GOOD.replace("team: web", "team: 1"), { outcome: "refused", message, causes: [], warnings: [] });
  expect(told(found.errors)).toEqual(["WRONG_TYPE metadata.labels"]);
});

test("a namespace that is not there is an error, and no warning beside it", () => {
  const found = merged(GOOD, { outcome: "missing", what: "namespace" }, { namespaces: ["shops", "kagent"] });
  expect([told(found.errors), told(found.warnings)]).toEqual([["UNKNOWN_NAMESPACE metadata.namespace"], []]);
  const message = 'the cluster has no namespace "shop": did you mean "shops"?';
  expect(found.errors).toMatchObject([{ line: 5, column: 14, origin: "API_SERVER", message }]);
});

test("a resource that is not there is told once, whoever knows", () => {
  const missing: ApiServerSays = { outcome: "missing", what: "resource" };
  expect(told(merged(GOOD, missing).errors)).toEqual(["NOT_INSTALLED apiVersion"]);
  expect(told(merged(GOOD.replace("v1alpha2", "v2"), missing).errors)).toEqual(["WRONG_API_VERSION apiVersion"]);
});

test("what it warns of is a warning, and what is known already is not told again", () => {
  const warnings = ['unknown field "spec.extra"', 'unknown field "metadata.extra"', "hooks of v1alpha2 are deprecated"];
  const found = merged(GOOD.replace("spec:", "spec:\n  extra: 1"), { outcome: "taken", warnings });
  expect(found.valid).toBe(true);
  expect(found.warnings.map(({ code, path, origin }) => [code, path, origin])).toEqual([
    ["SERVER_WARNING", "", "API_SERVER"],
    ["UNKNOWN_FIELD", "metadata.extra", "API_SERVER"],
    ["UNKNOWN_FIELD", "spec.extra", "SCHEMA"],
  ]);
});

test("a webhook's denial is one finding about the hook as a whole", () => {
  const message = 'admission webhook "vhook.example.com" denied the request: no hooks on Fridays';
  const { errors } = merged(GOOD, { outcome: "refused", message, causes: [], warnings: [] });
  expect(errors).toEqual([{ ...at(1, 1), code: "REFUSED", path: "", message }]);
});

test("who cannot judge in a dry run has refused nothing", () => {
  const message = 'admission webhook "vhook.example.com" does not support dry run';
  const { valid, warnings } = merged(GOOD, { outcome: "refused", message, causes: [], warnings: [] });
  expect([valid, told(warnings)]).toEqual([true, ["NOT_ASKED "]]);
});

test("of an item of a List, the path leads through the list", () => {
  const hook = JSON.parse(recording("122-hook-422-bad-eventType").body);
  const text = JSON.stringify({ apiVersion: "v1", kind: "List", items: [hook] });
  const { errors } = merged(
    text,
    refused(
      ["FieldValueNotSupported", `${ENTRY}.eventType`, "Unsupported value"],
      ["FieldValueForbidden", "<nil>", "not here"],
    ),
  );
  expect(told(errors)).toEqual([`NOT_SUPPORTED items[0].${ENTRY}.eventType`, "REFUSED items[0]"]);
});

test("whatever the hook is and whatever is said of it, each finding has a place in the text", () => {
  const word = fc.oneof(
    fc.constantFrom(
      "metadata.labels[a.b/c]",
      "spec.eventConfigurations[0].prompt",
      "spec.eventConfigurations[99]",
      "<nil>",
      "__proto__",
      "a..b",
      "[",
      "]]",
    ),
    fc.string(),
  );
  const cause = fc.record({
    reason: fc.constantFrom("FieldValueInvalid", "FieldValueRequired", "constructor", ""),
    field: word,
    message: word,
  });
  const says: fc.Arbitrary<ApiServerSays> = fc.oneof(
    fc.record({ outcome: fc.constant("taken" as const), warnings: fc.array(word) }),
    fc.record({
      outcome: fc.constant("refused" as const),
      message: word,
      causes: fc.array(cause),
      warnings: fc.array(word),
    }),
    fc.record({
      outcome: fc.constant("missing" as const),
      what: fc.constantFrom("namespace" as const, "resource" as const),
    }),
    fc.record({ outcome: fc.constant("unasked" as const), why: word }),
  );
  const text = fc.oneof(
    fc.constant(GOOD),
    fc.json({ maxDepth: 4 }),
    fc
      .json({ maxDepth: 4 })
      .map((spec) => `{"apiVersion":"kagent.dev/v1alpha2","kind":"Hook","metadata":{"name":"x"},"spec":${spec}}`),
  );
  fc.assert(
    fc.property(text, says, (manifest, said) => {
      const { errors, warnings, valid } = merged(manifest, said);
      expect(valid).toBe(errors.length === 0);
      const lines = manifest.split("\n");
      for (const { line, column, code } of [...errors, ...warnings]) {
        expect(Object.keys(FINDING_CODES)).toContain(code);
        expect(column).toBeGreaterThanOrEqual(1);
        expect(column).toBeLessThanOrEqual((lines[line - 1]?.length ?? -1) + 1);
      }
    }),
  );
});

describe("what is sent", () => {
  const drafted = (text: string) => {
    const { drafts, unasked } = hookDrafts(readManifest(text));
    return [[...drafts.values()], [...unasked.values()]];
  };

  test("a hook as it is, less what would make a condition of it", () => {
    const exported = GOOD.replace(
      "  name: restarts",
      '  name: restarts\n  uid: abc\n  resourceVersion: "7"\n  generation: 2',
    );
    const [[draft]] = drafted(exported) as [[{ object: unknown }], unknown];
    expect(draft).toEqual({
      namespace: "shop",
      name: "restarts",
      version: "v1alpha2",
      object: {
        apiVersion: "kagent.dev/v1alpha2",
        kind: "Hook",
        metadata: { name: "restarts", generation: 2, namespace: "shop", labels: { team: "web" } },
        spec: {
          eventConfigurations: [
            {
              eventType: "pod-restart",
              agentRef: { name: "k8s-agent", namespace: "kagent" },
              prompt: "{{.ResourceName}} restarted: {{.EventMessage}}",
            },
          ],
        },
      },
    });
  });

  test.each([
    ["no namespace", GOOD.replace("  namespace: shop\n", "")],
    ["no name", GOOD.replace("  name: restarts\n", "  generateName: restarts-\n")],
    ["a namespace that leads elsewhere", GOOD.replace("namespace: shop", "namespace: ../../../api/v1/namespaces/shop")],
    ["a namespace of dots", GOOD.replace("namespace: shop", 'namespace: ".."')],
    ["a name of dots", GOOD.replace("name: restarts", 'name: ".."')],
    ["another group", GOOD.replace("kagent.dev/v1alpha2", "apps/v1")],
    ["a version that leads elsewhere", GOOD.replace("kagent.dev/v1alpha2", "kagent.dev/../v1")],
    ["no kind", GOOD.replace("kind: Hook\n", "")],
    ["more values than any hook has", `${GOOD}    - [${"1,".repeat(6_000)}]\n`],
  ])("not %s", (_, text) => {
    const [drafts, unasked] = drafted(text);
    expect([drafts, unasked?.length]).toEqual([[], 1]);
  });

  test("not a text with errors, and that is said of it already", () => {
    expect(drafted(GOOD.replace("    team: web", "    team: web\n    team: web"))).toEqual([[], []]);
  });

  test("who is not asked about is told so, unless it is refused anyway", () => {
    const says: ApiServerSays = { outcome: "unasked", why: "it needs a metadata.namespace" };
    const nameless = GOOD.replace("  namespace: shop\n", "");
    expect(merged(nameless, says).warnings).toMatchObject([
      { code: "NOT_ASKED", message: "the API server was not asked about this hook: it needs a metadata.namespace" },
    ]);
    expect(merged(nameless.replace("pod-restart", "x"), says).warnings).toEqual([]);
  });
});

function at(line: number, column: number) {
  return { origin: "API_SERVER", document: 1, hook: { namespace: "shop", name: "restarts" }, line, column };
}
