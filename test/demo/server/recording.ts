// A recorded exchange with a real API server (test/fixtures/kubernetes/*.http), and the same request made to ours.
// Promises bytes: bodies are compared as they were sent, only what differs from run to run is left out.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { request as send } from "node:http";
import { fileURLToPath } from "node:url";

const FOLDER = fileURLToPath(new URL("../../fixtures/kubernetes/", import.meta.url));

export interface Headers {
  readonly [name: string]: readonly string[];
}

export interface Response {
  readonly code: number;
  readonly headers: Headers;
  readonly body: Buffer;
}

export interface Recording {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly requestHeaders: readonly (readonly [string, string])[];
  readonly requestBody: string;
  readonly response: Response;
  /** When the server answered, to the second. */
  readonly date: Date;
  /** Whether the file holds the beginning of the answer only. */
  readonly isCut: boolean;
}

/** The names of all recordings that hold a whole exchange. */
export function recordingNames(): string[] {
  return readdirSync(FOLDER)
    .filter((file) => file.endsWith(".http"))
    .map((file) => file.slice(0, -".http".length))
    .sort();
}

export function recording(prefix: string): Recording {
  const name = recordingNames().find((candidate) => candidate === prefix || candidate.startsWith(`${prefix}-`));
  if (name === undefined) throw new Error(`no recording ${prefix}`);
  const bytes = readFileSync(`${FOLDER}${name}.http`);
  const marker = Buffer.from("\n--- response ---\n");
  const split = bytes.indexOf(marker);
  if (split === -1) throw new Error(`${name} holds no request`);
  const asked = parts(bytes.subarray(0, split));
  const answered = parts(bytes.subarray(split + marker.length));
  const [method = "", path = ""] = asked.first.split(" ");
  const cutAt = answered.body.indexOf("... cut here, the rest repeats");
  const headers = grouped(answered.headers);
  return {
    name,
    method,
    path,
    requestHeaders: asked.headers,
    requestBody: asked.body.toString().trim(),
    response: {
      code: Number(answered.first.split(" ")[1]),
      headers,
      body: cutAt === -1 ? answered.body : answered.body.subarray(0, cutAt),
    },
    date: new Date(headers.date?.[0] ?? 0),
    isCut: cutAt !== -1,
  };
}

/** What the recorder saw of the wire: the sizes of the HTTP chunks in order, where it looked. */
export function recordedChunks(name: string): number[] | undefined {
  if (!existsSync(`${FOLDER}${name}.json`)) return undefined;
  const told: { chunks: { len: number }[] } = JSON.parse(readFileSync(`${FOLDER}${name}.json`, "utf8"));
  return told.chunks.map((chunk) => chunk.len);
}

/** The lines of a recorded watch that are whole. */
export function linesOf(recorded: Recording): string[] {
  const lines = recorded.response.body.toString().split("\n");
  // A recording that was cut ends with a part of a line.
  return recorded.isCut ? lines.slice(0, -2) : lines.filter((line) => line !== "");
}

function parts(bytes: Buffer): { first: string; headers: [string, string][]; body: Buffer } {
  const end = bytes.indexOf("\n\n");
  const head = (end === -1 ? bytes : bytes.subarray(0, end)).toString().split("\n");
  const headers = head
    .slice(1)
    .filter((line) => line !== "")
    .map((line): [string, string] => [line.slice(0, line.indexOf(":")), line.slice(line.indexOf(":") + 2)]);
  return { first: head[0] ?? "", headers, body: end === -1 ? Buffer.alloc(0) : bytes.subarray(end + 2) };
}

function grouped(pairs: readonly (readonly [string, string])[]): Headers {
  const headers: Record<string, string[]> = {};
  for (const [name, value] of pairs) {
    const key = name.toLowerCase();
    headers[key] = [...(headers[key] ?? []), value];
  }
  return headers;
}

export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string | Buffer;
}

/** One request with exactly these headers, and its whole answer. */
export function ask(url: string, asked: Asked): Promise<Response> {
  return new Promise((resolve, reject) => {
    const outgoing = send(new URL(url), { method: asked.method, path: asked.path, agent: false }, (incoming) => {
      const chunks: Buffer[] = [];
      incoming.on("data", (chunk: Buffer) => chunks.push(chunk));
      incoming.on("error", reject);
      incoming.on("end", () => {
        const pairs: [string, string][] = [];
        for (let index = 0; index < incoming.rawHeaders.length; index += 2) {
          pairs.push([incoming.rawHeaders[index] ?? "", incoming.rawHeaders[index + 1] ?? ""]);
        }
        resolve({ code: incoming.statusCode ?? 0, headers: grouped(pairs), body: Buffer.concat(chunks) });
      });
    });
    outgoing.on("error", reject);
    for (const [name, value] of Object.entries(asked.headers ?? {})) outgoing.setHeader(name, value);
    outgoing.end(asked.body);
  });
}
