// Weak entity tags. An answer that is a function of the store alone is tagged by the store's revision, before it is made;
// one that also depends on the clock is tagged by its content. No tag says how far the store has come.
import { hash } from "node:crypto";
import { crc32 } from "node:zlib";
import { fnv1a } from "./fnv1a.ts";

/**
 * `revision` is the sealed name of the store's revision; `resource` is all that tells one answer from another at the same
 * one: the tag of one never fits another.
 */
export function revisionTag(revision: string, resource: string): string {
  return `W/"${revision}-${fnv1a(resource).toString(36)}"`;
}

export function contentTag(body: string | Uint8Array): string {
  return `W/"${hash("sha256", body, "base64url").slice(0, 27)}"`;
}

/**
 * The same at a fraction of the cost, for answers that are many and large: their length and their CRC-32. Of two answers that
 * differ one in four thousand million is taken for the other.
 */
export function quickTag(body: string): string {
  return `W/"${body.length.toString(36)}-${crc32(body).toString(36)}"`;
}

/** Whether an If-None-Match header names the tag. `*` is for those who know that there is an answer. */
export function namesTag(ifNoneMatch: string | undefined, tag: string): boolean {
  if (ifNoneMatch === undefined) return false;
  if (ifNoneMatch === tag) return true;
  const opaque = tag.slice(2); // compared weakly: W/ does not count
  return ifNoneMatch.split(",").some((given) => given.trim().replace(/^W\//, "") === opaque);
}
