// The servers that tell changes, each with its own audience, taking turns: one change at a time, or many in one go.
import { join } from "node:path";
import { ROOT, scratch } from "../cache.ts";
import { Child } from "../child.ts";
import { NAMESPACES } from "../dataset.ts";
import { startFlags } from "../gatewayProcess.ts";
import { type AudienceOptions, type Heard, ID, type TurnOrder } from "./audience.ts";
import type { Protocol } from "./receiver.ts";

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
const QUERY = `subscription { eventChanges { ${SELECTION} } }`;
const FILTERED = `subscription ($filter: EventFilter) { eventChanges(filter: $filter) { ${SELECTION} } }`;

/** The id is as long as those that graphql-ws's client makes, and each subscriber has its own: see audience.ts. */
function subscribing(query: string, variables?: object): string {
  return JSON.stringify({ id: ID, type: "subscribe", payload: { query, ...(variables ? { variables } : {}) } });
}

/** Filters that differ and let everything through: each is asked, and executed for, by itself. */
const FILTERS = Array.from({ length: 20 }, (_, index) => ({ namespaces: [...NAMESPACES, `nowhere-${index}`] }));

const GRAPHQL = { protocol: "graphql", path: "/graphql" } as const;
const STREAM = "/api/v1/events/stream";

export const CONTENDERS = {
  raw: { name: "raw ws broadcast", script: "raw.mjs", protocol: "socket", path: "/" },
  graphql: { name: "GraphQL subscription", script: "gateway.mjs", ...GRAPHQL, subscribe: [subscribing(QUERY)] },
  oneFilter: {
    name: "GraphQL, one filter",
    script: "gateway.mjs",
    ...GRAPHQL,
    subscribe: [subscribing(FILTERED, { filter: FILTERS[0] })],
  },
  filters: {
    name: "GraphQL, 20 filters",
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

/** A contender with its server up and its audience listening. */
export class Fanout {
  readonly contender: Contender;
  readonly server: StreamServer;
  readonly #audience: Child;
  readonly #name: string;
  readonly turns: FanoutTurn[] = [];

  private constructor(contender: Contender, server: StreamServer, audience: Child, name: string) {
    this.contender = contender;
    this.server = server;
    this.#audience = audience;
    this.#name = name;
  }

  static async open(key: ContenderKey, size: number, audience: Child, messageBytes: number): Promise<Fanout> {
    const contender: Contender = CONTENDERS[key];
    const isOurs = contender.script === "gateway.mjs";
    const server = await StreamServer.start(contender.script, isOurs ? scratch() : String(messageBytes));
    const { protocol, path, subscribe } = contender;
    const { port, control } = server;
    const options: AudienceOptions = {
      port,
      control,
      protocol,
      path,
      size,
      prepares: isOurs,
      ...(subscribe ? { subscribe } : {}),
    };
    await audience.ask({ open: options, name: key }, "opened", 120_000);
    return new Fanout(contender, server, audience, key);
  }

  async turn(order: TurnOrder): Promise<FanoutTurn> {
    await this.#audience.ask({ prepare: order.most, name: this.#name }, "prepared");
    const before = this.server.child.cpuMillis();
    const heard = await this.#heard(order);
    return { ...heard, cpuMicros: ((this.server.child.cpuMillis() - before) * 1000) / heard.requests };
  }

  async close(): Promise<void> {
    await this.#audience.ask({ close: true, name: this.#name }, "closed");
    await this.server.child.end();
  }

  async #heard(turn: TurnOrder): Promise<Heard> {
    const { heard } = await this.#audience.ask<{ heard: Heard }>(
      { turn, name: this.#name },
      "heard",
      turn.millis + 60_000,
    );
    return heard;
  }
}
