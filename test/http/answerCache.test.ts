// Answers given again: exactly while they hold.
import { expect, test } from "vitest";
import { AnswerCache } from "../../src/http/answerCache.ts";

function fixture(maxBytes = 100_000) {
  const store = { revision: 1 };
  const time = { now: 0 };
  const cache = new AnswerCache({ maxBytes, store, clock: () => time.now });
  const answer = (text: string) => ({ body: Buffer.from(text), headers: {} });
  return { store, time, cache, answer };
}

test("an answer holds while the store's revision stands", () => {
  const { store, cache, answer } = fixture();
  cache.set("key", answer("a"), { revision: 1, dependsOnTime: false });
  expect(cache.get("key")?.body.toString()).toBe("a");
  expect(cache.get("other")).toBeUndefined();
  store.revision = 2;
  expect(cache.get("key")).toBeUndefined();
  store.revision = 1;
  expect(cache.get("key")).toBeUndefined(); // gone for good
});

test("an answer made while something changed is not kept", () => {
  const { store, cache, answer } = fixture();
  const { revision } = cache;
  store.revision = 2;
  cache.set("key", answer("of before or after"), { revision, dependsOnTime: false });
  expect(cache.get("key")).toBeUndefined();
});

test("an answer that depends on time is good for a second, any other for as long as the store stands", () => {
  const { time, cache, answer } = fixture();
  cache.set("last hour", answer("a"), { revision: 1, dependsOnTime: true });
  cache.set("all", answer("b"), { revision: 1, dependsOnTime: false });
  time.now = 999;
  expect(cache.get("last hour")).toBeDefined();
  time.now = 1_000;
  expect(cache.get("last hour")).toBeUndefined();
  time.now = 1e12;
  expect(cache.get("all")).toBeDefined();
});

test("the bytes kept are bounded, the least recently used goes first, and what is too large is not kept at all", () => {
  const { cache, answer } = fixture(10_000);
  for (let index = 0; index < 100; index++) {
    cache.set(`key-${index}`, answer("x".repeat(500)), { revision: 1, dependsOnTime: false });
    cache.get("key-0");
  }
  const kept = Array.from({ length: 100 }, (_, index) => cache.get(`key-${index}`)).filter(
    (each) => each !== undefined,
  );
  expect(kept.length).toBeGreaterThan(3);
  expect(kept.length * 500).toBeLessThan(10_000);
  expect(cache.get("key-0")).toBeDefined();
  expect(cache.get("key-1")).toBeUndefined();
  cache.set("large", answer("x".repeat(5_000)), { revision: 1, dependsOnTime: false });
  expect(cache.get("large")).toBeUndefined();
});
