// PATCH of every content type: the recorded answers, and server-side apply between several managers.
import { describe, expect, test } from "vitest";
import { goJson, sorted } from "../../../src/demo/admission/goJson.ts";
import { admitHook } from "../../../src/demo/admission/hookAdmission.ts";
import { hookSchema } from "../../../src/demo/admission/hookCrd.ts";
import { trackUpdate } from "../../../src/demo/admission/managedFields.ts";
import { hookKind, newEventKind } from "../../../src/demo/admission/objectKind.ts";
import { APPLY_PATCH, applyPatch, MERGE_PATCH, type PatchOptions } from "../../../src/demo/admission/patch.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { NOW } from "./hookWrite.ts";
import { normalised, type Recording, recording } from "./recording.ts";

const kind = hookKind(hookSchema);

function options(made: Recording): PatchOptions {
  const [, namespace, name, subresource] = /namespaces\/([^/]+)\/hooks\/([^/]+)(\/status)?$/.exec(made.path) ?? [];
  return {
    kind,
    place: { namespace, name },
    subresource: subresource === undefined ? undefined : "status",
    fieldManager: made.query.get("fieldManager") ?? undefined,
    force: undefined,
    now: NOW,
  };
}

/** The whole way of a patch, as a server goes it. */
function patched(made: Recording, previous: KubeObject | undefined): string {
  const how = options(made);
  const result = applyPatch(made.contentType, previous, made.body, how);
  if ("status" in result) return goJson(result.status);
  const isApply = made.contentType === APPLY_PATCH;
  const operation = previous === undefined ? "create" : how.subresource === "status" ? "status" : "update";
  const admitted = admitHook(result.object, {
    ...how.place,
    operation,
    previous,
    fieldValidation: "Warn",
    schema: hookSchema,
  });
  if ("status" in admitted) return goJson(admitted.status);
  const { subresource } = how;
  const owned = isApply
    ? admitted.object
    : trackUpdate(admitted.object, { kind, previous, manager: "realk8s-capture", subresource, now: NOW });
  const metadata = { uid: "…", creationTimestamp: "…", ...owned.metadata, resourceVersion: "…" };
  return goJson(sorted({ ...owned, metadata }));
}

function shownAfter(name: string): KubeObject {
  return JSON.parse(recording(name).answer);
}

describe("a patch of a Hook", () => {
  test.each([
    ["147-hook-merge-patch-status", "145-hook-put-spec-generation"],
    ["148-hook-json-patch", "147-hook-merge-patch-status"],
    ["149-hook-strategic-patch-415", "148-hook-json-patch"],
    ["150-hook-apply", undefined],
    ["151-hook-apply-conflict-409", "150-hook-apply"],
    ["152-hook-merge-patch-missing-404", undefined],
    ["153-hook-merge-patch-stale-rv-409", "148-hook-json-patch"],
    ["154-hook-merge-patch-nochange", "148-hook-json-patch"],
  ])("is answered as recorded in %s", (name, before) => {
    const made = recording(name);
    const answer = patched(made, before === undefined ? undefined : shownAfter(before));
    expect(normalised(answer)).toBe(normalised(made.answer));
  });

  const made = recording("148-hook-json-patch");
  const stored = shownAfter("148-hook-json-patch");
  test("that cannot be read is a 400, and one that cannot be done a 422 without a cause", () => {
    const code = (contentType: string, body: string) => {
      const result = applyPatch(contentType, stored, body, options(made));
      return "status" in result ? result.status.code : 200;
    };
    expect(code(MERGE_PATCH, "{")).toBe(400);
    expect(code(MERGE_PATCH, "[1]")).toBe(400);
    expect(code(made.contentType, '{"op":"add"}')).toBe(400);
    expect(code(made.contentType, '[{"op":"remove","path":"/metadata/none"}]')).toBe(422);
    expect(code(`${MERGE_PATCH}; charset=utf-8`, "{}")).toBe(200);
  });

  test("may only be forced when it is an apply, and an apply says who applies", () => {
    expect(applyPatch(MERGE_PATCH, stored, "{}", { ...options(made), force: true })).toMatchObject({
      status: {
        code: 422,
        message: 'PatchOptions.meta.k8s.io "" is invalid: force: Forbidden: may not be specified for non-apply patch',
      },
    });
    expect(applyPatch(APPLY_PATCH, stored, "{}", options(made))).toMatchObject({
      status: { code: 422, details: { causes: [{ field: "fieldManager" }] } },
    });
  });

  test("as kubectl apply makes it keeps what the file does not mention and removes what it stopped to mention", () => {
    const lastApplied = "kubectl.kubernetes.io/last-applied-configuration";
    const patch = { metadata: { annotations: { [lastApplied]: "{}\n" }, labels: { x: null } } };
    const result = applyPatch(MERGE_PATCH, stored, JSON.stringify(patch), options(made));
    expect(result).toMatchObject({
      object: { spec: stored.spec, status: stored.status, metadata: { annotations: { [lastApplied]: "{}\n" } } },
    });
    expect("object" in result && result.object.metadata.labels).toEqual({
      environment: "development",
      "monitoring-type": "basic",
    });
  });
});

describe("server-side apply", () => {
  const configuration = (labels: object, spec?: object) => ({
    apiVersion: "kagent.dev/v1alpha2",
    kind: "Hook",
    metadata: { name: "applied", namespace: "kagent", labels },
    ...(spec === undefined ? {} : { spec }),
  });
  const spec = { eventConfigurations: [{ eventType: "oom-kill", prompt: "p", agentRef: { name: "n" } }] };

  function apply(current: KubeObject | undefined, config: object, fieldManager: string, force = false) {
    const place = { namespace: "kagent", name: "applied" };
    return applyPatch(APPLY_PATCH, current, JSON.stringify(config), { kind, place, fieldManager, force, now: NOW });
  }
  function applied(current: KubeObject | undefined, config: object, fieldManager: string, force = false): KubeObject {
    const result = apply(current, config, fieldManager, force);
    if ("status" in result) throw new Error(result.status.message);
    return result.object;
  }
  function owners(object: KubeObject): unknown {
    return object.metadata.managedFields?.map((entry) => {
      const { manager, fieldsV1 } = Object(entry);
      return [manager, fieldsV1];
    });
  }

  test("takes YAML", () => {
    const body = "apiVersion: kagent.dev/v1alpha2\nkind: Hook\nmetadata:\n  name: applied\n";
    const place = { namespace: "kagent", name: "applied" };
    const result = applyPatch(APPLY_PATCH, undefined, body, {
      kind,
      place,
      fieldManager: "a",
      force: undefined,
      now: NOW,
    });
    expect(result).toMatchObject({ object: { metadata: { name: "applied", namespace: "kagent" } } });
  });

  test("lets two managers own what they agree on, and each its own labels", () => {
    const first = applied(undefined, configuration({ a: "1" }, spec), "one");
    const both = applied(first, configuration({ b: "2" }, spec), "two");
    expect(both.metadata.labels).toEqual({ a: "1", b: "2" });
    expect(owners(both)).toEqual([
      ["one", { "f:metadata": { "f:labels": { "f:a": {} } }, "f:spec": { "f:eventConfigurations": {} } }],
      ["two", { "f:metadata": { "f:labels": { "f:b": {} } }, "f:spec": { "f:eventConfigurations": {} } }],
    ]);
  });

  test("removes what its manager stops to mention, unless somebody else owns it too", () => {
    const both = applied(
      applied(undefined, configuration({ a: "1", c: "3" }, spec), "one"),
      configuration({ c: "3" }),
      "two",
    );
    const less = applied(both, configuration({}), "one");
    expect(less.metadata.labels).toEqual({ c: "3" });
    expect(less).not.toHaveProperty("spec");
    expect(owners(less)).toEqual([
      ["one", { "f:metadata": { "f:labels": {} } }],
      ["two", { "f:metadata": { "f:labels": { "f:c": {} } } }],
    ]);
  });

  test("says every conflict, by manager, and takes the fields over when forced", () => {
    const first = applied(undefined, configuration({ a: "1" }, spec), "one");
    const other = { eventConfigurations: [{ ...spec.eventConfigurations[0], prompt: "q" }] };
    expect(apply(first, configuration({ a: "2" }, other), "two")).toMatchObject({
      status: {
        code: 409,
        message:
          'Apply failed with 2 conflicts: conflicts with "one":\n- .metadata.labels.a\n- .spec.eventConfigurations',
        details: { causes: [{ field: ".metadata.labels.a" }, { field: ".spec.eventConfigurations" }] },
      },
    });
    const forced = applied(first, configuration({ a: "2" }, other), "two", true);
    expect(forced.spec).toEqual(other);
    expect(owners(forced)).toEqual([
      ["two", { "f:metadata": { "f:labels": { "f:a": {} } }, "f:spec": { "f:eventConfigurations": {} } }],
    ]);
  });

  test("conflicts with what was written by an update, which it names with its version", () => {
    const result = apply(shownAfter("112-hook-create"), configuration({ environment: "production" }), "one");
    expect(result).toMatchObject({
      status: {
        message:
          'Apply failed with 1 conflict: conflict with "realk8s-capture" using kagent.dev/v1alpha2: .metadata.labels.environment',
      },
    });
  });

  test("knows that what has no owners was there before the first apply", () => {
    const { managedFields: _owners, ...metadata } = shownAfter("112-hook-create").metadata;
    const result = apply(
      { ...shownAfter("112-hook-create"), metadata },
      configuration({ environment: "production" }),
      "one",
    );
    expect(result).toMatchObject({
      status: { message: expect.stringContaining('conflict with "before-first-apply" using') },
    });
  });

  test("of the same again changes nothing, times included", () => {
    const first = applied(undefined, configuration({ a: "1" }, spec), "one");
    const place = { namespace: "kagent", name: "applied" };
    const again = applyPatch(APPLY_PATCH, first, JSON.stringify(configuration({ a: "1" }, spec)), {
      kind,
      place,
      fieldManager: "one",
      force: false,
      now: new Date(NOW.getTime() + 60_000),
    });
    expect(again).toEqual({ object: first });
  });

  test("of a field that the schema does not have is refused with a real server's 500", () => {
    expect(apply(undefined, configuration({}, { ...spec, extra: 1 }), "one")).toEqual({
      status: {
        kind: "Status",
        apiVersion: "v1",
        metadata: {},
        status: "Failure",
        message:
          "failed to create typed patch object (kagent/applied; kagent.dev/v1alpha2, Kind=Hook): .spec.extra: field not declared in schema",
        code: 500,
      },
    });
  });

  test("does not take owners from the configuration, nor another version", () => {
    const config = configuration({});
    expect(apply(undefined, { ...config, metadata: { ...config.metadata, managedFields: [] } }, "one")).toMatchObject({
      status: { code: 400, message: "metadata.managedFields must be nil" },
    });
    expect(apply(undefined, { ...config, apiVersion: "kagent.dev/v1" }, "one")).toMatchObject({
      status: {
        code: 400,
        message:
          "Incorrect version specified in apply patch. Specified patch version: kagent.dev/v1, expected: kagent.dev/v1alpha2",
      },
    });
  });

  test("of an Event through one version sees what was written through the other", () => {
    const stored = shownAfter("203-event-core-read-as-core");
    const config = { apiVersion: "events.k8s.io/v1", kind: "Event", reason: "Other" };
    const place = { namespace: "shop", name: "web-1.aaa" };
    const result = applyPatch(APPLY_PATCH, stored, JSON.stringify(config), {
      kind: newEventKind,
      place,
      fieldManager: "one",
      force: undefined,
      now: NOW,
    });
    expect(result).toMatchObject({
      status: { message: 'Apply failed with 1 conflict: conflict with "realk8s-capture" using v1: .reason' },
    });
  });
});
