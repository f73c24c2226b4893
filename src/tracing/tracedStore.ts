// A store whose reads are spans, where they are made inside of another: of a request, an operation, or whatever asked.
// What happens in the background is no part of anybody's trace, and goes straight through.
import type { EventStore } from "../store/store.ts";
import type { Tracer } from "./tracer.ts";

const READS = [
  "events",
  "eventsText",
  "count",
  "eventsById",
  "dispatchesOf",
  "hooks",
  "hooksByKey",
  "byType",
  "byNamespace",
  "byHook",
  "trends",
  "hookActivity",
  "changesSince",
  "placeSince",
  "gaps",
  "describe",
] as const satisfies readonly (keyof EventStore)[];
const TRACED: ReadonlySet<PropertyKey> = new Set(READS);

type Method = (...given: readonly unknown[]) => unknown;

export function tracedStore(store: EventStore, tracer: Tracer): EventStore {
  const bound = new Map<PropertyKey, Method>();
  return new Proxy(store, {
    get(target, name) {
      const value: unknown = Reflect.get(target, name, target); // the store's own: it has private fields
      if (typeof value !== "function") return value;
      const known = bound.get(name);
      if (known) return known;
      const method = value.bind(target) as Method; // a method of the store, whichever
      const made = TRACED.has(name) ? traced(String(name), method, tracer) : method;
      bound.set(name, made);
      return made;
    },
  });
}

function traced(name: string, method: Method, tracer: Tracer): Method {
  return async (...given) => {
    if (!tracer.isWithin) return method(...given);
    const attributes = { "db.system.name": "sqlite", "db.operation.name": name };
    const span = tracer.begin({ name: `store ${name}`, kind: "client", attributes });
    try {
      return await tracer.within(span, () => method(...given));
    } catch (error) {
      span.fail(error instanceof Error ? error.message : String(error));
      throw error;
    } finally {
      span.end();
    }
  };
}
