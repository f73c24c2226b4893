// The proof of a JWT: signed by a key of the provider, for us, and good at this moment.
// A signature that does not hold may be one of a key that is new: the provider's keys are looked at once more before it is refused.
import { errors, type JWTPayload, type JWTVerifyOptions, jwtVerify } from "jose";
import type { Instant } from "../events/time.ts";
import type { Verdict } from "./authenticator.ts";
import type { KeySet, ProviderKeys } from "./providerKeys.ts";

export interface ProvenClaims {
  readonly claims: JWTPayload;
  readonly expiresAt: Instant;
}

export interface ProofOptions {
  readonly issuerUrl: string;
  readonly clientId: string;
  readonly now: Instant;
  readonly keys: ProviderKeys;
}

/** What a public key proves. Of the others, whoever knows that key could make a proof. */
const ALGORITHMS = "RS256 RS384 RS512 PS256 PS384 PS512 ES256 ES384 ES512 EdDSA Ed25519".split(" ");
/** Clocks of two machines differ by so much. */
const CLOCK_TOLERANCE_S = 30;

/** Never rejects. */
export async function provenClaims(token: string, options: ProofOptions): Promise<ProvenClaims | Verdict> {
  const { issuerUrl, clientId, now, keys: provider } = options;
  const expected: JWTVerifyOptions = {
    issuer: issuerUrl,
    audience: clientId,
    algorithms: ALGORITHMS,
    requiredClaims: ["exp", "iss", "aud"],
    clockTolerance: CLOCK_TOLERANCE_S,
    currentDate: new Date(now),
  };
  const keys = await provider.current();
  if (!keys) return AWAY;
  try {
    return provenBy(await verified(token, keys, expected));
  } catch (error) {
    const newer = isForWantOfKey(error) ? await provider.newerThan(keys) : undefined;
    if (!newer) return refusalOf(error, provider);
    return verified(token, newer, expected).then(provenBy, (again: unknown) => refusalOf(again, provider));
  }
}

/** A token need not name its key, and then each that fits is tried. */
async function verified(token: string, keys: KeySet, expected: JWTVerifyOptions): Promise<JWTPayload> {
  try {
    return (await jwtVerify(token, keys, expected)).payload;
  } catch (error) {
    if (!(error instanceof errors.JWKSMultipleMatchingKeys)) throw error;
    for await (const key of error) {
      try {
        return (await jwtVerify(token, key, expected)).payload;
      } catch (failed) {
        if (!(failed instanceof errors.JWSSignatureVerificationFailed)) throw failed;
      }
    }
    throw new errors.JWSSignatureVerificationFailed();
  }
}

function provenBy(claims: JWTPayload): ProvenClaims {
  return { claims, expiresAt: (claims.exp ?? 0) * 1_000 };
}

function isForWantOfKey(error: unknown): boolean {
  return error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWSSignatureVerificationFailed;
}

const AWAY: Verdict = { outcome: "unavailable", reason: "the identity provider cannot be asked for its keys" };

/** Says what is wrong by the names of claims, as the standard has them; their values stay where they are. */
function refusalOf(error: unknown, { isAway }: ProviderKeys): Verdict {
  if (error instanceof errors.JWKSNoMatchingKey) {
    return isAway ? AWAY : { outcome: "refused", reason: "the token is signed by no key of the identity provider" };
  }
  return { outcome: "refused", reason: reasonOf(error) };
}

function reasonOf(error: unknown): string {
  if (error instanceof errors.JWTExpired) return "the token has expired";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "the token's signature does not hold";
  if (error instanceof errors.JOSEAlgNotAllowed) return "the token is signed in a way that is not accepted";
  if (!(error instanceof errors.JWTClaimValidationFailed)) return "the token could not be verified";
  const { claim, reason } = error;
  if (reason === "missing") return `the token has no claim ${claim}`;
  if (claim === "nbf" && reason === "check_failed") return "the token is not good yet";
  if (claim === "aud") return "the token is made for another audience";
  return `the token's claim ${claim} is none that can be accepted`;
}
