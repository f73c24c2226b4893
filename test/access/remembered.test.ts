// What was found out about a token is kept for as long as it may be, and never longer.
import { createHash } from "node:crypto";
import { expect, test } from "vitest";
import { Remembered, tokenKey } from "../../src/access/remembered.ts";
import { bearing, gate, JANE, Judge, KNOWN, REFUSED, Stopped, UNAVAILABLE } from "./judges.ts";

function remembering(judge: Judge) {
  const elapsed = new Stopped();
  const clock = new Stopped();
  return { elapsed, clock, remembered: new Remembered(judge, { elapsed: elapsed.read, clock: clock.read }) };
}

test("who is known stays known for 30 s, and is asked about again then", async () => {
  const judge = new Judge(KNOWN);
  const { remembered, elapsed } = remembering(judge);
  expect(await remembered.authenticate(bearing("a"))).toEqual(KNOWN);
  judge.verdict = REFUSED;
  elapsed.now += 29_999;
  expect(await remembered.authenticate(bearing("a"))).toEqual(KNOWN);
  expect(judge.asked).toBe(1);
  elapsed.now += 1;
  expect(await remembered.authenticate(bearing("a"))).toEqual(REFUSED);
  expect(judge.asked).toBe(2);
});

test("who is refused stays refused for 10 s", async () => {
  const judge = new Judge(REFUSED);
  const { remembered, elapsed } = remembering(judge);
  await remembered.authenticate(bearing("a"));
  judge.verdict = KNOWN;
  elapsed.now += 9_999;
  expect(await remembered.authenticate(bearing("a"))).toEqual(REFUSED);
  elapsed.now += 1;
  expect(await remembered.authenticate(bearing("a"))).toEqual(KNOWN);
  expect(judge.asked).toBe(2);
});

test("a token that ends sooner is known until then", async () => {
  const judge = new Judge(KNOWN);
  const { remembered, elapsed, clock } = remembering(judge);
  judge.verdict = { outcome: "known", identity: { ...JANE, expiresAt: clock.now + 4_000 } };
  await remembered.authenticate(bearing("a"));
  judge.verdict = REFUSED;
  elapsed.now += 3_999;
  expect((await remembered.authenticate(bearing("a"))).outcome).toBe("known");
  elapsed.now += 1;
  expect((await remembered.authenticate(bearing("a"))).outcome).toBe("refused");
});

test("a token that has ended is asked about each time, however it was answered", async () => {
  const judge = new Judge(KNOWN);
  const { remembered, clock } = remembering(judge);
  judge.verdict = { outcome: "known", identity: { ...JANE, expiresAt: clock.now } };
  await remembered.authenticate(bearing("a"));
  await remembered.authenticate(bearing("a"));
  expect(judge.asked).toBe(2);
});

test("it holds from when it was asked, not from when it was answered", async () => {
  const judge = new Judge(KNOWN);
  const { remembered, elapsed } = remembering(judge);
  const held = gate();
  judge.gate = held.opened;
  const answer = remembered.authenticate(bearing("a"));
  elapsed.now += 8_000;
  held.open();
  await answer;
  elapsed.now += 22_000;
  await remembered.authenticate(bearing("a"));
  expect(judge.asked).toBe(2);
});

test("that nobody answers is not remembered, and neither is what was known before", async () => {
  const judge = new Judge(UNAVAILABLE);
  const { remembered, elapsed } = remembering(judge);
  expect(await remembered.authenticate(bearing("a"))).toEqual(UNAVAILABLE);
  judge.verdict = KNOWN;
  expect(await remembered.authenticate(bearing("a"))).toEqual(KNOWN);
  judge.verdict = UNAVAILABLE;
  elapsed.now += 30_000;
  expect(await remembered.authenticate(bearing("a"))).toEqual(UNAVAILABLE);
  expect(await remembered.authenticate(bearing("a"))).toEqual(UNAVAILABLE);
  expect(judge.asked).toBe(4);
});

test("those who bring one token at the same time are answered by one look-up, those of another by another", async () => {
  const judge = new Judge(KNOWN);
  const { remembered } = remembering(judge);
  const held = gate();
  judge.gate = held.opened;
  const answers = ["a", "a", "b", "a", "b"].map((token) => remembered.authenticate(bearing(token)));
  held.open();
  expect(await Promise.all(answers)).toEqual([KNOWN, KNOWN, KNOWN, KNOWN, KNOWN]);
  expect(judge.asked).toBe(2);
});

test("asked anew it looks up whatever it remembers, and remembers what it finds", async () => {
  const judge = new Judge(KNOWN);
  const { remembered } = remembering(judge);
  await remembered.authenticate(bearing("a"));
  judge.verdict = REFUSED;
  expect(await remembered.authenticateAnew(bearing("a"))).toEqual(REFUSED);
  expect(await remembered.authenticate(bearing("a"))).toEqual(REFUSED);
  judge.verdict = UNAVAILABLE;
  expect(await remembered.authenticateAnew(bearing("a"))).toEqual(UNAVAILABLE);
  judge.verdict = KNOWN;
  expect(await remembered.authenticate(bearing("a"))).toEqual(KNOWN);
  expect(judge.asked).toBe(4);
});

test("without a token nobody is asked, nor about one that is too long to be one", async () => {
  const judge = new Judge(KNOWN);
  const { remembered } = remembering(judge);
  expect(await remembered.authenticate(bearing(undefined))).toEqual({ outcome: "absent" });
  expect(await remembered.authenticateAnew(bearing(undefined))).toEqual({ outcome: "absent" });
  expect((await remembered.authenticate(bearing("x".repeat(16_385)))).outcome).toBe("refused");
  expect(judge.asked).toBe(0);
  expect(await remembered.authenticate(bearing("x".repeat(16_384)))).toEqual(KNOWN);
});

test("it is kept under the token's SHA-256", () => {
  expect(tokenKey("a token")).toBe(createHash("sha256").update("a token").digest("base64"));
  expect(tokenKey("")).toBe("47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
  expect(tokenKey("a token ")).not.toBe(tokenKey("a token"));
});
