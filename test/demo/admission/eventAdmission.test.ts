// Events as a real API server took or refused them, through both API versions.
import { describe, expect, test } from "vitest";
import { admitEvent, type EventWrite } from "../../../src/demo/admission/eventAdmission.ts";
import { fromCore, fromNew } from "../../../src/demo/admission/eventViews.ts";
import { coreEventKind, newEventKind } from "../../../src/demo/admission/objectKind.ts";
import type { KubeObject, KubeStatus } from "../../../src/demo/kubeObject.ts";
import { builtinAnswer } from "./builtinWrite.ts";
import { normalised, type Recording, recording } from "./recording.ts";

function eventWrite(made: Recording, previous?: KubeObject): EventWrite {
  const [, namespace, name] = /namespaces\/([^/]+)\/events(?:\/([^/]+))?$/.exec(made.path) ?? [];
  const view = made.path.startsWith("/api/v1/") ? "core" : "new";
  const operation = made.method === "POST" ? "create" : "update";
  return { view, operation, namespace, ...(name === undefined ? {} : { name }), previous, fieldValidation: "Warn" };
}

describe("creating an Event", () => {
  test.each([
    "201-event-core-create",
    "204-event-new-create",
    "210-event-new-422-no-eventTime",
    "211-event-new-422-no-controller-action-reason",
    "212-event-new-422-bad-type",
    "213-event-new-regarding-other-namespace-201",
    "214-event-core-422-namespace-mismatch",
    "215-event-new-400-eventTime-without-micros",
    "216-event-new-422-long-note",
    "217-event-core-minimal-201",
    "219-event-core-bad-type-201",
  ])("answers as recorded in %s", (name) => {
    const made = recording(name);
    const write = eventWrite(made);
    const kind = write.view === "core" ? coreEventKind : newEventKind;
    const answer = builtinAnswer(admitEvent(JSON.parse(made.body), write), kind);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
    expect(answer.code).toBe(made.code);
  });

  const made = recording("204-event-new-create");
  const body = JSON.parse(made.body);
  test("of events.k8s.io/v1 refuses what only the older recorder writes", () => {
    const old = {
      deprecatedFirstTimestamp: "2026-11-23T08:01:24Z",
      deprecatedLastTimestamp: "2026-11-23T08:01:24Z",
      deprecatedCount: 2,
      deprecatedSource: { component: "kubelet" },
    };
    const causes = refusal({ ...body, ...old }, eventWrite(made)).details?.causes;
    expect(causes?.map((cause) => cause.field)).toEqual(["firstTimestamp", "lastTimestamp", "count", "source"]);
    expect(new Set(causes?.map((cause) => cause.message))).toEqual(new Set(['Invalid value: "": needs to be unset']));
  });

  test("of events.k8s.io/v1 wants a series to be one", () => {
    expect(refusal({ ...body, series: { count: 1, lastObservedTime: null } }, eventWrite(made)).message).toBe(
      'Event "web-2.bbb" is invalid: [series.count: Invalid value: "": should be at least 2, series.lastObservedTime: Required value]',
    );
  });

  test("needs neither kind nor apiVersion", () => {
    const { kind: _kind, apiVersion: _version, ...bare } = body;
    expect(admitEvent(bare, eventWrite(made))).toEqual(admitEvent(body, eventWrite(made)));
  });

  test("of a field of the wrong type says what Go's decoder says", () => {
    const core = recording("201-event-core-create");
    expect(refusal({ ...JSON.parse(core.body), count: "two" }, eventWrite(core))).toMatchObject({
      code: 400,
      message:
        'Event in version "v1" cannot be handled as a Event: json: cannot unmarshal string into Go struct field Event.count of type int32',
    });
  });

  test("warns of unknown fields, or refuses them when asked to be strict", () => {
    const odd = { ...body, extra: 1, regarding: { ...body.regarding, colour: "red" } };
    expect(admitEvent(odd, eventWrite(made)).warnings).toEqual([
      'unknown field "extra"',
      'unknown field "regarding.colour"',
    ]);
    expect(refusal(odd, { ...eventWrite(made), fieldValidation: "Strict" }).message).toBe(
      'Event in version "v1" cannot be handled as a Event: strict decoding error: unknown field "extra", unknown field "regarding.colour"',
    );
  });
});

describe("updating an Event", () => {
  const newer = fromNew(JSON.parse(recording("208-event-new-series").answer));
  const core = fromCore(JSON.parse(recording("203-event-core-read-as-core").answer));

  test("of events.k8s.io/v1 cannot change its reason, answered as recorded in 220", () => {
    const made = recording("220-event-new-patch-immutable-422");
    const body = { ...JSON.parse(recording("208-event-new-series").answer), ...JSON.parse(made.body) };
    const answer = builtinAnswer(admitEvent(body, eventWrite(made, newer)), newEventKind, newer);
    expect(answer.json).toBe(made.answer);
  });

  test("through core/v1 may change anything, answered as recorded in 206", () => {
    const made = recording("206-event-core-patch-count");
    const body = { ...JSON.parse(recording("203-event-core-read-as-core").answer), ...JSON.parse(made.body) };
    const answer = builtinAnswer(admitEvent(body, eventWrite(made, core)), coreEventKind, core);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
  });

  test("of events.k8s.io/v1 may say that it went on, answered as recorded in 208", () => {
    const made = recording("208-event-new-series");
    const before = fromNew(JSON.parse(recording("204-event-new-create").answer));
    const body = { ...JSON.parse(recording("204-event-new-create").answer), ...JSON.parse(made.body) };
    const answer = builtinAnswer(admitEvent(body, eventWrite(made, before)), newEventKind, before);
    expect(normalised(answer.json)).toBe(normalised(made.answer));
  });

  test("on top of another state is a conflict, and without naming one is allowed", () => {
    const made = { ...recording("206-event-core-patch-count"), method: "PUT" };
    const shown = JSON.parse(recording("203-event-core-read-as-core").answer);
    const stale = { ...shown, metadata: { ...shown.metadata, resourceVersion: "1" } };
    expect(refusal(stale, eventWrite(made, core))).toMatchObject({ code: 409, reason: "Conflict" });
    const { resourceVersion: _version, ...metadata } = shown.metadata;
    expect(admitEvent({ ...shown, metadata }, eventWrite(made, core))).toMatchObject({ object: core });
  });
});

function refusal(object: unknown, write: EventWrite): KubeStatus {
  const admitted = admitEvent(object, write);
  if (!("status" in admitted)) throw new Error("the Event was let in");
  return admitted.status;
}
