// What came of asking, in a few words that a table can hold: `200 nA eA hA =1`, `403`, `FORBIDDEN`, `4401`.
// The number is how many there are said to be; the letters are what the answer tells of, whatever it was asked.
import { expect } from "vitest";
import { WebSocket } from "ws";
import { graphqlClient } from "../http/live/graphqlEdge.ts";
import type { GraphqlAsk, RestAsk } from "./accessAsks.ts";
import { seenIn } from "./accessData.ts";
import type { TestGateway } from "./gateway.ts";

type Headers = Readonly<Record<string, string>>;

export async function askedOverHttp({ url, gateway }: TestGateway, ask: RestAsk, caller: Headers): Promise<string> {
  const { method = "GET", path, body, headers = {}, total, onMetricsPort = false } = ask;
  const target = onMetricsPort ? new URL(path, gateway.metricsUrl).href : `${url}${path}`;
  const signal = AbortSignal.timeout(10_000);
  const answer = await fetch(target, { method, body: body ?? null, headers: { ...caller, ...headers }, signal });
  const text = await answer.text();
  expect(answer.headers.get("WWW-Authenticate")?.startsWith("Bearer") ?? false, `${path}: ${text}`).toBe(
    answer.status === 401,
  );
  if (answer.status >= 400) return `${answer.status}${leaked(text.replaceAll(new URL(target).pathname, ""))}`;
  return words(String(answer.status), seenIn(text), total && totalOf(JSON.parse(text), total));
}

export async function askedOverPost(
  { url }: TestGateway,
  { query, total }: GraphqlAsk,
  caller: Headers,
): Promise<string> {
  const headers = { ...caller, "Content-Type": "application/json" };
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const result = (await answer.json()) as GraphqlResult; // GraphQL's own form
  return answer.status === 401 ? "401" : told([result], total);
}

export interface GraphqlResult {
  readonly data?: unknown;
  readonly errors?: readonly { readonly message: string; readonly extensions?: { readonly code?: string } }[];
}

/** One operation on a socket of its own: what it was told so far, and how the socket was closed when it was. */
export class SocketAnswer {
  readonly results: GraphqlResult[] = [];
  readonly ended: Promise<void>;
  #closed: number | undefined;
  #refused: GraphqlResult | undefined;
  readonly #isSubscription: boolean;
  readonly #total: string | undefined;
  readonly #dispose: () => void | Promise<void>;

  constructor({ url }: TestGateway, { query, total }: GraphqlAsk, how: Parameters<typeof graphqlClient>[1]) {
    const { client } = graphqlClient(url, how);
    this.#total = total;
    this.#isSubscription = query.startsWith("subscription");
    this.#dispose = () => client.dispose();
    this.ended = new Promise((resolve) => {
      client.on("closed", (event) => {
        this.#closed = (event as { readonly code: number }).code; // ws gives a close event
        resolve();
      });
      client.subscribe(
        { query },
        {
          next: (result) => this.results.push(result as GraphqlResult), // GraphQL's own form
          error: (error) => {
            if (Array.isArray(error)) this.#refused = { errors: error };
            resolve();
          },
          complete: () => resolve(),
        },
      );
    });
  }

  get words(): string {
    if (this.#refused) return told([this.#refused], undefined);
    if (this.#closed !== undefined && this.results.length === 0) return String(this.#closed);
    if (this.results.length === 0) return "silent";
    const words = told(this.results, this.#total);
    // Who is refused is told so once, and not each time anew.
    return this.#isSubscription && !words.startsWith("200") ? `told ${words}` : words;
  }

  leave() {
    return this.#dispose();
  }
}

/** The stream of events over a WebSocket. */
export class PlainSocketAnswer {
  readonly messages: string[] = [];
  #closed: number | undefined;
  readonly #socket: WebSocket;

  constructor({ url }: TestGateway, query: string, headers: Headers) {
    this.#socket = new WebSocket(`${url.replace("http", "ws")}/api/v1/events/stream?${query}`, { headers });
    this.#socket.on("message", (data) => this.messages.push(String(data)));
    this.#socket.on("close", (code) => {
      this.#closed = code;
    });
    this.#socket.on("error", () => {}); // a close follows
  }

  get words(): string {
    const text = this.messages.join("\n");
    if (this.#closed !== undefined) return `${this.#closed}${leaked(text)}`;
    return words(text.includes('"ready"') ? "open" : "", seenIn(text));
  }

  leave() {
    this.#socket.terminate();
  }
}

/** The stream of events over SSE. */
export class SseAnswer {
  #status = 0;
  #text = "";
  readonly #over = new AbortController();

  constructor({ url }: TestGateway, query: string, headers: Headers) {
    void this.#read(`${url}/api/v1/events/stream?${query}`, headers).catch(() => undefined); // it was left
  }

  get words(): string {
    if (this.#status !== 200) return `${this.#status}${leaked(this.#text)}`;
    return words("200", seenIn(this.#text));
  }

  leave() {
    this.#over.abort();
  }

  async #read(url: string, headers: Headers): Promise<void> {
    const answer = await fetch(url, {
      headers: { ...headers, Accept: "text/event-stream" },
      signal: this.#over.signal,
    });
    this.#status = answer.status;
    const decoder = new TextDecoder();
    for await (const chunk of answer.body ?? []) this.#text += decoder.decode(chunk, { stream: true });
  }
}

function told(results: readonly GraphqlResult[], total: string | undefined): string {
  const text = JSON.stringify(results.map(({ data }) => data ?? null));
  const codes = [
    ...new Set(results.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions?.code ?? "?"))),
  ];
  if (codes.length > 0) return `${codes.join(" ")}${leaked(JSON.stringify(results))}`;
  return words("200", seenIn(text), total && totalOf(results.at(-1)?.data, total));
}

/** A refusal may repeat the name that it was asked by, and tells nothing else. */
function leaked(text: string): string {
  const seen = seenIn(text).replace(/n[ABC]+ ?/, "");
  return seen === "" ? "" : ` ${seen}`;
}

function words(...parts: readonly (string | undefined)[]): string {
  return parts.filter((part) => part).join(" ");
}

function totalOf(answer: unknown, path: string): string {
  const values = path.split(".").reduce<readonly unknown[]>(
    (found, name) =>
      found.flatMap((each) => {
        if (typeof each !== "object" || each === null) return [];
        return name === "*" ? Object.values(each) : [(each as Readonly<Record<string, unknown>>)[name]]; // any JSON
      }),
    [answer],
  );
  const numbers = values.filter((value) => typeof value === "number");
  return numbers.length === 0 ? "=none" : `=${numbers.reduce((sum, value) => sum + value, 0)}`;
}
