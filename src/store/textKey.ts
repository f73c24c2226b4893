// Small numbers made of ids, so that indexes stay narrow: a prefix that sorts as the id does, and a hash.
// Both only narrow down; whoever uses them compares the text itself afterwards.

/** Bytes of an id that go into its tie: as many as an index can hold in six bytes. */
export const TIE_BYTES = 6;

/**
 * The first six bytes of the id in UTF-8 as a number: a < b in bytes means tieOf(a) <= tieOf(b). Ids sort by their UTF-8
 * bytes (which is code point order, and what SQLite and PostgreSQL's "C" collation do), not by UTF-16 units as JavaScript's `<`.
 */
export function tieOf(id: string): number {
  let tie = 0;
  for (let at = 0; at < TIE_BYTES; at++) {
    const unit = at < id.length ? id.charCodeAt(at) : 0;
    if (unit > 0x7f) return tieOfBytes(id);
    tie = tie * 256 + unit;
  }
  return tie;
}

function tieOfBytes(id: string): number {
  const bytes = Buffer.alloc(TIE_BYTES);
  Buffer.from(id.slice(0, TIE_BYTES + 1)).copy(bytes); // one unit more, so that no surrogate pair is cut where it counts
  return bytes.readUIntBE(0, TIE_BYTES);
}

/** Order of ids, as the store sorts them. */
export function compareIds(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/** 32 bits, signed, well spread also for texts that differ in their last character only. */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) hash = Math.imul(hash ^ text.charCodeAt(at), 0x01000193);
  hash = Math.imul(hash ^ (hash >>> 16), 0x7feb352d);
  hash = Math.imul(hash ^ (hash >>> 15), 0x846ca68b);
  return (hash ^ (hash >>> 16)) | 0;
}

/** The uid of an event's id; empty for a text that is no id. */
export function uidOf(id: string): string {
  return id.slice(0, Math.max(0, id.lastIndexOf(".")));
}
