// Watches by themselves, with the minutes of a fake clock.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import type { ApiResource } from "../../../src/demo/server/resources.ts";
import { resourceOf } from "../../../src/demo/server/resources.ts";
import { both, fieldSelector, labelSelector } from "../../../src/demo/server/selectors.ts";
import { Storage } from "../../../src/demo/server/storage.ts";
import { checkWatch, watch } from "../../../src/demo/server/watch.ts";
import { linesOf, recording } from "./recording.ts";
import { event, hook } from "./rig.ts";

const HOOKS = row("kagent.dev", "v1alpha2", "hooks");
const EVENTS = row("events.k8s.io", "v1", "events");

function row(group: string, version: string, resource: string): ApiResource {
  const found = resourceOf({ group, version, resource });
  if (found === undefined) throw new Error(resource);
  return found;
}

let storage: Storage;
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
  storage = new Storage({ now: () => new Date("2026-11-23T08:00:00Z"), eventTtlMs: 3_600_000, uid: () => "uid" });
});
afterEach(() => {
  vi.useRealTimers();
});

/** Opens a watch and answers what it says, as `ADDED a 2`, with `end` at its end. */
function open(resource: ApiResource, query: Record<string, string> = {}, lifetimeMs = 1_800_000) {
  const said: string[] = [];
  const marks: unknown[] = [];
  const parameters = new URLSearchParams(query);
  const labels = labelSelector(query.labelSelector);
  const accepts = both(labels, fieldSelector(query.fieldSelector, resource.fields));
  const stop = watch(
    { storage, resource, namespace: query.namespace, query: parameters, accepts, lifetimeMs },
    {
      object: (type, { metadata }) => said.push(`${type} ${metadata.name} ${metadata.resourceVersion}`),
      plain: (type, object) => {
        said.push(type);
        marks.push(object);
      },
      end: () => said.push("end"),
    },
  );
  return { said, marks, stop };
}

describe("bookmarks", () => {
  it("hooks: one after a minute and two just before the time is up, as recorded", () => {
    const seconds: number[] = [];
    storage.tick(300);
    const { said, marks } = open(HOOKS, { allowWatchBookmarks: "true", resourceVersion: "267", timeoutSeconds: "75" });
    for (let second = 1; second <= 76; second += 1) {
      const before = said.length;
      vi.advanceTimersByTime(1000);
      for (const _said of said.slice(before)) seconds.push(second);
    }
    expect(said).toEqual(["BOOKMARK", "BOOKMARK", "BOOKMARK", "end"]);
    // Recorded at 60.2, 72.7, 74.0 and 75.0 seconds.
    expect(seconds).toEqual([60, 73, 74, 75]);
    const recorded = linesOf(recording("431"))
      .map((line) => JSON.parse(line))
      .filter(({ type }) => type === "BOOKMARK");
    const withoutVersion = (object: unknown) => JSON.stringify(object).replace(/"\d+"/, "");
    expect(marks.map(withoutVersion)).toEqual(recorded.map(({ object }) => withoutVersion(object)));
  });

  it("events: none at all after the initial ones, however long", () => {
    const { said } = open(EVENTS, { allowWatchBookmarks: "true", resourceVersion: "1", timeoutSeconds: "300" });
    vi.advanceTimersByTime(301_000);
    expect(said).toEqual(["end"]);
  });

  it("none for those who do not ask", () => {
    const { said } = open(HOOKS, { resourceVersion: "1", timeoutSeconds: "75" });
    vi.advanceTimersByTime(76_000);
    expect(said).toEqual(["end"]);
  });

  it("every minute for as long as the watch lives, and it lives as long as the server says", () => {
    const { said } = open(HOOKS, { allowWatchBookmarks: "true", resourceVersion: "1" }, 200_000);
    vi.advanceTimersByTime(200_000);
    expect(said).toEqual([...Array(5).fill("BOOKMARK"), "end"]);
  });
});

describe("what is replayed", () => {
  beforeEach(() => {
    for (const name of ["b", "a"]) storage.create("events", event(name));
  });

  it.each([[{}], [{ resourceVersion: "0" }]])(
    "with %o: everything there is, in key order, then what comes",
    (query) => {
      const { said } = open(EVENTS, query);
      storage.create("events", event("c"));
      expect(said).toEqual(["ADDED a 3", "ADDED b 2", "ADDED c 4"]);
    },
  );

  it("from a version: what was written since, in order of writing", () => {
    storage.replace("events", event("a", { count: 2 }));
    storage.delete("events", "shop", "b");
    const { said } = open(EVENTS, { resourceVersion: "2" });
    expect(said).toEqual(["ADDED a 3", "MODIFIED a 4", "DELETED b 5"]);
  });

  it("with sendInitialEvents=false and no version: only what comes", () => {
    const { said } = open(EVENTS, { sendInitialEvents: "false", resourceVersionMatch: "NotOlderThan" });
    storage.create("events", event("c"));
    expect(said).toEqual(["ADDED c 4"]);
  });

  it("with sendInitialEvents and a version: everything there is now, and the bookmark behind it", () => {
    const { said } = open(EVENTS, {
      sendInitialEvents: "true",
      resourceVersionMatch: "NotOlderThan",
      allowWatchBookmarks: "true",
      resourceVersion: "2",
    });
    storage.create("events", event("c"));
    expect(said).toEqual(["ADDED a 3", "ADDED b 2", "BOOKMARK", "ADDED c 4"]);
  });

  it("from the future: silence until the future is reached", () => {
    const { said } = open(EVENTS, { resourceVersion: "5" });
    storage.create("events", event("c"));
    storage.create("events", event("d"));
    storage.create("events", event("e"));
    expect(said).toEqual(["ADDED e 6"]);
  });

  it("of one namespace: nothing of any other", () => {
    const { said } = open(EVENTS, { namespace: "elsewhere" });
    storage.create("events", event("c"));
    expect(said).toEqual([]);
  });

  it("after it was stopped: nothing", () => {
    const { said, stop } = open(EVENTS, { timeoutSeconds: "1" });
    stop();
    storage.create("events", event("c"));
    vi.advanceTimersByTime(2000);
    expect(said).toEqual(["ADDED a 3", "ADDED b 2"]);
  });
});

describe("selectors", () => {
  it("what enters is ADDED, what leaves is DELETED with its last selected state under the new version", () => {
    storage.create("hooks", hook("h", { tier: "a" }));
    const { said } = open(HOOKS, { labelSelector: "tier=a" });
    storage.replace("hooks", hook("h", { tier: "b" }));
    storage.replace("hooks", hook("h", { tier: "c" }));
    storage.replace("hooks", hook("h", { tier: "a" }));
    storage.replace("hooks", hook("h", { tier: "a", more: "x" }));
    storage.delete("hooks", "shop", "h");
    expect(said).toEqual(["ADDED h 2", "DELETED h 3", "ADDED h 5", "MODIFIED h 6", "DELETED h 7"]);
  });

  it("what was never selected is not deleted either", () => {
    storage.create("events", event("a", { reason: "Killing" }));
    const { said } = open(EVENTS, { fieldSelector: "reason=BackOff" });
    storage.delete("events", "shop", "a");
    expect(said).toEqual([]);
  });
});

it.each([
  [{ resourceVersion: "abc" }, 500],
  [{ timeoutSeconds: "soon" }, 400],
  [{ resourceVersionMatch: "Exact", resourceVersion: "5" }, 422],
  [{ sendInitialEvents: "true" }, 422],
])("%o is refused with %i before the watch begins", (query, code) => {
  expect(() => checkWatch(new URLSearchParams(query))).toThrow(
    expect.objectContaining({ status: expect.objectContaining({ code }) }),
  );
});
