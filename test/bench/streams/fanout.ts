// The servers that tell changes, each with its own audience, taking turns: one change at a time, or many in one go.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { ROOT, scratch } from "../cache.ts";
import { Child } from "../child.ts";
import { NAMESPACES } from "../dataset.ts";
import { startFlags } from "../gatewayProcess.ts";
import { type AudienceOptions, type Heard, ID, type TurnOrder } from "./audience.ts";
import type { AudienceOrder } from "./audienceProcess.ts";
import type { Protocol } from "./receiver.ts";
import type { Trial, TrialResult } from "./trials.ts";

export interface Contender {
  readonly name: string;
  readonly script: string;
  readonly protocol: Protocol;
  readonly path: string;
  readonly subscribe?: readonly string[];
}

const SELECTION = `type cursor event {
  id cursor eventType status severity namespace resource { apiVersion kind name namespace uid }
  reason message source tags { key value } count occurrences timestamp firstSeen lastSeen resolvedAt duplicateOf
  hooks { namespace name } cluster
}`;
export const QUERY = `subscription { eventChanges { ${SELECTION} } }`;
export const FILTERED = `subscription ($filter: EventFilter, $after: String) { eventChanges(filter: $filter, after: $after) { ${SELECTION} } }`;

/** The id is as long as those that graphql-ws's client makes, and each subscriber has its own: see audience.ts. */
export function subscribing(query: string, variables?: object): string {
  return JSON.stringify({ id: ID, type: "subscribe", payload: { query, ...(variables ? { variables } : {}) } });
}

/** Filters that differ and let everything through: each is asked, and executed for, by itself. */
const FILTERS = Array.from({ length: 20 }, (_, index) => ({ namespaces: [...NAMESPACES, `nowhere-${index}`] }));

const GRAPHQL = { protocol: "graphql", path: "/graphql" } as const;
export const STREAM = "/api/v1/events/stream";

export const CONTENDERS = {
  raw: { name: "raw ws broadcast", script: "raw.mjs", protocol: "socket", path: "/" },
  graphql: {
    name: "GraphQL subscription",
    script: "gateway.mjs",
    ...GRAPHQL,
    subscribe: [subscribing(FILTERED, { filter: FILTERS[0] })],
  },
  filters: {
    name: "GraphQL subscription, 20 filters",
    script: "gateway.mjs",
    ...GRAPHQL,
    subscribe: FILTERS.map((filter) => subscribing(FILTERED, { filter })),
  },
  socket: { name: "plain WebSocket", script: "gateway.mjs", protocol: "socket", path: STREAM },
  sse: { name: "SSE", script: "gateway.mjs", protocol: "sse", path: STREAM },
  graphqlWs: { name: "plain graphql-ws", script: "graphqlWs.mjs", ...GRAPHQL, subscribe: [subscribing(QUERY)] },
  mercurius: { name: "mercurius", script: "mercurius.mjs", ...GRAPHQL, subscribe: [subscribing(QUERY)] },
  yoga: {
    name: "graphql-yoga SSE",
    script: "yoga.mjs",
    protocol: "sse",
    path: `/graphql?query=${encodeURIComponent(QUERY)}`,
  },
} as const satisfies Readonly<Record<string, Contender>>;

export type ContenderKey = keyof typeof CONTENDERS;

/** A directory that is given a CPU profile of each server that is measured when it ends. */
const profiles = process.env.KHOOK_GATEWAY_BENCH_PROFILES;

export class StreamServer {
  readonly child: Child;
  readonly port: number;
  readonly control: number;

  private constructor(child: Child, port: number, control: number) {
    this.child = child;
    this.port = port;
    this.control = control;
  }

  /** `argument` is a directory for a gateway, and the bytes of a message for the raw broadcast. */
  static async start(script: string, argument: string, flags: readonly string[] = []): Promise<StreamServer> {
    const isOurs = script === "gateway.mjs";
    const child = new Child({
      script: join(ROOT, "test/bench/servers/streams", script),
      args: [argument],
      core: "server",
      nodeFlags: [
        "--expose-gc",
        ...(isOurs ? startFlags() : []),
        ...flags,
        ...(profiles ? ["--cpu-prof", `--cpu-prof-dir=${profiles}`] : []),
      ],
    });
    const { port, control } = await child.next<{ port: number; control: number }>("port");
    return new StreamServer(child, port, control);
  }
}

export interface FanoutTurn extends Heard {
  /** Microseconds that the server was on its core for one message. */
  readonly cpuMicros: number;
}

export async function startAudience(): Promise<Child> {
  const audience = new Child({ script: join(ROOT, "test/bench/streams/audienceProcess.ts"), core: "load" });
  await audience.next("ready");
  return audience;
}

export async function askTrial(audience: Child, { port, control }: StreamServer, trial: Trial): Promise<TrialResult> {
  const order: AudienceOrder = { trial, at: { port, control } };
  const { trialled } = await audience.ask<{ trialled: TrialResult }>(order, "trialled", 300_000);
  return trialled;
}

/** A contender with its server up and, once it is open, its audience listening. */
export class Fanout {
  readonly key: ContenderKey;
  readonly server: StreamServer;
  readonly #directory: string | undefined;
  #audience: Child | undefined;

  private constructor(key: ContenderKey, server: StreamServer, directory: string | undefined) {
    this.key = key;
    this.server = server;
    this.#directory = directory;
  }

  /** `directory` holds a gateway's store, and is removed in the end; without one it begins empty. */
  static async start(key: ContenderKey, messageBytes: number, directory?: string): Promise<Fanout> {
    const { script } = CONTENDERS[key];
    const home = script === "gateway.mjs" ? (directory ?? scratch()) : undefined;
    return new Fanout(key, await StreamServer.start(script, home ?? String(messageBytes)), home);
  }

  async open(size: number, audience: Child): Promise<void> {
    this.#audience = audience;
    const { protocol, path, subscribe }: Contender = CONTENDERS[this.key];
    const { port, control } = this.server;
    const prepares = this.#directory !== undefined;
    const open: AudienceOptions = {
      port,
      control,
      protocol,
      path,
      size,
      prepares,
      ...(subscribe ? { subscribe } : {}),
    };
    await this.#ask({ open, name: this.#name }, "opened", 120_000);
  }

  async turn(turn: TurnOrder): Promise<FanoutTurn> {
    await this.#ask({ prepare: turn.most, name: this.#name }, "prepared");
    const before = this.server.child.cpuMillis();
    const { heard } = await this.#ask<{ heard: Heard }>({ turn, name: this.#name }, "heard", turn.millis + 60_000);
    return { ...heard, cpuMicros: ((this.server.child.cpuMillis() - before) * 1000) / heard.requests };
  }

  async close(): Promise<void> {
    await this.#ask({ close: true, name: this.#name }, "closed");
    await this.server.child.end();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true });
  }

  get #name(): string {
    return `${this.key} ${this.server.port}`;
  }

  #ask<T extends object>(order: AudienceOrder, key: keyof T & string, millis?: number): Promise<T> {
    if (!this.#audience) throw new Error("nobody listens yet");
    return this.#audience.ask<T>(order, key, millis);
  }
}
