// A cluster for the gateway to watch: the project's embedded Kubernetes API, filled with Events and made to send more.
// A process of its own on the load generator's core, told by messages; what it sends is bounded in time and count.
import { fromNew } from "../../src/demo/admission/eventViews.ts";
import type { KubeObject } from "../../src/demo/kubeObject.ts";
import { startApiServer } from "../../src/demo/server/server.ts";
import { Storage } from "../../src/demo/server/storage.ts";
import { MEMBER_TOKEN, VIEWER_TOKEN } from "./callers.ts";
import { hooks, NAMESPACES, type WatchEvent, watchEvents } from "./dataset.ts";
import { seeded, uuid } from "./random.ts";

export interface FillOrder {
  /** How many Events there are to be in the end; repeats do not count. */
  readonly events: number;
  readonly start: number;
  readonly end: number;
}

export interface StreamOrder {
  readonly rate: number;
  readonly millis: number;
  /** Mean time between two Events of one pod, in ms. */
  readonly apart: number;
  readonly seed: number;
}

/** Short, so that a tick does not keep the load generator from its core for long. */
const TICK = 1;
const ahead = Number(process.env.BENCH_CLOCK_AHEAD ?? 0);
const now = (): Date => new Date(Date.now() + ahead);
const random = seeded(7);
const storage = new Storage({ now, eventTtlMs: 7 * 86_400_000, uid: () => uuid(random) });
const life = new AbortController();
process.on("SIGTERM", () => process.disconnect());
process.on("disconnect", () => life.abort()); // also when whoever started it is gone

const server = await startApiServer({ storage, now, signal: life.signal });
const LOOKING = { verbs: ["get", "list", "watch"], apiGroups: ["events.k8s.io", "kagent.dev"] } as const;
const groups = ["system:authenticated"];
server.access.tokens.set(VIEWER_TOKEN, { user: { username: "viewer", groups } });
server.access.tokens.set(MEMBER_TOKEN, { user: { username: "member", groups } });
server.access.rules.push(
  { ...LOOKING, users: ["viewer"] },
  { ...LOOKING, users: ["member"], namespaces: [...NAMESPACES] },
);
for (const { manifest } of hooks()) storage.create("hooks", manifest as unknown as KubeObject); // whole manifests, see dataset.ts
process.on("message", (message: { fill: FillOrder } | { stream: StreamOrder }) => {
  if ("fill" in message) process.send?.({ filled: fill(message.fill) });
  else void stream(message.stream).then((sent) => process.send?.({ sent }));
});
process.send?.({ port: server.port });

/** Each Event in its latest state, as a cluster holds them. */
function fill({ events, start, end }: FillOrder): number {
  const latest = new Map<string, WatchEvent["object"]>();
  // Three in four watch events repeat one that is there, so four times as many make enough of them.
  for (const { object } of watchEvents({ rows: events * 4, start, end, apart: 60_000 })) {
    if (latest.size < events || latest.has(object.metadata.uid)) latest.set(object.metadata.uid, object);
  }
  for (const object of latest.values()) write({ type: "ADDED", object });
  return storage.count("events");
}

/** As many as are due at each tick, each timed when it is due. */
async function stream({ rate, millis, apart, seed }: StreamOrder): Promise<number> {
  const total = Math.floor((rate * millis) / 1000);
  const start = now().getTime();
  const began = performance.now();
  const events = watchEvents({ rows: total, start, end: start + millis, apart, seed });
  let sent = 0;
  while (sent < total && !life.signal.aborted) {
    const due = Math.min(total, Math.floor(((performance.now() - began) * rate) / 1000));
    for (; sent < due; sent += 1) {
      const { value } = events.next();
      if (value) write(value);
    }
    await new Promise((resolve) => setTimeout(resolve, TICK));
  }
  return sent;
}

function write({ type, object }: WatchEvent): void {
  const { resourceVersion: _ours, ...metadata } = object.metadata;
  const stored = fromNew({ ...object, metadata } as unknown as KubeObject); // events.k8s.io/v1 in all its fields
  if (type === "ADDED") storage.create("events", stored);
  else storage.replace("events", stored);
}
