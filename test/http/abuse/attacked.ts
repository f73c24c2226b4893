// A real gateway under attack, beside it a caller who behaves and is served all the while, and what is known of its memory.
// Attackers are told nothing but refusals: every answer they get is kept, and a test says which may be among them.
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";
import { afterAll, beforeAll, expect } from "vitest";
import { WebSocket } from "ws";
import { temporaryDirectory } from "../../gateway/gateway.ts";
import { type AtEnd, GatewayProcess, processFlags } from "../../gateway/gatewayProcess.ts";
import { TroubledCluster } from "../../gateway/troubledCluster.ts";

const MIB = 1024 * 1024;
const MINUTE = 60_000;
/** Of them some mean nothing; the others are enough for a full page. */
const EVENTS = 3_000;
/** Well-behaved callers are answered within so many ms, where attackers, attacked and others share two processors. */
export const PATIENCE = 10_000;
const LEAST_SERVED = 5;
/** What may be in use more than before, once it is quiet again: what a heap keeps for the next time, not what a leak would be. */
const MORE_MEMORY = 128 * MIB;
/** And at any moment. */
const MOST_MEMORY = 700 * MIB;

/** One gateway for all tests of a file, or of a part of it. */
export function gatewayWith(...flags: readonly string[]): () => Attacked {
  const ends: (() => Promise<void>)[] = [];
  let attacked: Attacked | undefined;
  beforeAll(async () => {
    attacked = await Attacked.start(flags, (end) => void ends.unshift(end));
  }, 60_000);
  afterAll(async () => {
    for (const end of ends) await end();
  });
  return () => {
    if (!attacked) throw new Error("there is no gateway yet");
    return attacked;
  };
}

export type Told = number | "closed";

export class Attacked {
  readonly url: string;
  readonly port: number;
  readonly cluster: TroubledCluster;
  readonly #gateway: GatewayProcess;
  readonly #sockets: Socket[] = [];

  private constructor(url: string, gateway: GatewayProcess, cluster: TroubledCluster) {
    this.url = url;
    this.port = Number(new URL(url).port);
    this.cluster = cluster;
    this.#gateway = gateway;
  }

  static async start(flags: readonly string[], atEnd: AtEnd): Promise<Attacked> {
    const cluster = await TroubledCluster.start({
      now: Date.now,
      seed: "abuse",
      podsPerNamespace: 200,
      past: 55 * MINUTE,
    });
    atEnd(() => cluster[Symbol.asyncDispose]());
    cluster.happen(EVENTS, { every: 1_000, repeats: 0 });
    const dataDir = await temporaryDirectory(atEnd);
    const gateway = await GatewayProcess.start(
      [
        ...processFlags(cluster.kubeconfigPath, dataDir),
        ...["--log-level", "error", "--shutdown-grace", "1s"],
        ...flags,
      ],
      {},
      atEnd,
    );
    const attacked = new Attacked(await gateway.url(), gateway, cluster);
    await attacked.#stored();
    await attacked.#warmUp();
    return attacked;
  }

  /**
   * Runs the attack, and holds that all goes on as it should. Where it is crowded, a caller who behaves may be turned away, and
   * is served when it asks again.
   */
  async withstands(attack: () => Promise<unknown>, { isCrowded = false } = {}): Promise<void> {
    const before = this.memory();
    const listener = await this.#listener();
    const caller = this.#caller(isCrowded);
    try {
      await attack();
    } finally {
      await caller.leave();
      for (const socket of this.#sockets.splice(0)) socket.destroy();
    }
    // Who listened from before to after is still told what happens.
    this.cluster.toPresent();
    this.cluster.happen(1, { every: 10, repeats: 0 });
    await until(() => listener.told > 0, "what happens, told to who listens");
    listener.leave();
    expect(caller.slowest).toBeLessThan(PATIENCE);
    await until(() => this.memory() < before + MORE_MEMORY, "memory as it was", 15_000);
    expect(this.#gateway.peakMemory()).toBeLessThan(MOST_MEMORY);
    expect(this.complaints).toEqual([]);
  }

  /** What the gateway has logged as its own fault. */
  get complaints(): readonly string[] {
    return this.#gateway.stderr.split("\n").filter((line) => line !== "");
  }

  /** In use now, in bytes. */
  memory(): number {
    const status = readFileSync(`/proc/${this.#gateway.pid}/status`, "utf8");
    return Number(/VmRSS:\s+(\d+) kB/.exec(status)?.[1]) * 1024;
  }

  /** A connection of an attacker's, closed at the end; what it is told is kept on it. */
  async connect(localAddress = "127.0.0.1"): Promise<Attacker> {
    const attacker = new Attacker(connect({ port: this.port, host: "127.0.0.1", localAddress }));
    this.#sockets.push(attacker.socket);
    await attacker.connected;
    return attacker;
  }

  /** The status of the first answer to what is sent, or that the connection was closed without one. */
  async tell(bytes: string | Buffer, patience = 3_000): Promise<Told | "nothing"> {
    const attacker = await this.connect();
    attacker.send(bytes);
    const told = await Promise.race([attacker.told, pause(patience, "nothing" as const)]);
    attacker.socket.destroy();
    return told;
  }

  /** What a field refuses is told with 200, as GraphQL has it: by then it is a refusal of the input all the same. */
  async graphql(body: string): Promise<Told> {
    try {
      const answer = await fetch(`${this.url}/graphql`, {
        method: "POST",
        headers: { "Content-Type": "application/json" },
        body,
      });
      const text = await answer.text();
      return answer.status === 200 && text.includes('"code":"BAD_USER_INPUT"') ? 400 : answer.status;
    } catch {
      return "closed";
    }
  }

  async #stored(): Promise<void> {
    await until(async () => {
      const { pagination } = (await (await fetch(`${this.url}/api/v1/events?limit=1`)).json()) as {
        readonly pagination: { readonly total: number };
      }; // as the route says
      return pagination.total >= 1_000;
    }, "events that are stored");
  }

  /** What a heap grows to by being used is no part of any attack. */
  async #warmUp(): Promise<void> {
    for (let times = 0; times < 20; times++) {
      await fetch(`${this.url}/api/v1/events?limit=1000&offset=${times}`).then((answer) => answer.arrayBuffer());
      await this.graphql(JSON.stringify({ query: "{ events(first: 500) { nodes { id message hooks { name } } } }" }));
    }
  }

  /** A caller who behaves, asking one thing after the other. */
  #caller(isCrowded: boolean): { readonly slowest: number; leave(): Promise<void> } {
    const state = { served: 0, slowest: 0, isLeaving: false };
    const asking = (async () => {
      while (!state.isLeaving || state.served < LEAST_SERVED) {
        const began = performance.now();
        while (!(await this.#served(isCrowded))) await pause(100);
        state.slowest = Math.max(state.slowest, performance.now() - began);
        state.served++;
        await pause(20);
      }
    })();
    asking.catch(() => undefined); // told to who leaves
    return {
      get slowest() {
        return state.slowest;
      },
      leave() {
        state.isLeaving = true;
        return asking;
      },
    };
  }

  /** Rejects when the answer is wrong; false when it was turned away. */
  async #served(isCrowded: boolean): Promise<boolean> {
    const signal = AbortSignal.timeout(PATIENCE);
    const rest = await fetch(`${this.url}/api/v1/events?limit=2`, { signal }).catch((error: unknown) => {
      if (isCrowded) return undefined; // closed
      throw error;
    });
    if (isCrowded && (rest === undefined || rest.status === 503)) return false;
    if (!rest) return false;
    expect(await rest.json()).toMatchObject({ events: [{ source: "kubernetes" }, { source: "kubernetes" }] });
    const graphql = await fetch(`${this.url}/graphql`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ query: "{ eventTypes { name } events(first: 1) { nodes { source } } }" }),
      signal,
    });
    if (isCrowded && graphql.status === 503) return false;
    expect(await graphql.json()).toMatchObject({ data: { events: { nodes: [{ source: "kubernetes" }] } } });
    return true;
  }

  async #listener(): Promise<{ readonly told: number; leave(): void }> {
    const socket = new WebSocket(`${this.url.replace("http", "ws")}/api/v1/events/stream`);
    await once(socket, "message");
    const state = { told: 0 };
    socket.on("message", () => state.told++);
    return Object.assign(state, { leave: () => socket.terminate() });
  }
}

/** A connection of an attacker's. */
export class Attacker {
  readonly socket: Socket;
  readonly connected: Promise<unknown>;
  /** The status of the first answer. */
  readonly told: Promise<Told>;
  /** All that was answered, as far as it was read. */
  text = "";
  isClosed = false;

  constructor(socket: Socket) {
    this.socket = socket;
    socket.on("error", () => undefined); // a close follows
    const closed = new Promise<void>((resolve) => {
      socket.once("close", () => {
        this.isClosed = true;
        resolve();
      });
    });
    this.connected = Promise.race([new Promise((resolve) => socket.once("connect", resolve)), closed]);
    this.told = new Promise((resolve) => {
      socket.on("data", (chunk: Buffer) => {
        if (this.text.length >= 64 * 1024) return;
        this.text += chunk.toString("latin1");
        const status = /^HTTP\/1\.[01] (\d{3}) /.exec(this.text)?.[1];
        if (status !== undefined) resolve(Number(status));
      });
      void closed.then(() => resolve("closed"));
    });
  }

  send(bytes: string | Buffer): void {
    if (this.socket.writable) this.socket.write(bytes);
  }
}

export async function until(holds: () => boolean | Promise<boolean>, what: string, patience = 20_000): Promise<void> {
  for (const deadline = performance.now() + patience; !(await holds()); await pause(20)) {
    if (performance.now() > deadline) throw new Error(`this did not come: ${what}`);
  }
}

/** Holds that each answer is a refusal: of the request, of the caller, or of the connection. */
export function expectRefusals(told: Readonly<Record<string, Told | "nothing">>): void {
  const others = Object.entries(told).filter(
    ([, each]) => !(each === "closed" || (Number(each) >= 400 && Number(each) < 500)),
  );
  expect(Object.fromEntries(others)).toEqual({});
}
