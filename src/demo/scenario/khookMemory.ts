// khook's deduplication, which it keeps in memory only: what is active for each hook, and what was just told.
// Promises khook's windows to the letter: 10 minutes from firstSeen or from the last successful call; a repeat that
// fires again before the clean-up keeps its firstSeen, and a duplicate moves nothing, not even lastSeen.
import { MINUTE } from "./kubeTime.ts";

const TIMEOUT = 10 * MINUTE;

/** One entry of Hook.status.activeEvents; times in milliseconds. */
export interface ActiveEvent {
  readonly eventType: string;
  readonly resourceName: string;
  readonly firstSeen: number;
  readonly lastSeen: number;
  readonly status: "firing" | "resolved";
}

interface Remembered {
  readonly eventType: string;
  readonly resourceName: string;
  readonly firstSeen: number;
  lastSeen: number;
  notifiedAt: number | undefined;
}

/** What happened to which resource. */
export interface Subject {
  readonly eventType: string;
  readonly namespace: string;
  readonly resourceName: string;
}

export class KhookMemory {
  private readonly hooks = new Map<string, Map<string, Remembered>>();

  /** How many things are remembered, over all hooks. */
  get size(): number {
    return this.hooks.values().reduce((sum, events) => sum + events.size, 0);
  }

  isDuplicate(hook: string, subject: Subject, now: number): boolean {
    const known = this.hooks.get(hook)?.get(keyOf(subject));
    if (known === undefined) return false;
    if (known.notifiedAt !== undefined && now - known.notifiedAt < TIMEOUT) return true;
    return now - known.firstSeen <= TIMEOUT;
  }

  record(hook: string, subject: Subject, now: number): void {
    const events = this.eventsOf(hook);
    const known = events.get(keyOf(subject));
    if (known === undefined) events.set(keyOf(subject), remember(subject, now));
    else known.lastSeen = now;
  }

  markNotified(hook: string, subject: Subject, now: number): void {
    const events = this.eventsOf(hook);
    const known = events.get(keyOf(subject)) ?? remember(subject, now);
    known.notifiedAt = now;
    events.set(keyOf(subject), known);
  }

  active(hook: string, now: number): readonly ActiveEvent[] {
    return [...(this.hooks.get(hook)?.values() ?? [])].map(({ eventType, resourceName, firstSeen, lastSeen }) => {
      const status = now - firstSeen > TIMEOUT ? "resolved" : "firing";
      return { eventType, resourceName, firstSeen, lastSeen, status };
    });
  }

  /** khook does this every 5 minutes: what was first seen over 10 minutes ago is forgotten. */
  forgetExpired(hook: string, now: number): void {
    const events = this.hooks.get(hook);
    if (events === undefined) return;
    for (const [key, { firstSeen }] of events) if (now - firstSeen > TIMEOUT) events.delete(key);
    if (events.size === 0) this.hooks.delete(hook);
  }

  private eventsOf(hook: string): Map<string, Remembered> {
    let events = this.hooks.get(hook);
    if (events === undefined) {
      events = new Map();
      this.hooks.set(hook, events);
    }
    return events;
  }
}

function remember({ eventType, resourceName }: Subject, now: number): Remembered {
  return { eventType, resourceName, firstSeen: now, lastSeen: now, notifiedAt: undefined };
}

function keyOf({ eventType, namespace, resourceName }: Subject): string {
  return `${eventType}:${namespace}:${resourceName}`;
}
