// How a sender proves that it holds a webhook's secret: it sends it as a bearer token, or signs the body with it.
// Compared in a time that says nothing of how much was right.
import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingHttpHeaders } from "node:http";

export interface Proof {
  readonly bearer: string | undefined;
  /** HMAC-SHA256 of the body. */
  readonly signature: Buffer | undefined;
  /** What to tell of it when it proves nothing. */
  readonly fault: string;
  /** Whether it is worth while to read the body. */
  mayHold(secrets: readonly string[]): boolean;
}

const BEARER = /^Bearer +(\S+) *$/i;
const SIGNATURE = /^sha256=([0-9a-f]{64})$/i;
const EXPECTED =
  "send the secret as Authorization: Bearer, or the body's HMAC-SHA256 as X-Hub-Signature-256: sha256=<hex>";

export function proofOf(headers: IncomingHttpHeaders): Proof {
  const bearer = BEARER.exec(headers.authorization ?? "")?.[1];
  const hex = SIGNATURE.exec(String(headers["x-hub-signature-256"] ?? ""))?.[1];
  const isEmpty = headers.authorization === undefined && headers["x-hub-signature-256"] === undefined;
  return {
    bearer,
    signature: hex === undefined ? undefined : Buffer.from(hex, "hex"),
    fault: `${isEmpty ? "There is no proof of the webhook's secret" : "That is no proof of the webhook's secret"}: ${EXPECTED}.`,
    mayHold: (secrets) => hex !== undefined || isBearer(bearer, secrets),
  };
}

export function isProven({ bearer, signature }: Proof, secrets: readonly string[], body: Uint8Array): boolean {
  return isBearer(bearer, secrets) || isSigned(signature, secrets, body);
}

function isBearer(bearer: string | undefined, secrets: readonly string[]): boolean {
  if (bearer === undefined) return false;
  const given = digest(bearer);
  return countOf(secrets, (secret) => timingSafeEqual(given, digest(secret))) > 0;
}

function isSigned(signature: Buffer | undefined, secrets: readonly string[], body: Uint8Array): boolean {
  if (signature === undefined) return false;
  return (
    countOf(secrets, (secret) => timingSafeEqual(signature, createHmac("sha256", secret).update(body).digest())) > 0
  );
}

/** All are tried, whichever holds. */
function countOf(secrets: readonly string[], holds: (secret: string) => boolean): number {
  return secrets.filter(holds).length;
}

/** Of one length for texts of any. */
function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
