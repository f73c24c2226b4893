// What the crash tests store: the same batches in every process, with incidents that open, repeat and end on the way.
// Nothing here needs a test runner, so that a process of its own can use it.
import type { MatchedObservation } from "../../src/events/event.ts";
import type { StoreOptions } from "../../src/store/sqlite.ts";

const NOON = Date.UTC(2026, 10, 23);
const WINDOW = 600_000;

const BATCHES = 400;
const PER_BATCH = 25;

export interface PlannedBatch {
  readonly batch: readonly MatchedObservation[];
  readonly now: number;
}

export function storeOptions(path: string): StoreOptions {
  return { path, now: () => NOON, dedupWindow: WINDOW, retention: { maxAge: 1e14, maxBytes: 1e14 } };
}

export function* plannedBatches(): Generator<PlannedBatch> {
  for (let number = 0; number < BATCHES; number++) {
    const now = NOON + number * 60_000;
    const batch = Array.from({ length: PER_BATCH }, (_, index) => planned(number * PER_BATCH + index, now - index));
    yield { batch, now };
  }
}

/** The when-th observation: 97 uids whose counts rise, about 31 resources in 5 namespaces. */
function planned(when: number, lastSeen: number): MatchedObservation {
  const uid = when % 97;
  const namespace = `ns-${uid % 5}`;
  return {
    uid: `uid-${uid}`,
    count: 1 + Math.floor(when / 97),
    cluster: "main",
    source: "kubernetes",
    eventType: uid % 2 === 0 ? "pod-restart" : "oom-kill",
    severity: "HIGH",
    namespace,
    resource: { apiVersion: "v1", kind: "Pod", name: `web-${uid % 31}`, namespace, uid: null },
    reason: "BackOff",
    message: `number ${when}`,
    tags: {},
    firstSeen: NOON,
    lastSeen,
    ignoredByController: null,
    hooks: uid % 3 === 0 ? [{ namespace, name: "on-call" }] : [],
  };
}
