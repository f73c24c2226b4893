// One JSON document of an identity provider, over HTTP or over TLS by an authority of our own.
// Bounded in time by the signal and in size; redirects are not followed, as nobody vouches for where they lead.
import { type IncomingMessage, request as requestHttp } from "node:http";
import { request as requestHttps } from "node:https";

/** Keys of a provider take some KB. */
const MAX_BYTES = 1024 * 1024;

export interface DocumentOptions {
  /** PEM; the authorities that Node knows when left out. */
  readonly ca: string | undefined;
  readonly signal: AbortSignal;
}

/** Rejects with an Error of one line, which names the URL. */
export async function fetchDocument(url: URL, options: DocumentOptions): Promise<Readonly<Record<string, unknown>>> {
  try {
    const answer = await get(url, options);
    if (answer.statusCode !== 200) {
      answer.destroy();
      throw new Error(`it answers ${answer.statusCode}`);
    }
    const document: unknown = JSON.parse(await textOf(answer));
    if (typeof document !== "object" || document === null) throw new Error("it answers no JSON object");
    return document as Readonly<Record<string, unknown>>; // any JSON object is one
  } catch (error) {
    throw new Error(`${url.href}: ${reasonOf(error, options.signal)}`, { cause: error });
  }
}

function get(url: URL, { ca, signal }: DocumentOptions): Promise<IncomingMessage> {
  const headers = { Accept: "application/json", "User-Agent": "khook-gateway" };
  return new Promise((resolve, reject) => {
    const request =
      url.protocol === "https:"
        ? requestHttps(url, { headers, signal, agent: false, ...(ca === undefined ? {} : { ca }) })
        : requestHttp(url, { headers, signal, agent: false });
    request.once("response", resolve);
    request.on("error", reject);
    request.end();
  });
}

async function textOf(answer: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    // no encoding is set, so these are bytes
    length += chunk.length;
    if (length > MAX_BYTES) throw new Error(`it answers more than ${MAX_BYTES} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function reasonOf(error: unknown, signal: AbortSignal): string {
  if (signal.aborted) return "it did not answer in time";
  if (error instanceof SyntaxError) return "it answers no JSON";
  const message = error instanceof Error ? error.message : String(error);
  const code = error instanceof Error && "code" in error ? String(error.code) : "";
  return (message || code).split(/[\n;]/, 1)[0] ?? ""; // behind it stands advice for users of Node
}
