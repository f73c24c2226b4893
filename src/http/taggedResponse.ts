// Node's response, with headers that every answer has: known from the beginning, and written with all the others at once.
// Node writes headers that come together in writeHead several times faster than those that were set before, one by one.
import { type IncomingMessage, type OutgoingHttpHeader, type OutgoingHttpHeaders, ServerResponse } from "node:http";

export class TaggedResponse extends ServerResponse<IncomingMessage> {
  readonly tags: Record<string, string> = {};
  /** The Content-Length that writeHead was given; Node remembers only headers that were set. */
  writtenLength: OutgoingHttpHeader | undefined;

  override writeHead(
    status: number,
    reason?: string | OutgoingHttpHeaders | OutgoingHttpHeader[],
    headers?: OutgoingHttpHeaders | OutgoingHttpHeader[],
  ): this {
    const given = typeof reason === "string" ? headers : reason;
    if (given && typeof reason !== "string" && !Array.isArray(given) && this.getHeaderNames().length === 0) {
      this.writtenLength = given["Content-Length"];
      return super.writeHead(status, { ...this.tags, ...given });
    }
    for (const [name, value] of Object.entries(this.tags)) if (!this.hasHeader(name)) this.setHeader(name, value);
    return typeof reason === "string" ? super.writeHead(status, reason, headers) : super.writeHead(status, reason);
  }
}

/** Gives the answer a header, unless it gets one of this name otherwise. */
export function tag(response: ServerResponse, name: string, value: string): void {
  if (response instanceof TaggedResponse) response.tags[name] = value;
  else response.setHeader(name, value);
}

/** Bytes of the body as the answer's head announced them; undefined when it did not, or there are none. */
export function announcedLength(response: ServerResponse): number | undefined {
  const written = response instanceof TaggedResponse ? response.writtenLength : undefined;
  return Number(written ?? response.getHeader("Content-Length") ?? 0) || undefined;
}
