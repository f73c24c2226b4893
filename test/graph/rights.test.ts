// Refusals of what is named: few questions come of many names, and the refusal says which and what would be right.
import { expect, test } from "vitest";
import { TOKENLESS } from "../../src/events/actor.ts";
import type { Sight } from "../../src/events/sight.ts";
import { type Rights, requirePath, requireSight } from "../../src/graph/rights.ts";

class Asked implements Rights {
  readonly actor = () => TOKENLESS;
  readonly sight: Sight = { events: new Set(["shop"]), hooks: new Set(), prompts: new Set() };
  readonly names: string[] = [];
  readonly #allowed: (name: string) => boolean;

  constructor(allowed: (name: string) => boolean) {
    this.#allowed = allowed;
  }

  async maySee(_what: keyof Sight, namespace: string): Promise<boolean> {
    this.names.push(namespace);
    return this.#allowed(namespace);
  }

  async mayGet(path: string): Promise<boolean> {
    return this.#allowed(path);
  }
}

const MANY = Array.from({ length: 1_000 }, (_, index) => `n${index}`);

test("what is seen already is not asked about", async () => {
  const rights = new Asked(() => false);
  await requireSight(rights, "events", ["shop", "shop"]);
  await requireSight(rights, "events", []);
  await requireSight(rights, "events");
  expect(rights.names).toEqual([]);
});

test("what is not known yet is asked about once, and what is allowed is let through", async () => {
  const rights = new Asked(() => true);
  await requireSight(rights, "events", ["empty", "shop", "empty"]);
  expect(rights.names).toEqual(["empty"]);
  await requireSight(rights, "events", MANY);
  expect(rights.names).toHaveLength(1_001);
});

test("of a thousand names that are refused five are asked about, and those five are told", async () => {
  const rights = new Asked(() => false);
  await expect(requireSight(rights, "events", MANY)).rejects.toMatchObject({
    message:
      'You may not see this in "n0", "n1", "n2", "n3", "n4": it takes the right to list on events (events.k8s.io) there.',
    extensions: { code: "FORBIDDEN" },
  });
  expect(rights.names).toEqual(["n0", "n1", "n2", "n3", "n4"]);
});

test("one that is refused among many is found", async () => {
  const rights = new Asked((name) => name !== "n500");
  await expect(requireSight(rights, "prompts", MANY)).rejects.toThrow(
    'You may not see this in "n500": it takes the right to get on hooks (kagent.dev) there.',
  );
});

test("a path that may not be had is refused by its name", async () => {
  await requirePath(new Asked(() => true), "/metrics");
  await expect(requirePath(new Asked(() => false), "/metrics")).rejects.toMatchObject({
    message: "You may not see this: it takes the right to get on the non-resource URL /metrics.",
    extensions: { code: "FORBIDDEN" },
  });
});
