// Checks khook's windows minute by minute: what is a duplicate, what counts as resolved, what is forgotten.
import { describe, expect, it } from "vitest";
import { KhookMemory, type Subject } from "../../../src/demo/scenario/khookMemory.ts";

const MINUTE = 60_000;
const HOOK = "shop/basic-pod-monitoring";
const SUBJECT: Subject = { eventType: "pod-restart", namespace: "shop", resourceName: "web-1" };

describe("khook's deduplication", () => {
  it("takes what it has not seen for new", () => {
    const memory = new KhookMemory();
    memory.record(HOOK, SUBJECT, 0);
    expect(memory.isDuplicate(HOOK, { ...SUBJECT, resourceName: "web-2" }, 1)).toBe(false);
    expect(memory.isDuplicate(HOOK, { ...SUBJECT, eventType: "oom-kill" }, 1)).toBe(false);
    expect(memory.isDuplicate("shop/other", SUBJECT, 1)).toBe(false);
    expect(memory.isDuplicate(HOOK, SUBJECT, 1)).toBe(true);
  });

  it("holds a duplicate for 10 minutes from firstSeen when the call failed", () => {
    const memory = new KhookMemory();
    memory.record(HOOK, SUBJECT, 0);
    expect(memory.isDuplicate(HOOK, SUBJECT, 10 * MINUTE)).toBe(true);
    expect(memory.isDuplicate(HOOK, SUBJECT, 10 * MINUTE + 1)).toBe(false);
  });

  it("holds it for 10 minutes from the last successful call when that is later", () => {
    const memory = new KhookMemory();
    memory.record(HOOK, SUBJECT, 0);
    memory.markNotified(HOOK, SUBJECT, 20_000);
    expect(memory.isDuplicate(HOOK, SUBJECT, 10 * MINUTE + 19_999)).toBe(true);
    expect(memory.isDuplicate(HOOK, SUBJECT, 10 * MINUTE + 20_000)).toBe(false);
  });

  it("calls it resolved 10 minutes after firstSeen, even when it fires again meanwhile", () => {
    const memory = new KhookMemory();
    memory.record(HOOK, SUBJECT, 0);
    expect(memory.active(HOOK, 10 * MINUTE)).toEqual([
      { eventType: "pod-restart", resourceName: "web-1", firstSeen: 0, lastSeen: 0, status: "firing" },
    ]);
    memory.record(HOOK, SUBJECT, 11 * MINUTE);
    expect(memory.active(HOOK, 11 * MINUTE)).toEqual([
      { eventType: "pod-restart", resourceName: "web-1", firstSeen: 0, lastSeen: 11 * MINUTE, status: "resolved" },
    ]);
  });

  it("forgets at the clean-up what was first seen over 10 minutes ago, and is empty then", () => {
    const memory = new KhookMemory();
    memory.record(HOOK, SUBJECT, 0);
    memory.forgetExpired(HOOK, 10 * MINUTE);
    expect(memory.size).toBe(1);
    memory.forgetExpired(HOOK, 10 * MINUTE + 1);
    expect(memory.size).toBe(0);
    expect(memory.active(HOOK, 11 * MINUTE)).toEqual([]);
    expect(memory.isDuplicate(HOOK, SUBJECT, 11 * MINUTE)).toBe(false);
  });
});
