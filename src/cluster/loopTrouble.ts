// When a list+watch loop counts as being in trouble. A pure rule, for whoever tells of a loop.
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import type { LoopStatus, LoopTrouble } from "./loopStatus.ts";

/** Some API servers close a watch at once when its version has expired; only if it goes on is that more than routine. */
const HICCUP: Millis = 10_000;

export function isInTrouble({ phase, trouble }: LoopStatus, now: Instant): boolean {
  if (phase === "STARTING") return true;
  return trouble !== null && !(isHiccup(trouble) && now - trouble.since < HICCUP);
}

function isHiccup({ reason }: LoopTrouble): boolean {
  return reason === "short" || reason === "silentClose";
}
