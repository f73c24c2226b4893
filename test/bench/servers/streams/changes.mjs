// What the baselines tell: changes as the gateway tells them, of events of the dataset, made before anything is measured.
import { CURSORS } from "../../streams/places.ts";
import { watchEvents } from "../../dataset.ts";
import { matched } from "../../mapped.ts";

const events = [...watchEvents({ rows: 64 })].map(({ object }) => {
  const { resource, tags, severity, ...event } = matched(object);
  return {
    ...event,
    id: `${event.uid}.${event.count}`,
    status: "FIRING",
    severity: severity.toUpperCase(),
    resource,
    tags: Object.entries(tags).map(([key, value]) => ({ key, value })),
    occurrences: 1,
    resolvedAt: null,
    duplicateOf: null,
    timestamp: new Date(event.lastSeen).toISOString(),
    firstSeen: new Date(event.firstSeen).toISOString(),
    lastSeen: new Date(event.lastSeen).toISOString(),
  };
});
let made = 0;

export function nextChange() {
  made++;
  const cursor = CURSORS.encode(made);
  return { type: "ADDED", cursor, event: { ...events[made % events.length], cursor } };
}

export const typeDefs = `
  type Query { changes: Int! }
  type Subscription { eventChanges: EventChange! }
  type EventChange { type: String! cursor: String! event: HookEvent }
  type Resource { apiVersion: String! kind: String! name: String! namespace: String uid: String }
  type Tag { key: String! value: String! }
  type Hook { namespace: String! name: String! }
  type HookEvent {
    id: ID! cursor: String! eventType: String! status: String! severity: String! namespace: String!
    resource: Resource! reason: String! message: String! source: String! tags: [Tag!]! count: Int! occurrences: Int!
    timestamp: String! firstSeen: String! lastSeen: String! resolvedAt: String duplicateOf: ID
    hooks: [Hook!]! cluster: String!
  }
`;

/** As in the documentation of each server: whoever subscribes has an iterator of its own over one topic. */
export class Topic {
  #told = new Set();

  publish(value) {
    for (const tell of this.#told) tell(value);
  }

  async *[Symbol.asyncIterator]() {
    let waiting = [];
    let wake;
    const tell = (value) => {
      waiting.push(value);
      wake?.();
    };
    this.#told.add(tell);
    try {
      for (;;) {
        if (waiting.length === 0) await new Promise((resolve) => { wake = resolve; });
        const ready = waiting;
        waiting = [];
        for (const value of ready) yield value;
      }
    } finally {
      this.#told.delete(tell);
    }
  }
}
