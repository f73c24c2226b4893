// URLs at which an identity provider is asked for its keys: https, as whoever can change the keys on their way can be anybody.
// On this machine's own loopback there is no way on which to change them.
const LOOPBACK = /^(?:localhost|127(?:\.\d{1,3}){3}|\[::1\])$/;

/** undefined of what is no such URL. */
export function readProviderUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url?.username !== "" || url.password !== "") return undefined;
  return url.protocol === "https:" || (url.protocol === "http:" && LOOPBACK.test(url.hostname)) ? url : undefined;
}

/** Something is added to an issuer to find its description, so it ends with its path. */
export function isIssuer(text: string): boolean {
  return readProviderUrl(text) !== undefined && !/[?#]/.test(text);
}

/** Where a provider describes itself (OpenID Connect Discovery 1.0, 4.1). */
export function discoveryUrl(issuer: string): URL {
  return new URL(`${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
}
