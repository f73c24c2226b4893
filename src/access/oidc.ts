// Callers with a token of an OpenID Connect provider: a JWT that the provider has signed for us, which is still good.
// Tokens of anybody else are left to whoever is asked next.
import { readFile } from "node:fs/promises";
import { decodeJwt } from "jose";
import type { Instant } from "../events/time.ts";
import { AccessError, messageOf } from "./accessError.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";
import { type ClaimRules, claimedUser } from "./claims.ts";
import { ProviderKeys, type ProviderKeysOptions } from "./providerKeys.ts";
import { type ProvenClaims, provenClaims } from "./tokenProof.ts";

/** As they were given; what is missing is said by a check. */
export interface OidcSettings {
  readonly issuerUrl: string | undefined;
  readonly clientId: string | undefined;
}

export interface OidcOptions
  extends OidcSettings,
    Omit<ClaimRules, "issuerUrl">,
    Omit<ProviderKeysOptions, "issuerUrl"> {
  readonly now: () => Instant;
}

/** Requests with longer headers do not come this far; a WebSocket's first message may. */
const MAX_TOKEN = 16_384;
/** The last moment that a Date can name. */
const END_OF_TIME: Instant = 8.64e15;

/** Throws an AccessError that says what is missing. */
export function checkOidc({ issuerUrl, clientId }: OidcSettings): { issuerUrl: string; clientId: string } {
  if (issuerUrl === undefined) throw new AccessError("oidc needs --oidc-issuer-url, such as https://login.example.com");
  if (clientId === undefined) {
    throw new AccessError("oidc needs --oidc-client-id: the audience that the provider's tokens are made for");
  }
  return { issuerUrl, clientId };
}

/** Rejects with an AccessError when it cannot be set up. The provider need not be there yet. */
export async function oidcAuthenticator(options: OidcOptions): Promise<Authenticator> {
  const checked = checkOidc(options);
  const { caFile } = options;
  if (caFile !== undefined) {
    await readFile(caFile).catch((error: unknown) => {
      throw new AccessError(`--oidc-ca-file: ${messageOf(error)}`);
    });
  }
  return new OidcAuthenticator({ ...options, ...checked });
}

type Checked = OidcOptions & ReturnType<typeof checkOidc>;

class OidcAuthenticator implements Authenticator {
  readonly mode = "oidc";
  readonly #options: Checked;
  readonly #keys: ProviderKeys;

  constructor(options: Checked) {
    this.#options = options;
    this.#keys = new ProviderKeys(options);
  }

  async authenticate({ token }: Credentials): Promise<Verdict> {
    const { issuerUrl, clientId, now } = this.#options;
    if (token === undefined) return { outcome: "absent" };
    if (token.length > MAX_TOKEN) {
      return { outcome: "refused", reason: `the token is longer than ${MAX_TOKEN} characters` };
    }
    if (claimedIssuer(token) !== issuerUrl) return { outcome: "absent" };
    const proof = await provenClaims(token, { issuerUrl, clientId, now: now(), keys: this.#keys });
    return "claims" in proof ? this.#verdictOn(proof) : proof;
  }

  #verdictOn({ claims, expiresAt }: ProvenClaims): Verdict {
    const user = claimedUser(claims, this.#options);
    if ("fault" in user) return { outcome: "refused", reason: user.fault };
    return { outcome: "known", identity: { ...user, expiresAt: Math.min(expiresAt, END_OF_TIME) } };
  }
}

/** What a token says of itself, before anything is proven; undefined of what is no JWT. */
function claimedIssuer(token: string): unknown {
  try {
    return decodeJwt(token).iss;
  } catch {
    return undefined;
  }
}
