// A start that cannot be, told to the one who started it.
// What goes wrong on the way becomes one, with the setting that would change it.

/** A start that cannot be: its message is meant for the one who started it. */
export class StartError extends Error {
  override readonly name = "StartError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
