// An answer of the REST layer, made once and sent any number of times: its bytes, its tag, its compressed forms.
// Sending writes to the socket's response at once, past Koa's own: the headers are known, and the body is bytes.
import type { ServerResponse } from "node:http";
import { type Coding, chooseCoding, compress, WORTH_COMPRESSING } from "./compression.ts";

export interface AnswerOptions {
  readonly body: Buffer;
  readonly contentType: string;
  readonly tag: string;
  readonly vary: string;
  /** Value of the Link header. */
  readonly link?: string | undefined;
}

/** What a caller holds may be shown again after asking, and by nobody else. */
const CACHE_CONTROL = "private, no-cache";

export class RestAnswer {
  readonly body: Buffer;
  readonly tag: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  constructor({ body, contentType, tag, vary, link }: AnswerOptions) {
    this.body = body;
    this.tag = tag;
    this.headers = {
      "Content-Type": contentType,
      ETag: tag,
      "Cache-Control": CACHE_CONTROL,
      Vary: vary,
      ...(link === undefined ? {} : { Link: link }),
    };
  }

  async send(response: ServerResponse, method: string, acceptEncoding: string | undefined): Promise<void> {
    const coding = this.body.length < WORTH_COMPRESSING ? undefined : chooseCoding(acceptEncoding);
    const body = coding ? await this.#in(coding) : this.body;
    response.writeHead(200, {
      ...this.headers,
      ...(coding ? { "Content-Encoding": coding } : {}),
      "Content-Length": body.length,
    });
    response.end(method === "HEAD" ? undefined : body);
  }

  #in(coding: Coding): Promise<Buffer> {
    const known = this.#compressed.get(coding);
    if (known) return known;
    const made = compress(this.body, coding);
    this.#compressed.set(coding, made);
    return made;
  }
}

export function sendNotModified(response: ServerResponse, tag: string, vary: string): void {
  response.writeHead(304, { ETag: tag, "Cache-Control": CACHE_CONTROL, Vary: vary });
  response.end();
}
