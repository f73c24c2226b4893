// A way to prove callers that cannot be set up as it was asked for. Its message is one line, for the one who starts the gateway:
// it names the flag, and what would be right.
export class AccessError extends Error {
  override readonly name = "AccessError";
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
