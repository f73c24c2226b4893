// The built-in source: Kubernetes Events (events.k8s.io/v1) as observations, khook's audit Events as dispatches.
// What the cluster still has is delivered at least once and in order of time; an Event's deletion changes nothing.
// The sink is called in that order; it is told more while earlier calls are under way.
import type { Clock } from "../cluster/clock.ts";
import type { MissedSpan } from "../cluster/completeness.ts";
import type { Connection } from "../cluster/connection.ts";
import { dispatchOf } from "../cluster/dispatches.ts";
import type { JsonObject } from "../cluster/json.ts";
import { writtenAt } from "../cluster/kubeEvent.ts";
import { type Changed, ListWatch, type ListWatchHandler } from "../cluster/listWatch.ts";
import type { Log } from "../cluster/log.ts";
import type { LoopStatus } from "../cluster/loopStatus.ts";
import { isInTrouble } from "../cluster/loopTrouble.ts";
import { type MappingContext, mapEvent } from "../cluster/mapping.ts";
import { eventTypesOf, type MappingTable } from "../cluster/mappingTable.ts";
import type { Dispatch } from "../events/dispatch.ts";
import type { Millis } from "../events/duration.ts";
import type { Observation } from "../events/event.ts";
import type { Instant } from "../events/time.ts";
import { waitForHooks } from "./hooksWait.ts";
import { sharing } from "./shared.ts";
import type { Source, SourceSink, SourceState, SourceStatus } from "./source.ts";

export interface KubernetesSourceOptions {
  readonly connection: Connection;
  /** Name of the cluster, as events carry it. */
  readonly cluster: string;
  /** Empty: all of them, by one watch; else one watch each. */
  readonly namespaces: readonly string[];
  readonly mapping: MappingTable;
  readonly clock: Clock;
  readonly log: Log;
  /** What the store remembers of the last run (EventStore.syncedAt of this source's name); null for a fresh store. */
  readonly lastSyncedAt: Instant | null;
  /** How long the cluster keeps an Event after its last write; being away longer is a gap. */
  readonly eventTtl: Millis;
  /** The first events wait for this, at most 10 s, so that they meet the hooks they match. */
  readonly hooksReady: Promise<unknown>;
}

export interface KubernetesSource extends Source {
  /** One for each watch, for diagnostics. */
  loops(): readonly LoopStatus[];
}

export const KUBERNETES = "kubernetes";
const VERSION = "events.k8s.io/v1";
/** Sightings of one kind in one delivery of a list: few enough that what they leave behind is collected in passing. */
const LISTED_BATCH = 250;

type Sighting = Observation | Dispatch;

export function kubernetesSource(options: KubernetesSourceOptions): KubernetesSource {
  const { connection, cluster, namespaces, mapping, clock, log, lastSyncedAt, eventTtl, hooksReady } = options;
  const hooksKnown = waitForHooks(hooksReady, clock);
  const context: MappingContext = { cluster, source: KUBERNETES, table: mapping };
  const paths = namespaces.length === 0 ? [eventsPath()] : namespaces.map(eventsPath);
  let loops: readonly ListWatch<Sighting>[] = [];
  let state: "STARTING" | "RUNNING" | "STOPPED" = "STARTING";
  let observed = 0;
  let lastObservedAt: Instant | null = null;

  return {
    name: KUBERNETES,
    version: VERSION,
    eventTypes: eventTypesOf(mapping),
    loops: () => loops.map((loop) => loop.status()),

    status(): SourceStatus {
      const statuses = loops.map((loop) => loop.status());
      return { ...describe(state, statuses, clock.now()), observed, lastObservedAt };
    },

    async run(sink, signal) {
      loops = paths.map(
        (path) =>
          new ListWatch<Sighting>({
            connection,
            path,
            clock,
            log,
            syncedAt: lastSyncedAt,
            handler: handlerFor(sink, signal),
          }),
      );
      state = "RUNNING";
      await Promise.all(loops.map((loop) => loop.run(signal)));
      state = "STOPPED";
    },
  };

  function handlerFor(sink: SourceSink, signal: AbortSignal): ListWatchHandler<Sighting> {
    const shared = sharing();
    return {
      map(event: JsonObject) {
        const dispatch = dispatchOf(event);
        if (dispatch) return dispatch;
        const observation = mapEvent(event, context);
        return observation && shared(observation);
      },

      async listed(sightings) {
        await hooksKnown(signal);
        // A list comes in order of names; the statuses of events follow from their order in time.
        const dispatches = sightings.filter(isDispatch).reverse();
        const newestFirst = sightings.filter(isObservation).sort(byTime).reverse();
        sightings.length = 0; // what is delivered is let go: a list can be as large as all else together
        while (dispatches.length > 0 && !signal.aborted) {
          await dispatch(sink, dispatches.splice(-LISTED_BATCH).reverse());
        }
        while (newestFirst.length > 0 && !signal.aborted) {
          await observe(sink, newestFirst.splice(-LISTED_BATCH).reverse());
        }
      },

      async changed(changes) {
        const sightings = changes.filter(isNoDeletion).map(({ item }) => item);
        // Both at once: of what is told abreast, nothing may overtake what came before it.
        await Promise.all([
          dispatch(sink, sightings.filter(isDispatch)),
          observe(sink, sightings.filter(isObservation)),
        ]);
      },

      async synced() {
        const times = loops.map((loop) => loop.status().syncedAt);
        const known = times.filter((at) => at !== null);
        if (known.length === times.length) await sink.synced(KUBERNETES, Math.min(...known));
      },

      gaps: {
        writtenAt,
        ttl: eventTtl,
        missed: (span: MissedSpan) => sink.missed({ ...span, source: KUBERNETES }),
      },
    };
  }

  async function dispatch(sink: SourceSink, dispatches: readonly Dispatch[]): Promise<void> {
    if (dispatches.length > 0) await sink.dispatched(dispatches);
  }

  async function observe(sink: SourceSink, observations: readonly Observation[]): Promise<void> {
    if (observations.length === 0) return;
    await sink.observed(observations);
    observed += observations.length;
    lastObservedAt = clock.now();
  }
}

function describe(
  state: "STARTING" | "RUNNING" | "STOPPED",
  loops: readonly LoopStatus[],
  now: Instant,
): { readonly state: SourceState; readonly message: string } {
  if (state === "STOPPED") return { state, message: "stopped" };
  const troubled = loops.find((loop) => loop.trouble !== null && isInTrouble(loop, now));
  if (troubled) return { state: "DEGRADED", message: `${troubled.path}: ${troubled.trouble?.message ?? ""}` };
  if (loops.length === 0 || loops.some(({ synced }) => !synced))
    return { state: "STARTING", message: "listing Events" };
  return { state: "RUNNING", message: `watching ${loops.map(({ path }) => path).join(", ")}` };
}

function isDispatch(sighting: Sighting): sighting is Dispatch {
  return "outcome" in sighting;
}

function isObservation(sighting: Sighting): sighting is Observation {
  return !isDispatch(sighting);
}

function isNoDeletion({ type }: Changed<Sighting>): boolean {
  return type !== "DELETED";
}

/**
 * Of one instant, the order of the list stays: recorders name the Events of one object by the nanosecond at which they
 * were made, so that is the order in which a watch tells of them. Core Events say their times by the second only.
 */
function byTime(a: Observation, b: Observation): number {
  return a.lastSeen - b.lastSeen;
}

function eventsPath(namespace?: string): string {
  const below = namespace === undefined ? "" : `/namespaces/${encodeURIComponent(namespace)}`;
  return `/apis/events.k8s.io/v1${below}/events`;
}
