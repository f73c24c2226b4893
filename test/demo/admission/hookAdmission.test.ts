// Hooks as a real API server took or refused them, and the rules that no recording shows.
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { admitHook, type HookWrite } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import type { KubeObject, KubeStatus } from "../../../src/demo/kubeObject.ts";
import { answerOf, hookWrite } from "./hookWrite.ts";
import { normalised, recording } from "./recording.ts";

function replay(name: string, previous?: KubeObject) {
  const made = recording(name);
  const answer = answerOf(JSON.parse(made.body), hookWrite(made, previous));
  return { made, answer };
}

function hookAfter(name: string): KubeObject {
  return JSON.parse(recording(name).answer);
}

describe("creating a Hook", () => {
  test.each([
    "112-hook-create",
    "120-hook-422-no-eventConfigurations",
    "121-hook-422-empty-eventConfigurations",
    "122-hook-422-bad-eventType",
    "123-hook-422-empty-prompt",
    "124-hook-422-agentRef-without-name",
    "126-hook-422-wrong-types",
    "127-hook-no-spec-201",
    "128-hook-422-bad-name",
    "129-hook-422-upstream-config-sample",
    "131-hook-400-namespace-mismatch",
    "132-hook-422-wrong-kind",
    "133-hook-400-wrong-apiVersion",
    "135-hook-unknown-field-warn",
    "136-hook-unknown-field-default",
    "137-hook-400-unknown-field-strict",
    "138-hook-duplicate-entries",
    "140-hook-create-with-status-dropped",
  ])("answers as recorded in %s", (name) => {
    const { made, answer } = replay(name);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
    expect({ code: answer.code, warnings: answer.warnings }).toEqual({ code: made.code, warnings: made.warnings });
  });

  test("several faults of one object are those recorded; a real server gives them in no particular order", () => {
    const { made, answer } = replay("125-hook-422-several");
    const causes = (json: string) => JSON.parse(json).details.causes.map((cause: unknown) => JSON.stringify(cause));
    expect(causes(answer.json).toSorted()).toEqual(causes(made.answer).toSorted());
  });

  test("a dry run is answered like a creation that was never stored", () => {
    const { made, answer } = replay("139-hook-create-dryrun");
    expect(normalised(answer.json).replace('"resourceVersion":"…",', "")).toBe(normalised(made.answer));
  });

  test("a generated name is the base and five letters", () => {
    const { made, answer } = replay("166-hook-generateName");
    const name = /"name":"gen-[bcdfghjklmnpqrstvwxz2456789]{5}"/;
    expect(made.answer).toMatch(name);
    expect(normalised(answer.json).replace(name, "…")).toBe(normalised(made.answer).replace(name, "…"));
  });
});

describe("updating a Hook", () => {
  const stored = hookAfter("114-hook-get");
  const withStatus = hookAfter("141-hook-put-status");
  test.each([
    ["141-hook-put-status", stored],
    ["142-hook-put-status-stale-409", withStatus],
    ["143-hook-put-status-422", withStatus],
    ["144-hook-put-main-ignores-status", withStatus],
    ["145-hook-put-spec-generation", withStatus],
    ["146-hook-put-without-resourceVersion-422", hookAfter("145-hook-put-spec-generation")],
  ])("answers as recorded in %s", (name, previous) => {
    const { made, answer } = replay(name, previous);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
    expect(answer.code).toBe(made.code);
  });

  test("a write of the status leaves spec and labels as they were", () => {
    const sent = { ...stored, metadata: { ...stored.metadata, labels: {} }, spec: {}, status: {} };
    const write = { ...hookWrite(recording("141-hook-put-status"), stored) };
    expect(admitHook(sent, write)).toEqual({ object: { ...stored, status: {} }, warnings: [] });
  });

  test("the object of another name than the URL's is refused", () => {
    const write = { ...hookWrite(recording("145-hook-put-spec-generation"), stored), name: "other" };
    expect(refusal(stored, write).message).toBe(
      "the name of the object (basic-pod-monitoring) does not match the name on the URL (other)",
    );
  });

  test("an object that was deleted and made again is not taken for the one that was read", () => {
    const write = hookWrite(recording("145-hook-put-spec-generation"), stored);
    const status = refusal({ ...stored, metadata: { ...stored.metadata, uid: "another" } }, write);
    expect(status.code).toBe(409);
    expect(status.message).toContain(`UID in precondition: another, UID in object meta: ${stored.metadata.uid}`);
  });

  test("what an older schema let in is not held against a change elsewhere", () => {
    const odd = {
      ...stored,
      spec: { eventConfigurations: [{ eventType: "gone", agentRef: { name: "a" }, prompt: "p" }] },
    };
    const write = hookWrite(recording("145-hook-put-spec-generation"), odd);
    const labelled = { ...odd, metadata: { ...odd.metadata, labels: { a: "b" } } };
    expect(admitHook(labelled, write)).toMatchObject({ object: { spec: odd.spec, metadata: { generation: 1 } } });
  });
});

describe("the metadata of a Hook", () => {
  const write = hookWrite(recording("112-hook-create"));
  const hook = (metadata: object) => ({ apiVersion: "kagent.dev/v1alpha2", kind: "Hook", metadata });
  test("needs a name or a base to make one from", () => {
    expect(refusal(hook({}), write).details?.causes).toEqual([
      {
        reason: "FieldValueRequired",
        message: "Required value: name or generateName is required",
        field: "metadata.name",
      },
    ]);
  });

  test("says every fault of labels, annotations and finalizers at once", () => {
    const causes = refusal(
      hook({ name: "a".repeat(254), labels: { "a b": "c d" }, annotations: { "/x": "" }, finalizers: ["a/b/c"] }),
      write,
    ).details?.causes;
    expect(causes?.map((cause) => cause.field)).toEqual([
      "metadata.name",
      "metadata.labels",
      "metadata.labels",
      "metadata.annotations",
      "metadata.finalizers",
    ]);
    expect(causes?.[0]?.message).toContain("must be no more than 253 bytes");
    expect(causes?.[3]?.message).toBe('Invalid value: "/x": prefix part must be non-empty');
  });

  test("of a wrong type is a 400", () => {
    expect(refusal(hook({ name: "x", labels: { a: 1 } }), write).message).toBe(
      'Hook in version "v1alpha2" cannot be handled as a Hook: json: cannot unmarshal number into Go struct field ObjectMeta.metadata.labels of type string',
    );
  });

  test("cannot claim a resourceVersion before it is stored", () => {
    expect(refusal(hook({ name: "x", resourceVersion: "7" }), write)).toMatchObject({
      code: 500,
      message: "resourceVersion should not be set on objects to be created",
    });
  });
});

test("another enum in the CRD admits and refuses other event types", () => {
  const wider = JSON.parse(JSON.stringify(hookSchema).replace('"probe-failed"', '"probe-failed","node-not-ready"'));
  const made = recording("122-hook-422-bad-eventType");
  const body = JSON.parse(made.body.replace("pod-exploded", "node-not-ready"));
  expect(admitHook(body, { ...hookWrite(made), schema: wider })).toHaveProperty("object");
  expect(refusal(body, hookWrite(made)).code).toBe(422);
});

const name = fc.stringMatching(/^[a-z0-9]([-a-z0-9]{0,20}[a-z0-9])?$/);
const validHook = fc.record({
  apiVersion: fc.constant("kagent.dev/v1alpha2"),
  kind: fc.constant("Hook"),
  metadata: fc.record({ name, labels: fc.dictionary(name, name, { maxKeys: 3 }) }, { requiredKeys: ["name"] }),
  spec: fc.record({
    eventConfigurations: fc.array(
      fc.record({
        eventType: fc.constantFrom("pod-restart", "pod-pending", "oom-kill", "probe-failed"),
        agentRef: fc.record({ name: fc.string({ minLength: 1 }), namespace: fc.string() }, { requiredKeys: ["name"] }),
        prompt: fc.string({ minLength: 1, unit: "binary" }),
      }),
      { minLength: 1, maxLength: 5 },
    ),
  }),
});

test("a valid Hook is always let in, with its spec untouched and without a warning", () => {
  const write = hookWrite(recording("112-hook-create"));
  fc.assert(
    fc.property(validHook, (hook) => {
      expect(admitHook(hook, write)).toMatchObject({ object: { spec: hook.spec }, warnings: [] });
    }),
  );
});

function refusal(object: unknown, write: HookWrite): KubeStatus {
  const admitted = admitHook(object, write);
  if (!("status" in admitted)) throw new Error("the Hook was let in");
  return admitted.status;
}
