// Reading a Kubernetes Event (events.k8s.io/v1): when it happened, how often, and who says so.
// Both recorders are understood: the core one moves the `deprecated*` fields, the new one eventTime and series.
import { type Instant, parseInstant } from "../events/time.ts";
import { asInteger, asList, asObject, asWord, type JsonObject } from "./json.ts";

export interface EventTimes {
  readonly firstSeen: Instant;
  readonly lastSeen: Instant;
  /** The time that the khook controller takes for it; it does not look at `deprecatedLastTimestamp`. */
  readonly controllerTime: Instant;
}

/** undefined when no time of it can be read, which no API server lets happen. */
export function timesOf(event: JsonObject): EventTimes | undefined {
  const created = instant(asObject(event.metadata)?.creationTimestamp);
  const eventTime = instant(event.eventTime);
  const observed = instant(asObject(event.series)?.lastObservedTime);
  const firstStamp = instant(event.deprecatedFirstTimestamp);
  const lastStamp = instant(event.deprecatedLastTimestamp);
  const begun = given([eventTime, firstStamp, created]);
  const all = [...begun, ...given([observed, lastStamp])];
  if (all.length === 0) return undefined;
  const lastSeen = Math.max(...all);
  return {
    firstSeen: Math.min(...(begun.length > 0 ? begun : all)),
    lastSeen,
    controllerTime: observed ?? eventTime ?? created ?? lastSeen,
  };
}

/** How often it has happened so far, at least 1. */
export function countOf(event: JsonObject): number {
  return Math.max(asInteger(asObject(event.series)?.count) ?? 1, asInteger(event.deprecatedCount) ?? 1, 1);
}

/** When the cluster last wrote it: never before the truth as far as the object tells, so that it never proves too much. */
export function writtenAt(event: JsonObject): Instant | undefined {
  const managed = asList(asObject(event.metadata)?.managedFields).map((entry) => instant(asObject(entry)?.time));
  const known = given([timesOf(event)?.lastSeen, ...managed]);
  return known.length === 0 ? undefined : Math.max(...known);
}

/** `kubelet`, `default-scheduler`, `khook`: whichever field its recorder filled. */
export function reporterOf(event: JsonObject): string | undefined {
  return asWord(event.reportingController) ?? asWord(asObject(event.deprecatedSource)?.component);
}

function instant(value: unknown): Instant | undefined {
  return typeof value === "string" ? parseInstant(value) : undefined;
}

function given(instants: readonly (Instant | undefined)[]): Instant[] {
  return instants.filter((value) => value !== undefined);
}
