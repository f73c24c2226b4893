// An answer of the REST layer, made once and sent any number of times: its bytes, its tag, its compressed forms.
// Sending writes to the socket's response at once, past Koa's own: the headers are known, and the body is bytes.
import type { IncomingMessage, ServerResponse } from "node:http";
import { type Coding, chooseCoding, compress, WORTH_COMPRESSING } from "./compression.ts";
import { namesTag } from "./etag.ts";

/** What is used of Koa's context. */
interface Request {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly method: string;
  /** Whether Koa is to answer. */
  respond?: boolean | undefined;
}

export interface AnswerOptions {
  /** Bytes when the answer is to be sent again, text when it is sent once: then Node writes it without a copy in between. */
  readonly body: string | Buffer;
  readonly contentType: string;
  /** undefined for an answer that holds for this moment only. */
  readonly tag: string | undefined;
  /** 200 when left out. */
  readonly status?: number;
  /** Value of the Link header. */
  readonly link?: string | undefined;
}

/** What a caller holds may be shown again after asking, and by nobody else. */
const CACHE_CONTROL = "private, no-cache";
const VARY = "Accept, Accept-Encoding";

/** What others have said that the answer depends on is not forgotten. */
function varyOf({ res }: Request): string {
  const also = res.getHeader("Vary");
  return also === undefined ? VARY : `${also}, ${VARY}`;
}

export class RestAnswer {
  readonly body: string | Buffer;
  /** Length of the body in bytes. */
  readonly length: number;
  readonly tag: string | undefined;
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly #compressed = new Map<Coding, Promise<Buffer>>();

  constructor({ body, contentType, tag, status = 200, link }: AnswerOptions) {
    this.body = body;
    this.length = Buffer.byteLength(body);
    this.tag = tag;
    this.status = status;
    this.headers = {
      "Content-Type": contentType,
      ...(tag === undefined ? { "Cache-Control": "no-store" } : { ETag: tag, "Cache-Control": CACHE_CONTROL }),
      ...(link === undefined ? {} : { Link: link }),
    };
  }

  /** 304 when the caller holds the answer already. */
  async send(request: Request): Promise<void> {
    const { headers } = request.req;
    if (this.tag !== undefined && holds(headers["if-none-match"], this.tag)) return sendNotModified(request, this.tag);
    const coding = this.length < WORTH_COMPRESSING ? undefined : chooseCoding(headers["accept-encoding"]?.toString());
    const body = coding ? await this.#in(coding) : this.body;
    request.respond = false;
    request.res.writeHead(this.status, {
      ...this.headers,
      Vary: varyOf(request),
      ...(coding ? { "Content-Encoding": coding } : {}),
      "Content-Length": body === this.body ? this.length : body.length,
    });
    // ASCII is copied as it is; as UTF-8 it would be encoded, into three times the room.
    const encoding = this.length === this.body.length ? "latin1" : "utf8";
    if (request.method === "HEAD") request.res.end();
    else request.res.end(body, encoding);
  }

  #in(coding: Coding): Promise<Buffer> {
    const known = this.#compressed.get(coding);
    if (known) return known;
    const made = compress(Buffer.from(this.body), coding);
    this.#compressed.set(coding, made);
    return made;
  }
}

export function sendNotModified(request: Request, tag: string): void {
  request.respond = false;
  request.res.writeHead(304, { ETag: tag, "Cache-Control": CACHE_CONTROL, Vary: varyOf(request) });
  request.res.end();
}

function holds(ifNoneMatch: string | undefined, tag: string): boolean {
  return ifNoneMatch === "*" || namesTag(ifNoneMatch, tag);
}
