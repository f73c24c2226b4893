// The cursor: an opaque name for a place in one store's sequence of changes. Streams resume from it.
// It holds the store's epoch, so a cursor of another store is told apart and never taken for a place in this one.

export interface Cursor {
  /** Names one store file from its creation on. */
  readonly epoch: string;
  /** Sequence number of the change, from 1. 0 is before the first change. */
  readonly seq: number;
}

const SHAPE = /^([0-9a-z]{1,32})-([0-9a-z]{1,11})$/;

export function encodeCursor(cursor: Cursor): string {
  return `${cursor.epoch}-${cursor.seq.toString(36)}`;
}

/** undefined when the text was never made by encodeCursor. */
export function decodeCursor(text: string): Cursor | undefined {
  const parts = SHAPE.exec(text);
  if (!parts?.[1] || !parts[2]) return undefined;
  const seq = Number.parseInt(parts[2], 36);
  return Number.isSafeInteger(seq) ? { epoch: parts[1], seq } : undefined;
}
