// A gap: a stretch of time of which it cannot be proven that everything was seen.
// It is told, never passed over in silence.
import type { Instant } from "./time.ts";

/** Something may have been missed between these instants. */
export interface Gap {
  readonly from: Instant;
  readonly to: Instant;
  readonly reason: string;
  readonly source: string;
}
