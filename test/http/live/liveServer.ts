// The API with all of its live edges on a real server over a real store in a directory of its own.
// What happens in it is told to the store as a source would; the connections it has can be cut.
import { mkdtempSync } from "node:fs";
import { rm } from "node:fs/promises";
import type { Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { EventChange } from "../../../src/events/change.ts";
import { type Api, type ApiOptions, createApi } from "../../../src/http/api.ts";
import type { Certificates } from "../../../src/http/certificates.ts";
import { createHttpServer, type HttpServer } from "../../../src/http/server.ts";
import { openStore, type StoreOptions } from "../../../src/store/sqlite.ts";
import type { EventStore } from "../../../src/store/store.ts";
import { NOON, WINDOW } from "../../generators.ts";
import { EVENT_TYPES } from "../../graph/harness.ts";
import { QUIET_OPERATOR } from "../../graph/quietOperator.ts";
import { storeOptions } from "../../store/storePlan.ts";
import { observation } from "../../store/storeSuite.ts";
import { keptLog, type LogLine } from "../listening.ts";

export interface LiveServerOptions
  extends Pick<ApiOptions, "streamLimits" | "streamAccess" | "graphqlPolicy" | "isAnonymous" | "guard"> {
  readonly store?: Partial<StoreOptions>;
  /** Where an earlier server kept its store. */
  readonly path?: string;
  /** What the API sees of the store. */
  readonly seen?: (store: EventStore) => EventStore;
  /** Served with over TLS; plain HTTP without them. */
  readonly certificates?: Certificates;
  readonly http2?: boolean;
}

type Parts = Omit<Parameters<typeof observation>[0], "uid">;

export class LiveServer {
  readonly path: string;
  readonly url: string;
  readonly store: EventStore;
  readonly api: Api;
  readonly lines: LogLine[];
  /** The API's clock stands until it is set. */
  readonly clock: { now: number };
  readonly #http: HttpServer;
  readonly #sockets: Set<Socket>;
  #happened = 0;
  #closing: Promise<void> | undefined;

  private constructor(
    parts: Pick<LiveServer, "path" | "url" | "store" | "api" | "lines" | "clock">,
    http: HttpServer,
    sockets: Set<Socket>,
  ) {
    this.path = parts.path;
    this.url = parts.url;
    this.store = parts.store;
    this.api = parts.api;
    this.lines = parts.lines;
    this.clock = parts.clock;
    this.#http = http;
    this.#sockets = sockets;
  }

  static async start(options: LiveServerOptions = {}): Promise<LiveServer> {
    const path = options.path ?? join(mkdtempSync(join(tmpdir(), "khook-live-")), "events.sqlite");
    const store = await openStore({ ...storeOptions(path), ...options.store });
    const lines: LogLine[] = [];
    const clock = { now: NOON };
    let named = 0;
    const shared = {
      log: keptLog(lines) as ApiOptions["log"], // pino's methods have more overloads than are called
      elapsed: () => performance.now(),
      newRequestId: () => `made-${++named}`,
    };
    const { streamLimits, streamAccess, graphqlPolicy, isAnonymous, guard, seen = (all) => all } = options;
    const { certificates, http2 = false } = options;
    const api = await createApi({
      store: seen(store),
      clock: () => clock.now,
      eventTypes: () => EVENT_TYPES,
      operator: QUIET_OPERATOR,
      scrape: async () => ({ text: "", contentType: "text/plain" }),
      ...shared,
      ...(streamLimits ? { streamLimits } : {}),
      ...(streamAccess ? { streamAccess } : {}),
      ...(graphqlPolicy ? { graphqlPolicy } : {}),
      ...(isAnonymous ? { isAnonymous } : {}),
      ...(guard ? { guard } : {}),
    });
    const { middleware, upgrade } = api;
    const http = createHttpServer({ middleware, upgrade, certificates, http2, host: "127.0.0.1", port: 0, ...shared });
    const sockets = new Set<Socket>();
    http.httpServer.on(certificates ? "secureConnection" : "connection", (socket: Socket) => {
      sockets.add(socket);
      socket.once("close", () => sockets.delete(socket));
    });
    const { url } = await http.listen();
    return new LiveServer({ path, url, store, api, lines, clock }, http, sockets);
  }

  get counts() {
    return this.api.streams.counts;
  }

  /** Connections that the server has at the moment. */
  get sockets(): readonly Socket[] {
    return [...this.#sockets];
  }

  /** How many streams are open, of all transports. */
  get open(): number {
    return Object.values(this.counts.open).reduce((sum, each) => sum + each, 0);
  }

  /** So many events that nothing has to do with each other: each fires. */
  happen(times = 1, parts: Parts = {}): Promise<readonly EventChange[]> {
    const told = Array.from({ length: times }, () => {
      const number = ++this.#happened;
      return observation({ uid: `uid-${process.pid}-${number}`, name: `web-${number}`, ...parts });
    });
    return this.store.append(told, NOON);
  }

  /** Everything that fires is over. */
  resolve(): Promise<readonly EventChange[]> {
    return this.store.resolveDue(NOON + WINDOW);
  }

  /** As a broken network does: nobody is told. */
  cut(): void {
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Ends the streams and the server in order; the store stays. */
  shutDown(graceMs: number): Promise<void> {
    return Promise.all([this.#http.close(graceMs), this.api.streams.close(graceMs)]).then(() => {});
  }

  /** May be called more than once. The store's directory goes with it unless it is kept. */
  close({ keep = false } = {}): Promise<void> {
    this.#closing ??= (async () => {
      await this.shutDown(200);
      await this.api.stop();
      await this.store.close();
      if (!keep) await rm(join(this.path, ".."), { recursive: true, force: true });
    })();
    return this.#closing;
  }
}

/** Waits until it holds, at most 10 s. */
export async function until(holds: () => boolean | Promise<boolean>, what: string): Promise<void> {
  for (const deadline = performance.now() + 10_000; !(await holds()); await pause(3)) {
    if (performance.now() > deadline) throw new Error(`this did not come: ${what}`);
  }
}
