// Callers for whom a proxy in front of the gateway vouches, by headers that it sets.
// Anybody can send a header: they count from addresses that are trusted alone, with a secret or a client certificate besides.
import type { Millis } from "../events/duration.ts";
import { AccessError, messageOf } from "./accessError.ts";
import { type AddressRange, AddressRanges } from "./addressRange.ts";
import type { Authenticator, Credentials, Verdict } from "./authenticator.ts";
import { type HeaderLine, headerList, headerValue } from "./headerValue.ts";
import { givenGroups, isReserved } from "./reservedName.ts";
import { SecretFile } from "./secretFile.ts";

/** As they were given; what is missing is said by a check. */
export interface ProxySettings {
  readonly trustedAddresses: readonly AddressRange[];
  readonly secretFile: string | undefined;
  /** Whether client certificates are asked for and judged, so that one can stand for the secret. */
  readonly hasClientCa: boolean;
}

export interface ProxyOptions extends ProxySettings {
  readonly userHeader: string;
  readonly groupsHeader: string;
  /** Milliseconds from any fixed moment, never going back. */
  readonly elapsed: () => Millis;
  readonly log: { warn(details: object, message: string): void };
}

export const SECRET_HEADER = "X-Forwarded-Secret";

/** Throws an AccessError that says what is missing. */
export function checkProxy({ trustedAddresses, secretFile, hasClientCa }: ProxySettings): void {
  if (trustedAddresses.length === 0) {
    throw new AccessError("proxy needs --proxy-trusted-addresses: where it connects from, such as 10.0.0.7,fd00::/8");
  }
  if (secretFile === undefined && !hasClientCa) {
    throw new AccessError(
      `proxy needs --proxy-secret-file (it then sends ${SECRET_HEADER}) or --tls-client-ca-file (it then shows a certificate)`,
    );
  }
}

/** Rejects with an AccessError when it cannot be set up. */
export async function proxyAuthenticator(options: ProxyOptions): Promise<Authenticator> {
  checkProxy(options);
  const { trustedAddresses, secretFile, elapsed } = options;
  const trusted = new AddressRanges(trustedAddresses);
  if (secretFile === undefined) return new ProxyAuthenticator(options, trusted, undefined);
  const secret = await SecretFile.open(secretFile, elapsed).catch((error: unknown) => {
    throw new AccessError(`--proxy-secret-file: ${messageOf(error)}`);
  });
  return new ProxyAuthenticator(options, trusted, secret);
}

class ProxyAuthenticator implements Authenticator {
  readonly mode = "proxy";
  readonly #options: ProxyOptions;
  readonly #trusted: AddressRanges;
  readonly #secret: SecretFile | undefined;
  #isReadable = true;

  constructor(options: ProxyOptions, trusted: AddressRanges, secret: SecretFile | undefined) {
    this.#options = options;
    this.#trusted = trusted;
    this.#secret = secret;
  }

  async authenticate({ headers, address, hasClientCertificate }: Credentials): Promise<Verdict> {
    const { userHeader, groupsHeader } = this.#options;
    const line = (name: string): HeaderLine => headers[name.toLowerCase()];
    const user = headerValue(line(userHeader));
    if (user === "" || !this.#trusted.has(address)) return { outcome: "absent" };
    const doubt = hasClientCertificate ? undefined : await this.#doubtOf(headerValue(line(SECRET_HEADER)));
    if (doubt) return doubt;
    if (user === undefined || user.includes(","))
      return refused(`${userHeader} names more than one user, or is no UTF-8`);
    if (isReserved(user)) return refused(`${userHeader} names a user of system:, which Kubernetes alone names`);
    const groups = headerList(line(groupsHeader));
    if (!groups) return refused(`${groupsHeader} is no UTF-8`);
    return { outcome: "known", identity: { username: user, groups: givenGroups(groups) } };
  }

  async #doubtOf(given: string | undefined): Promise<Verdict | undefined> {
    if (!this.#secret) return refused("a proxy has to show a client certificate");
    if (given === "") return refused(`a proxy has to prove itself by ${SECRET_HEADER}`);
    try {
      const isHeld = given !== undefined && (await this.#secret.holds(given));
      this.#isReadable = true;
      if (isHeld) return undefined;
    } catch (error) {
      if (this.#isReadable) this.#options.log.warn({ reason: messageOf(error) }, "the proxy's secret cannot be read");
      this.#isReadable = false;
      return { outcome: "unavailable", reason: "the proxy's secret cannot be compared now" };
    }
    return refused(`${SECRET_HEADER} is not the proxy's secret`);
  }
}

function refused(reason: string): Verdict {
  return { outcome: "refused", reason };
}
