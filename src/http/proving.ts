// Callers proving who they are, not too often in vain: each proof that is new has to be looked into by somebody.
// Whose proof is known to be good is let pass, whatever others from the same address have tried.
import type { IncomingMessage } from "node:http";
import type { Access } from "../access/access.ts";
import type { Refusal } from "../access/authentication.ts";
import type { Credentials } from "../access/authenticator.ts";
import type { ErrorCode } from "../graph/errors.ts";
import type { RateLimits } from "./limits/rateLimits.ts";

export type Unproven = Refusal | { readonly status: 429; readonly detail: string; readonly retryAfter: number };

export const UNPROVEN_CODES = {
  401: "UNAUTHENTICATED",
  403: "FORBIDDEN",
  429: "TOO_MANY_REQUESTS",
  503: "UNAVAILABLE",
} as const satisfies Readonly<Record<Unproven["status"], ErrorCode>>;

export interface Prover {
  readonly access: Access;
  readonly rates: RateLimits;
}

/** What `ask` finds out of the credentials, or why it is not asked. Rejects like `ask`. */
export async function proven<Found extends object>(
  { access, rates }: Prover,
  request: IncomingMessage,
  credentials: Credentials,
  ask: (credentials: Credentials) => Promise<Found | { readonly refusal: Refusal }>,
): Promise<Found | { readonly refusal: Unproven }> {
  if (access.knows(credentials)) return ask(credentials);
  const attempt = rates.tryToProve(request);
  if ("retryAfter" in attempt) return { refusal: { status: 429, ...attempt } };
  const found = await ask(credentials);
  if (!("refusal" in found) || found.refusal.status !== 401) attempt.giveBack();
  return found;
}
