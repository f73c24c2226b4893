// Alertmanager's payload, version 4: what its alerts report, and what is wrong with one that is none.
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { faultsOf, reportsOf } from "./reading.ts";

const PAYLOAD = JSON.parse(readFileSync(new URL("../../fixtures/alertmanager.json", import.meta.url), "utf8"));
const JSON_TYPE = "application/json";

test("each alert of the group is a report, from when it started", () => {
  expect(reportsOf(JSON_TYPE, PAYLOAD)).toEqual([
    {
      identity: ["Alert", "6c1f2f3d0b2a9e55", String(Date.parse("2026-11-23T11:55:12.345Z"))],
      type: "KubePodCrashLooping",
      at: Date.parse("2026-11-23T11:55:12.345Z"),
      message: "Pod shop/web-1 (app) is in waiting state (reason: CrashLoopBackOff).",
      namespace: "shop",
      resource: { apiVersion: "v1", kind: "Pod", name: "web-1", namespace: "shop", uid: null },
      tags: { container: "app", namespace: "shop", pod: "web-1", severity: "warning" },
    },
    expect.objectContaining({ type: "KubePodCrashLooping", message: "Pod is crash looping.", namespace: "shop" }),
  ]);
});

test("an alert that is resolved is the one that fired: its start is what is told", () => {
  const [firing] = reportsOf(JSON_TYPE, PAYLOAD);
  const [alert] = PAYLOAD.alerts;
  const resolved = { ...alert, status: "resolved", endsAt: "2026-11-23T11:59:00Z" };
  expect(reportsOf(JSON_TYPE, { ...PAYLOAD, alerts: [resolved] })).toEqual([firing]);
});

test("an alert that starts anew is another", () => {
  const [alert] = PAYLOAD.alerts;
  const alerts = [alert, { ...alert, startsAt: "2026-11-23T11:58:00Z" }];
  const [before, after] = reportsOf(JSON_TYPE, { ...PAYLOAD, alerts });
  expect(before?.identity).not.toEqual(after?.identity);
});

test("without a fingerprint it is known by its labels, in whatever order", () => {
  const { fingerprint: _none, ...alert } = PAYLOAD.alerts[0];
  const labels = Object.fromEntries(Object.entries(alert.labels).reverse());
  const [one, other] = reportsOf(JSON_TYPE, { ...PAYLOAD, alerts: [alert, { ...alert, labels }] });
  expect(one?.identity[1]).toMatch(/^[0-9a-f]{64}$/);
  expect(one).toMatchObject({ identity: other?.identity });
});

test.each([
  [{ version: "3" }, 'version: must be "4", which Alertmanager writes since 0.6'],
  [{ version: 4 }, 'version: must be "4", which Alertmanager writes since 0.6'],
  [{ alerts: undefined }, "alerts: must be a list of alerts"],
  [{ alerts: {} }, "alerts: must be a list of alerts"],
])("a payload with %j is refused", (change, fault) => {
  expect(faultsOf(JSON_TYPE, { ...PAYLOAD, ...change })).toEqual([fault]);
});

test("every fault of every alert is named", () => {
  const alerts = [
    "none",
    { status: "pending", labels: { pod: 1 }, annotations: [], startsAt: "now", fingerprint: "" },
    { status: "firing", startsAt: "0001-01-01T00:00:00Z" },
  ];
  expect(faultsOf(JSON_TYPE, { version: "4", alerts })).toEqual([
    "alerts[0]: must be an alert, with a status, labels and startsAt",
    'alerts[1].status: must be "firing" or "resolved"',
    "alerts[1].labels.pod: must be a text",
    "alerts[1].annotations: must be an object of names and texts",
    "alerts[1].startsAt: must be a time as RFC 3339 has it, such as 2026-11-23T08:01:24Z",
    "alerts[1].fingerprint: must be a text, and not empty",
    "alerts[2].labels: must be an object of names and texts",
    "alerts[2].startsAt: must not lie before 1970",
  ]);
});

test.each([["{}"], ["[]"], ["null"], ['"text"'], ['{"specversion":"1.0","id":"1"}']])(
  "JSON that is no such payload, %s, is told what would be one",
  (body) => {
    expect(faultsOf(JSON_TYPE, body)).toEqual([
      "The body must be a CloudEvent (as application/cloudevents+json) or the payload of an Alertmanager webhook",
    ]);
  },
);
