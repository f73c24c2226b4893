// The connection to the API server: JSON in and out, and raw streams, each bounded in time and size.
// It needs no cluster to exist: without one every request fails as `unconfigured`, and looks again next time.
import type { IncomingMessage } from "node:http";
import type { BearerToken } from "../events/actor.ts";
import type { Millis } from "../events/duration.ts";
import {
  MAX_BODY,
  MAX_ERROR_BODY,
  parseObject,
  readText,
  readWhole,
  refusal,
  skewOf,
  type WholeAnswer,
} from "./answer.ts";
import type { Clock } from "./clock.ts";
import { ClusterError, type ClusterErrorKind, isUnauthorized } from "./clusterError.ts";
import { ConfiguredCluster, type ConnectionTarget } from "./configuredCluster.ts";
import { CredentialError } from "./credentials.ts";
import type { JsonObject } from "./json.ts";
import type { LoadedKubeConfig } from "./kubeconfig.ts";
import { RequestLife } from "./requestLife.ts";

export interface ConnectionOptions {
  /** Asked again while there is no cluster, and after failures, so that a kubeconfig that changed is picked up. */
  readonly load: () => LoadedKubeConfig;
  readonly clock: Clock;
  /** Told of each request before it is sent. */
  readonly requesting?: Requesting | undefined;
}

export type RequestMethod = "GET" | "POST" | "PUT";

/** How a request ended: `aborted` by us. */
export type RequestOutcome = "ok" | "aborted" | ClusterErrorKind;

/** Hears of a request, may give it headers, and is called back when it has ended; a stream has when it is open. */
export type Requesting = (request: { readonly method: RequestMethod; readonly path: string }) => {
  readonly headers?: Readonly<Record<string, string>>;
  ended(outcome: RequestOutcome): void;
};

export interface JsonAnswer {
  readonly body: JsonObject;
  /** The server's clock less ours, to the second; 0 when it did not say. */
  readonly skew: Millis;
}

export type Query = Readonly<Record<string, string>>;

export interface Asking {
  /** In whose name; in that of the kubeconfig's user when undefined. */
  readonly token: BearerToken | undefined;
  readonly signal: AbortSignal;
}

/** One request, as it is sent. */
interface Sending {
  readonly method: RequestMethod;
  readonly path: string;
  readonly query?: Query;
  readonly content?: string;
  readonly token?: BearerToken | undefined;
  /** Whether it does no harm to be sent twice. */
  readonly isRepeatable: boolean;
}

type Headers = Readonly<Record<string, string>>;

/** How long the head of an answer may take: the API server itself gives up at 60 s. */
export const HEAD_TIMEOUT: Millis = 70_000;
/** How long a body may make no progress. */
export const STALL_TIMEOUT: Millis = 60_000;

export class Connection {
  readonly #clock: Clock;
  readonly #requesting: Requesting;
  readonly #cluster: ConfiguredCluster;

  constructor({ load, clock, requesting = untold }: ConnectionOptions) {
    this.#clock = clock;
    this.#requesting = requesting;
    this.#cluster = new ConfiguredCluster(load, clock);
  }

  get target(): ConnectionTarget {
    return this.#cluster.target;
  }

  /** Rejects with a ClusterError, or with the signal's reason once it has aborted. */
  async get(path: string, query: Query, signal: AbortSignal): Promise<JsonAnswer> {
    return this.#json({ method: "GET", path, query, isRepeatable: true }, signal);
  }

  async post(path: string, body: JsonObject, signal: AbortSignal): Promise<JsonAnswer> {
    return this.#json({ method: "POST", path, content: JSON.stringify(body), isRepeatable: false }, signal);
  }

  /** A GET whose refusal is an answer as well. Rejects when there is none. */
  async look(path: string, { token, signal }: Asking): Promise<WholeAnswer> {
    return this.#exchange({ method: "GET", path, token, isRepeatable: true }, signal, readWhole);
  }

  /**
   * A write that is judged as any other and stored by nobody: it is always sent with dryRun=All, and nothing else here can PUT.
   * With Warn, and not with Strict, unknown fields are told of together with all other faults. Rejects when there is no answer.
   */
  async rehearse(method: "POST" | "PUT", path: string, body: JsonObject, asking: Asking): Promise<WholeAnswer> {
    const query = { dryRun: "All", fieldValidation: "Warn" };
    const { token, signal } = asking;
    const sending = { method, path, query, content: JSON.stringify(body), token, isRepeatable: true };
    return this.#exchange(sending, signal, readWhole);
  }

  /**
   * The body of a GET as it comes, for as long as it comes; only its head is bounded in time.
   * Iterating rejects with a ClusterError when the body breaks off, or with the signal's reason once it has aborted.
   */
  async stream(path: string, query: Query, signal: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
    const life = new RequestLife(this.#clock, signal, HEAD_TIMEOUT, "no answer");
    const request = this.#requesting({ method: "GET", path });
    try {
      const headers = { accept: "application/json", ...request.headers };
      const message = await this.#send({ method: "GET", path, query, isRepeatable: true }, headers, life);
      await refuseFailure(message, life);
      life.calm();
      request.ended("ok");
      return this.#chunks(message, life);
    } catch (error) {
      life.end();
      const judged = this.#judge(error, life);
      request.ended(outcomeOf(judged));
      throw judged;
    }
  }

  close(): void {
    this.#cluster.close();
  }

  #json(sending: Sending, signal: AbortSignal): Promise<JsonAnswer> {
    return this.#exchange(sending, signal, async (message, life) => {
      await refuseFailure(message, life);
      const text = await readText(message, MAX_BODY, life);
      return { body: parseObject(text), skew: skewOf(message, this.#clock.now()) };
    });
  }

  async #exchange<T>(
    sending: Sending,
    signal: AbortSignal,
    read: (message: IncomingMessage, life: RequestLife) => Promise<T>,
  ): Promise<T> {
    const { method, path, content } = sending;
    const life = new RequestLife(this.#clock, signal, HEAD_TIMEOUT, "no answer");
    const request = this.#requesting({ method, path });
    try {
      const headers = {
        accept: "application/json",
        "accept-encoding": "gzip",
        ...(content === undefined ? {} : { "content-type": "application/json" }),
        ...request.headers,
      };
      const message = await this.#send(sending, headers, life);
      life.limit(STALL_TIMEOUT, "the answer stopped halfway");
      const answer = await read(message, life);
      request.ended(isSuccess(message) ? "ok" : "refused");
      return answer;
    } catch (error) {
      const judged = this.#judge(error, life);
      request.ended(outcomeOf(judged));
      throw judged;
    } finally {
      life.end();
    }
  }

  async #send(sending: Sending, headers: Headers, life: RequestLife): Promise<IncomingMessage> {
    const { method, path, query = {}, content: body, token, isRepeatable } = sending;
    const { transport, server } = this.#cluster.reach(token !== undefined);
    const url = new URL(server + path);
    for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value);
    const answering = transport.send({
      method,
      url,
      headers: {
        "user-agent": "khook-gateway",
        ...headers,
        ...(token ? { authorization: `Bearer ${token.reveal()}` } : {}),
      },
      body,
      isRepeatable,
      signal: life.signal,
    });
    return Promise.race([answering, life.ended]);
  }

  async *#chunks(message: IncomingMessage, life: RequestLife): AsyncGenerator<Uint8Array> {
    try {
      for await (const chunk of message) yield chunk as Uint8Array; // no encoding is set, so these are buffers
    } catch (error) {
      throw this.#judge(error, life);
    } finally {
      message.destroy();
      life.end();
    }
  }

  #judge(error: unknown, life: RequestLife): unknown {
    if (life.outer.aborted) return life.outer.reason;
    const judged = life.timedOut ?? clusterErrorOf(error);
    if (isUnauthorized(judged)) this.#cluster.doubt("refused");
    else if (judged.kind !== "refused") this.#cluster.doubt("changed");
    return judged;
  }
}

function isSuccess({ statusCode = 0 }: IncomingMessage): boolean {
  return statusCode >= 200 && statusCode < 300;
}

async function refuseFailure(message: IncomingMessage, life: RequestLife): Promise<void> {
  if (isSuccess(message)) return;
  const text = await readText(message, MAX_ERROR_BODY, life).catch(() => "");
  throw refusal(message.statusCode ?? 0, text, message.headers["retry-after"]);
}

const untold: Requesting = () => ({ ended: () => undefined });

function outcomeOf(judged: unknown): RequestOutcome {
  return judged instanceof ClusterError ? judged.kind : "aborted";
}

function clusterErrorOf(error: unknown): ClusterError {
  if (error instanceof ClusterError) return error;
  const message = messageOf(error);
  return new ClusterError(error instanceof CredentialError ? "unconfigured" : "unreachable", message, { cause: error });
}

/** Connecting to several addresses fails with one error that has no message of its own. */
function messageOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map(messageOf).join("; ");
  return error instanceof Error ? error.message : String(error);
}
