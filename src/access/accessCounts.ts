// What access came to, counted: who was let in by which way, and what was decided of what. It holds no names.
import type { AuthMode } from "./authenticator.ts";

/** `unavailable`: who could tell could not be asked. */
export const AUTHENTICATION_OUTCOMES = ["known", "refused", "absent", "unavailable"] as const;
export type AuthenticationOutcome = (typeof AUTHENTICATION_OUTCOMES)[number];

/** `undecided`: who could decide could not be asked. */
export const REVIEW_OUTCOMES = ["allowed", "denied", "undecided"] as const;
export type ReviewOutcome = (typeof REVIEW_OUTCOMES)[number];

export class AccessCounts {
  readonly #authentications = new Map<AuthMode, Record<AuthenticationOutcome, number>>();
  readonly reviews: Record<ReviewOutcome, number> = { allowed: 0, denied: 0, undecided: 0 };

  authenticated(mode: AuthMode, outcome: AuthenticationOutcome): void {
    const counts = this.#authentications.get(mode) ?? { known: 0, refused: 0, absent: 0, unavailable: 0 };
    counts[outcome]++;
    this.#authentications.set(mode, counts);
  }

  reviewed(outcome: ReviewOutcome): void {
    this.reviews[outcome]++;
  }

  /** By the way that was asked. */
  get authentications(): ReadonlyMap<AuthMode, Readonly<Record<AuthenticationOutcome, number>>> {
    return this.#authentications;
  }
}
