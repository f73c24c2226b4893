// The storage by itself: revisions, the past, key order, time to live.
import { describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import type { Change } from "../../../src/demo/server/changeLog.ts";
import { Storage, StorageError } from "../../../src/demo/server/storage.ts";

function storage(options: { historySize?: number } = {}) {
  const clock = { now: new Date("2026-11-23T08:00:00Z") };
  let uids = 0;
  const store = new Storage({ now: () => clock.now, eventTtlMs: 3_600_000, uid: () => `uid-${++uids}`, ...options });
  return { store, clock };
}

function event(name: string, note = "", namespace = "shop"): KubeObject {
  return { kind: "Event", apiVersion: "v1", metadata: { name, namespace }, note };
}

const names = (objects: readonly KubeObject[]) => objects.map((object) => object.metadata.name);

describe("writes", () => {
  it("every write has a higher revision than all before it, of whatever resource", () => {
    const { store } = storage();
    const versions = [
      store.create("events", event("a")),
      store.create("hooks", event("h")),
      store.replace("events", event("a", "changed")),
      store.delete("hooks", "shop", "h"),
    ].map((object) => Number(object.metadata.resourceVersion));
    expect(versions).toEqual([2, 3, 4, 5]);
    expect(store.revision).toBe(5);
  });

  it("history can be written with its own uid and creation time; otherwise they are made up", () => {
    const { store } = storage();
    const old = { ...event("old"), metadata: { name: "old", uid: "mine", creationTimestamp: "2026-11-20T00:00:00Z" } };
    expect(store.create("events", old).metadata).toMatchObject({
      uid: "mine",
      creationTimestamp: "2026-11-20T00:00:00Z",
    });
    expect(store.create("events", event("new")).metadata).toMatchObject({
      uid: "uid-1",
      creationTimestamp: "2026-11-23T08:00:00Z",
    });
  });

  it("a write that changes nothing is none", () => {
    const { store } = storage();
    const kept = store.create("events", event("a", "same"));
    expect(store.replace("events", event("a", "same"))).toBe(kept);
    expect(store.revision).toBe(2);
  });

  it("a write on top of an older version is a conflict", () => {
    const { store } = storage();
    const first = store.create("events", event("a"));
    store.replace("events", event("a", "second"));
    expect(() => store.replace("events", { ...first, note: "third" })).toThrow(StorageError);
    expect(store.get("events", "shop", "a")?.note).toBe("second");
  });

  it("the main part of a hook counts generations and keeps its status; the status part keeps all else", () => {
    const { store } = storage();
    const hook = store.create("hooks", { ...event("h"), spec: { a: 1 } });
    const told = store.updateStatus("hooks", { ...hook, spec: { a: 2 }, status: { active: 1 } });
    expect([told.spec, told.status, told.metadata.generation]).toEqual([{ a: 1 }, { active: 1 }, 1]);
    const changed = store.update("hooks", { ...told, spec: { a: 3 }, status: { active: 9 } });
    expect([changed.spec, changed.status, changed.metadata.generation]).toEqual([{ a: 3 }, { active: 1 }, 2]);
  });

  it("an object is never changed in place", () => {
    const { store } = storage();
    const first = store.create("events", event("a", "first"));
    store.replace("events", event("a", "second"));
    expect(first).toMatchObject({ note: "first", metadata: { resourceVersion: "2" } });
  });

  it("a listener hears of a write when it can already be read, in order, until it leaves", () => {
    const { store } = storage();
    const heard: string[] = [];
    const leave = store.subscribe("events", ({ type, object }: Change) => {
      const readable = store.get("events", "shop", object.metadata.name ?? "")?.metadata.resourceVersion;
      heard.push(`${type} ${object.metadata.resourceVersion} ${readable}`);
    });
    store.create("events", event("a"));
    store.create("hooks", event("h"));
    store.replace("events", event("a", "x"));
    store.delete("events", "shop", "a");
    leave();
    store.create("events", event("b"));
    expect(heard).toEqual(["ADDED 2 2", "MODIFIED 4 4", "DELETED 5 undefined"]);
  });
});

describe("reads", () => {
  it("lists in key order, namespace before name, whatever came first", () => {
    const { store } = storage();
    for (const [name, namespace] of [
      ["b", "zoo"],
      ["c", "shop"],
      ["a", "shop"],
      ["a", "shop-2"],
    ] as const) {
      store.create("events", event(name, "", namespace));
    }
    store.delete("events", "shop", "c");
    store.create("events", event("c", "again"));
    expect(store.list("events").map(({ metadata }) => `${metadata.namespace}/${metadata.name}`)).toEqual([
      "shop-2/a",
      "shop/a",
      "shop/c",
      "zoo/b",
    ]);
    expect(names(store.list("events", "shop"))).toEqual(["a", "c"]);
    expect(store.count("events", "shop")).toBe(2);
  });

  it("pages of one revision are one picture, whatever is written between them", () => {
    const { store } = storage();
    for (const name of ["a", "b", "c", "d", "e"]) store.create("events", event(name, "old"));
    const { revision } = store;
    const first = store.page("events", { revision, limit: 2 });
    store.create("events", event("bb", "new"));
    store.replace("events", event("c", "new"));
    store.delete("events", "shop", "d");
    store.create("events", event("d", "new"));
    store.delete("events", "shop", "e");
    const rest = store.page("events", { revision, after: first.next });
    expect([...first.items, ...rest.items].map((object) => `${object.metadata.name} ${object.note}`)).toEqual([
      "a old",
      "b old",
      "c old",
      "d old",
      "e old",
    ]);
    expect([first.remaining, rest.next]).toEqual([3, undefined]);
    expect(names(store.list("events"))).toEqual(["a", "b", "bb", "c", "d"]);
  });

  it("any revision reads as it was: compared with pictures taken at the time", () => {
    const { store } = storage();
    const pictures = new Map<number, string[]>();
    let seed = 7;
    for (let step = 0; step < 300; step += 1) {
      seed = (seed * 1103515245 + 12345) % 2147483648;
      const name = `e${seed % 9}`;
      const there = store.get("events", "shop", name) !== undefined;
      if (!there) store.create("events", event(name, `${step}`));
      else if (seed % 3 === 0) store.delete("events", "shop", name);
      else store.replace("events", event(name, `${step}`));
      pictures.set(
        store.revision,
        store.list("events").map((object) => `${object.metadata.name} ${object.note}`),
      );
    }
    for (const [revision, picture] of pictures) {
      const read = store.page("events", { revision }).items.map((object) => `${object.metadata.name} ${object.note}`);
      expect(read).toEqual(picture);
    }
  });

  it("with a condition, a page holds what fulfils it and goes on behind the last one read", () => {
    const { store } = storage();
    for (const name of ["a", "b", "c", "d"]) store.create("events", event(name, name === "b" ? "no" : "yes"));
    const accepts = (object: KubeObject) => object.note === "yes";
    const page = store.page("events", { limit: 2, accepts });
    expect([names(page.items), page.next]).toEqual([["a", "c"], "shop/c"]);
    expect(names(store.page("events", { limit: 2, accepts, after: page.next }).items)).toEqual(["d"]);
  });

  it("compaction forgets the past of everything; etcd's own only that of Events", () => {
    const { store } = storage();
    const { resourceVersion } = store.create("events", event("a")).metadata;
    store.create("hooks", event("h"));
    const old = Number(resourceVersion);
    store.compact({ watchCache: "kept" });
    expect(() => store.page("events", { revision: old })).toThrow(/compacted/);
    expect(store.changesSince("events", old)).toBeUndefined();
    expect(store.changesSince("hooks", old)?.map(({ key }) => key)).toEqual(["shop/h"]);
    store.compact();
    expect(store.changesSince("hooks", old)).toBeUndefined();
    expect(store.changesSince("hooks", store.revision)).toEqual([]);
  });

  it("history is bounded: beyond it the past is as good as compacted", () => {
    const { store } = storage({ historySize: 10 });
    for (let index = 0; index < 100; index += 1) store.create("events", event(`e${index}`));
    expect(store.changesSince("events", store.revision - 5)).toHaveLength(5);
    expect(store.changesSince("events", 2)).toBeUndefined();
  });
});

describe("time to live", () => {
  it("an Event goes an hour after its last write, under a revision of its own", () => {
    const { store, clock } = storage();
    store.create("events", event("a"));
    store.create("events", event("b"));
    const gone: string[] = [];
    store.subscribe("events", ({ type, object }) =>
      gone.push(`${type} ${object.metadata.name} ${object.metadata.resourceVersion}`),
    );
    clock.now = new Date("2026-11-23T08:59:00Z");
    store.replace("events", event("b", "once more"));
    expect(store.expireEvents()).toBe(0);
    clock.now = new Date("2026-11-23T09:00:00Z");
    expect(store.expireEvents()).toBe(1);
    expect(gone).toEqual(["MODIFIED b 4", "DELETED a 5"]);
    clock.now = new Date("2026-11-23T09:59:00Z");
    expect([store.expireEvents(), store.count("events")]).toEqual([1, 0]);
  });

  it("history written at start counts from when it says it was written", () => {
    const { store } = storage();
    store.create("events", event("old"), { at: new Date("2026-11-23T06:00:00Z") });
    expect(store.expireEvents()).toBe(1);
  });

  it("an Event deleted and made anew is not taken for the old one", () => {
    const { store, clock } = storage();
    store.create("events", event("a"));
    clock.now = new Date("2026-11-23T08:30:00Z");
    store.delete("events", "shop", "a");
    store.create("events", event("a"));
    clock.now = new Date("2026-11-23T09:10:00Z");
    expect(store.expireEvents()).toBe(0);
  });
});
