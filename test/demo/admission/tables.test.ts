// Tables as a real API server made them for kubectl, and kubectl's ages.
import { describe, expect, test } from "vitest";
import { fromCore, fromNew } from "../../../src/demo/admission/eventViews.ts";
import { goJson } from "../../../src/demo/admission/goJson.ts";
import { hookCrd } from "../../../src/demo/admission/hookCrd.ts";
import { humanDuration } from "../../../src/demo/admission/humanDuration.ts";
import { type Table, toTable } from "../../../src/demo/admission/tables.ts";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import { recording } from "./recording.ts";

function shown(name: string): KubeObject {
  return JSON.parse(recording(name).answer);
}

describe("a table", () => {
  test("of Hooks is the one recorded in 118", () => {
    const answer = recording("118-hooks-list-table").answer;
    const now = new Date("2026-11-23T08:01:24.900Z");
    const { metadata } = JSON.parse(answer);
    expect(goJson({ ...toTable({ storage: "hooks" }, [shown("114-hook-get")], now), metadata })).toBe(answer);
  });

  test("of Events is the one recorded in 235, of both recorders' shapes", () => {
    const answer: Table = JSON.parse(recording("235-events-table").answer);
    const stored = [
      fromNew(shown("213-event-new-regarding-other-namespace-201")),
      fromCore(shown("219-event-core-bad-type-201")),
      fromCore(shown("206-event-core-patch-count")),
      fromNew(shown("208-event-new-series")),
    ];
    const table = toTable({ storage: "events" }, stored, new Date("2026-11-23T08:01:25.100Z"));
    expect(goJson({ ...table, metadata: answer.metadata })).toBe(goJson(answer));
  });

  test("of a Namespace, a Lease, a definition and what has no columns of its own shows what kubectl shows", () => {
    const now = new Date("2026-11-23T08:06:26Z");
    const cells = (storage: Parameters<typeof toTable>[0]["storage"], object: KubeObject) => {
      const { columnDefinitions, rows } = toTable({ storage }, [object], now);
      return columnDefinitions.map((column, index) => [column.name, rows[0]?.cells[index]]);
    };
    expect(cells("namespaces", shown("111-namespace-create"))).toEqual([
      ["Name", "kagent"],
      ["Status", "Active"],
      ["Age", "5m2s"],
    ]);
    expect(cells("leases", shown("601-lease-create"))).toEqual([
      ["Name", "khook"],
      ["Holder", "a"],
      ["Age", "3m"],
    ]);
    expect(cells("customresourcedefinitions", hookCrd)).toEqual([
      ["Name", "hooks.kagent.dev"],
      ["Created At", "2026-11-23T08:01:22Z"],
    ]);
    expect(cells("secrets", shown("111-namespace-create"))).toEqual([
      ["Name", "kagent"],
      ["Age", "5m2s"],
    ]);
  });
});

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

test.each([
  [-2 * SECOND, "<invalid>"],
  [-1 * SECOND, "0s"],
  [999, "0s"],
  [119 * SECOND, "119s"],
  [2 * MINUTE, "2m"],
  [9 * MINUTE + 59 * SECOND, "9m59s"],
  [10 * MINUTE + 59 * SECOND, "10m"],
  [179 * MINUTE, "179m"],
  [3 * HOUR, "3h"],
  [7 * HOUR + 59 * MINUTE, "7h59m"],
  [8 * HOUR + 59 * MINUTE, "8h"],
  [47 * HOUR, "47h"],
  [2 * DAY, "2d"],
  [7 * DAY + 23 * HOUR, "7d23h"],
  [8 * DAY + 23 * HOUR, "8d"],
  [729 * DAY, "729d"],
  [730 * DAY, "2y"],
  [3 * 365 * DAY + 4 * DAY, "3y4d"],
  [8 * 365 * DAY + 4 * DAY, "8y"],
])("%i ms ago is printed as %s", (milliseconds, expected) => {
  expect(humanDuration(milliseconds)).toBe(expected);
});
