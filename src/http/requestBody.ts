// The bytes of a request's body, as far as they are no more than may be.
// What comes behind them is not kept.
import type { IncomingMessage } from "node:http";
import getRawBody from "raw-body";

export type ReadBody =
  | { readonly ok: true; readonly body: Buffer }
  | { readonly ok: false; readonly status: 400 | 413; readonly detail: string };

export async function readBody(request: IncomingMessage, limit: number): Promise<ReadBody> {
  try {
    const length = request.headers["content-length"] ?? null;
    return { ok: true, body: await getRawBody(request, { limit, length }) };
  } catch (error) {
    const isTooLarge = error instanceof Error && "status" in error && error.status === 413;
    return isTooLarge
      ? { ok: false, status: 413, detail: `The body is larger than ${limit} bytes.` }
      : { ok: false, status: 400, detail: "The body did not arrive whole." };
  }
}
