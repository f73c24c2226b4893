// What can be wrong with a store, each with a code, so that a start can say in one line why it stops.
// A message always names the file.

export const STORE_ERROR_CODES = [
  /** Another gateway writes this file. */
  "STORE_LOCKED",
  /** The directory or the file cannot be made or written. */
  "STORE_UNWRITABLE",
  /** The file is no event store. */
  "STORE_FOREIGN",
  /** The file is an event store, but damaged. */
  "STORE_CORRUPT",
  /** A later version of the gateway has changed the file's layout. */
  "STORE_NEWER",
  /** Nothing of this call was stored; it may be tried again. */
  "STORE_WRITE_FAILED",
  /** The answer could not be read. */
  "STORE_READ_FAILED",
  "STORE_CLOSED",
] as const;
export type StoreErrorCode = (typeof STORE_ERROR_CODES)[number];

export class StoreError extends Error {
  readonly code: StoreErrorCode;

  constructor(code: StoreErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "StoreError";
    this.code = code;
  }
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
