// A request's target as it may stand in a log: short, and without what opens doors.
// Names are compared as they would be read, so that a token is not let through for being spelled with percent signs.
import { decodeText, splitUrl } from "./queryText.ts";

/** Addresses longer than this are cut: a filter can be long, a log line need not be. */
const MAX_URL = 500;
const SECRET =
  /^(?:.*[-_])?(?:token|authorization|auth|secret|password|passwd|pwd|apikey|key|signature|sig|jwt|code)$/i;
/** Most addresses have nothing in them that could be a part of such a name, and are not taken apart. */
const SUSPECT = /token|auth|secret|pass|pwd|key|sig|jwt|code|%/i;
const HIDDEN = "redacted";

export function shownUrl(url: string): string {
  const shown = SUSPECT.test(url) ? redacted(url) : url;
  return shown.length > MAX_URL ? `${shown.slice(0, MAX_URL)}…` : shown;
}

function redacted(url: string): string {
  const { path, query } = splitUrl(url);
  return query === "" ? url : `${path}?${query.split("&").map(shownPair).join("&")}`;
}

function shownPair(pair: string): string {
  const equals = pair.indexOf("=");
  if (equals < 0) return pair;
  const name = pair.slice(0, equals);
  return SECRET.test(decodeText(name) ?? name) ? `${name}=${HIDDEN}` : pair;
}
