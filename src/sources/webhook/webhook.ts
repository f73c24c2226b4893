// The source that is told instead of looking: CloudEvents and alerts that are posted to it, each stored before it is answered for.
// What was told before changes nothing, so whoever is in doubt sends again.
import type { Clock } from "../../cluster/clock.ts";
import type { Log } from "../../cluster/log.ts";
import type { SourceMapping } from "../../cluster/mappingTable.ts";
import type { Observation } from "../../events/event.ts";
import type { Instant } from "../../events/time.ts";
import { waitForHooks } from "../hooksWait.ts";
import type { Source, SourceSink, SourceState, SourceStatus } from "../source.ts";
import { type Delivery, readDelivery } from "./delivery.ts";
import type { Fault } from "./faults.ts";
import { type Ignored, mapReport } from "./mapping.ts";
import type { Report } from "./report.ts";
import type { WebhookSecrets } from "./secrets.ts";

export interface WebhookSourceOptions {
  /** Name of the cluster, as events carry it. */
  readonly cluster: string;
  readonly mappings: readonly SourceMapping[];
  readonly secrets: Pick<WebhookSecrets, "of">;
  /** Until then, at most 10 s, nothing is taken, so that the first events meet the hooks they match. */
  readonly hooksReady: Promise<unknown>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface Receipt {
  /** CloudEvents or alerts in the delivery. */
  readonly received: number;
  /** Of these, those that the sink took: stored by now, be it by this delivery or before. */
  readonly taken: number;
  /** The others, by why they are no events, in the order in which they came. */
  readonly ignored: readonly IgnoredReports[];
}

export interface IgnoredReports {
  /** The type as it was reported. */
  readonly type: string;
  readonly why: Ignored;
  readonly count: number;
}

export type Outcome =
  | { readonly kind: "received"; readonly receipt: Receipt }
  | { readonly kind: "faults"; readonly faults: readonly Fault[] }
  | { readonly kind: "foreign"; readonly why: string }
  /** Nothing of it counts as told: it is to be sent again. */
  | { readonly kind: "unavailable" };

export interface WebhookSource extends Source {
  /** What opens the webhook of this name; undefined when there is none. Rejects while that cannot be read. */
  secretsOf(name: string): Promise<readonly string[] | undefined>;
  /** Stores what a delivery tells of. Never rejects. */
  receive(name: string, delivery: Delivery): Promise<Outcome>;
}

export const WEBHOOK = "webhook";
const VERSION = "CloudEvents 1.0, Alertmanager 4";
/** Few enough that a large delivery does not hold up others who write. */
const BATCH = 250;
const MAX_TYPE = 200;

export function webhookSource(options: WebhookSourceOptions): WebhookSource {
  const { cluster, mappings, secrets, hooksReady, clock, log } = options;
  const hooksKnown = waitForHooks(hooksReady, clock);
  let state: SourceState = "STARTING";
  let sink: SourceSink | undefined;
  let observed = 0;
  let lastObservedAt: Instant | null = null;
  const ignoredSoFar: Record<Ignored, number> = { unmapped: 0, disabled: 0 };
  /** What is wrong, by what it is wrong with, until it goes well again. */
  const troubles = new Map<"secrets" | "storing", string>();
  const underWay = new Set<Promise<unknown>>();

  return {
    name: WEBHOOK,
    version: VERSION,
    eventTypes: [...new Set(mappings.flatMap(({ eventType }) => eventType ?? []))],

    status(): SourceStatus {
      const [trouble] = troubles.values();
      const isTroubled = state === "RUNNING" && trouble !== undefined;
      return {
        state: isTroubled ? "DEGRADED" : state,
        message: isTroubled ? trouble : state === "RUNNING" ? taking() : state.toLowerCase(),
        observed,
        lastObservedAt,
      };
    },

    async run(to, signal) {
      if (mappings.length === 0)
        log.warn({}, "no entry of the event mapping is for a webhook: what it is told is ignored");
      state = "STARTING";
      await hooksKnown(signal);
      sink = to;
      state = "RUNNING";
      await aborted(signal);
      sink = undefined;
      await Promise.allSettled(underWay);
      state = "STOPPED";
    },

    async secretsOf(name) {
      return watched("secrets", () => secrets.of(name));
    },

    async receive(name, delivery) {
      const now = clock.now();
      const reading = readDelivery(delivery, now);
      if (reading.kind === "faults") return { kind: "faults", faults: reading.faults.list };
      if (reading.kind === "foreign") return reading;
      const to = sink;
      if (!to) return { kind: "unavailable" };
      const { observations, ignored } = sorted(reading.reports, name, now);
      if (observations.length > 0) {
        const storing = watched("storing", () => store(observations, to));
        underWay.add(storing);
        try {
          await storing;
        } catch {
          return { kind: "unavailable" }; // noted by watched()
        } finally {
          underWay.delete(storing);
        }
      }
      for (const { why, count } of ignored) ignoredSoFar[why] += count;
      if (ignored.length > 0) log.debug({ source: WEBHOOK, webhook: name, ignored }, "ignored of a delivery");
      return { kind: "received", receipt: { received: reading.reports.length, taken: observations.length, ignored } };
    },
  };

  function taking(): string {
    const { unmapped, disabled } = ignoredSoFar;
    const ignored = unmapped + disabled === 0 ? "" : `; ignored so far: ${unmapped} unmapped, ${disabled} disabled`;
    return `taking what is posted${ignored}`;
  }

  function sorted(reports: readonly Report[], name: string, now: Instant) {
    const observations: Observation[] = [];
    const ignored = new Map<string, IgnoredReports>();
    for (const report of reports) {
      const mapped = mapReport(report, { name, cluster, mappings, now });
      if (typeof mapped !== "string") {
        observations.push(mapped);
        continue;
      }
      const type = report.type.slice(0, MAX_TYPE);
      const key = `${mapped} ${type}`;
      ignored.set(key, { type, why: mapped, count: (ignored.get(key)?.count ?? 0) + 1 });
    }
    // In order of time, as statuses follow from it; of one instant, as they came.
    return { observations: observations.sort((a, b) => a.lastSeen - b.lastSeen), ignored: [...ignored.values()] };
  }

  async function store(observations: readonly Observation[], to: SourceSink): Promise<void> {
    for (let at = 0; at < observations.length; at += BATCH) {
      const batch = observations.slice(at, at + BATCH);
      await to.observed(batch);
      observed += batch.length;
      lastObservedAt = clock.now();
    }
  }

  /** Rejects as the work does, once that is noted; told to the log when it begins to go wrong, not each time. */
  async function watched<T>(what: "secrets" | "storing", work: () => Promise<T>): Promise<T> {
    try {
      const result = await work();
      if (troubles.delete(what)) log.info({ source: WEBHOOK }, `${what}: well again`);
      return result;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!troubles.has(what)) log.error({ source: WEBHOOK, reason }, `${what}: what is posted is refused`);
      troubles.set(what, `${what}: ${reason}`);
      throw error;
    }
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
