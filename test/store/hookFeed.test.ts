// The changes of hooks as a sequence: each hook once as it is now, newest change last, for every place one can be at.
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Hook } from "../../src/events/hook.ts";
import { HookFeed } from "../../src/store/hookFeed.ts";
import { NOON } from "../generators.ts";

function hook(name: string, generation = 1, deletedAt: number | null = null): Hook {
  return {
    namespace: "shop",
    name,
    uid: name,
    labels: {},
    annotations: {},
    generation,
    createdAt: NOON,
    eventConfigurations: [],
    status: null,
    manifest: {},
    deletedAt,
  };
}

const KINDS = ["added", "modified", "deleted"] as const;

it("tells of every hook changed behind a place once, as it is now, and of when it was added", () => {
  const commits = fc.array(
    fc.array(fc.record({ name: fc.constantFrom("a", "b", "c", "d"), kind: fc.constantFrom(...KINDS) }), {
      maxLength: 3,
    }),
    {
      maxLength: 12,
    },
  );
  fc.assert(
    fc.property(commits, (told) => {
      const feed = new HookFeed();
      const all = told.flat().map(({ name, kind }, index) => ({ kind, hook: hook(name, index), seq: index + 1 }));
      let next = 0;
      for (const commit of told)
        feed.committed(commit.map(() => all[next++] ?? { kind: "added" as const, hook: hook("none") }));
      expect(feed.head).toBe(all.length);
      for (let from = 0; from <= all.length; from++) {
        const latest = all.filter(
          ({ hook: { name }, seq }) => seq > from && !all.some((o) => o.hook.name === name && o.seq > seq),
        );
        const expected = latest.map(({ kind, hook: of, seq }) => {
          const additions = all.filter((o) => o.hook.name === of.name && o.kind === "added");
          return { kind, hook: of, seq, addedAt: additions.at(-1)?.seq ?? 0 };
        });
        expect(feed.since(from)).toEqual({ changes: expected, head: all.length });
      }
    }),
  );
});

it("wakes its listeners once a commit, until they leave, and not for a commit that changed nothing", () => {
  const feed = new HookFeed();
  let woken = 0;
  const leave = feed.subscribe(() => woken++);
  feed.committed([]);
  feed.committed([
    { kind: "added", hook: hook("a") },
    { kind: "added", hook: hook("b") },
  ]);
  expect(woken).toBe(1);
  leave();
  feed.committed([{ kind: "deleted", hook: hook("a", 1, NOON) }]);
  expect([woken, feed.head]).toEqual([1, 3]);
});

it("tells of all hooks when it cannot know which have changed", () => {
  const feed = new HookFeed();
  feed.mayHaveMissed([hook("a"), hook("gone", 1, NOON)]);
  expect(feed.since(0).changes.map(({ kind, addedAt }) => [kind, addedAt])).toEqual([
    ["modified", 0],
    ["deleted", 0],
  ]);
});
