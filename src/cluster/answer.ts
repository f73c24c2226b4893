// The answers of the API server, read whole: JSON, packed or not, and refusals of every shape.
// Bounded in size, so that no answer can take the memory of the process.
import type { IncomingMessage } from "node:http";
import { createGunzip } from "node:zlib";
import type { Millis } from "../events/duration.ts";
import type { Instant } from "../events/time.ts";
import { ClusterError, errorOfStatus } from "./clusterError.ts";
import { asObject, type JsonObject } from "./json.ts";
import type { RequestLife } from "./requestLife.ts";

/** Largest JSON body taken, unpacked. */
export const MAX_BODY = 64 * 1024 * 1024;
/** Largest body of a refusal taken. */
export const MAX_ERROR_BODY = 64 * 1024;

/** Largest answer taken whole: what an API server says of a Hook that it was sent, and the Hook. */
const MAX_WHOLE = 4 * 1024 * 1024;

/** An answer of any status. */
export interface WholeAnswer {
  readonly status: number;
  /** undefined when it is no JSON object. */
  readonly body: JsonObject | undefined;
  /** What it warns of. */
  readonly warnings: readonly string[];
}

/** An answer larger than MAX_BODY: ask for less at a time. */
export class AnswerTooLarge extends ClusterError {
  constructor() {
    super("garbled", `the answer is larger than ${MAX_BODY} bytes`);
    this.name = "AnswerTooLarge";
  }
}

export async function readText(message: IncomingMessage, limit: number, life: RequestLife): Promise<string> {
  const body = message.headers["content-encoding"] === "gzip" ? message.pipe(createGunzip()) : message;
  const broken = new Promise<never>((_, reject) => message.once("error", reject)); // pipe passes no errors on
  broken.catch(() => undefined); // also when nobody waits any more
  const parts: Buffer[] = [];
  let length = 0;
  try {
    await Promise.race([collect(), broken]);
  } finally {
    if (!message.complete) message.destroy();
  }
  return Buffer.concat(parts).toString("utf8");

  async function collect(): Promise<void> {
    for await (const chunk of body) {
      const part = chunk as Buffer; // no encoding is set, so these are buffers
      life.moved();
      length += part.length;
      if (length > limit) throw new AnswerTooLarge();
      parts.push(part);
    }
  }
}

export function parseObject(text: string): JsonObject {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw new ClusterError("garbled", "the answer is not JSON", { cause: error });
  }
  const object = asObject(parsed);
  if (!object) throw new ClusterError("garbled", "the answer is not a JSON object");
  return object;
}

export async function readWhole(message: IncomingMessage, life: RequestLife): Promise<WholeAnswer> {
  const text = await readText(message, MAX_WHOLE, life);
  const warnings = (message.headersDistinct.warning ?? []).flatMap(warningsOf);
  return { status: message.statusCode ?? 0, body: objectOrNone(text), warnings };
}

function objectOrNone(text: string): JsonObject | undefined {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** `299 - "text"`, one or several in a line. Node reads headers as Latin-1, and the API server writes UTF-8. */
function warningsOf(line: string): readonly string[] {
  const quoted = line.matchAll(/\b299 \S+ "((?:[^"\\]|\\.)*)"/g);
  return [...quoted].map(([, text = ""]) => Buffer.from(text.replaceAll(/\\(.)/g, "$1"), "latin1").toString("utf8"));
}

export function refusal(status: number, text: string, retryAfter: string | undefined): ClusterError {
  const seconds = Number(retryAfter);
  const wait = retryAfter !== undefined && Number.isFinite(seconds) && seconds >= 0 ? seconds * 1000 : undefined;
  try {
    const object = asObject(JSON.parse(text)); // also in a text/plain answer: a 504 holds a Status that way
    if (object) return errorOfStatus(object, status, wait);
  } catch {
    // not a Status: what it says is the message
  }
  const message = text.trim().slice(0, 200) || "no message";
  return new ClusterError("refused", `${status}: ${message}`, { status, retryAfter: wait });
}

/** The server's clock less ours, to the second; 0 when it did not say. */
export function skewOf(message: IncomingMessage, now: Instant): Millis {
  const date = Date.parse(message.headers.date ?? "");
  return Number.isNaN(date) ? 0 : date - now;
}
