// The gateway's streams: its built API over a store of its own. Changes are stored beforehand and come to light when they are
// published, so that what is measured is telling them, not storing them; on a second port they come to light as they are stored.
import { randomUUID } from "node:crypto";
import { join } from "node:path";
import { createApi } from "../../../../dist/http/api.js";
import { createHttpServer } from "../../../../dist/http/server.js";
import { openStore } from "../../../../dist/store/sqlite.js";
import { END, hooks, watchEvents } from "../../dataset.ts";
import { matched } from "../../mapped.ts";
import { CURSOR_KEY, EPOCH } from "../../streams/places.ts";
import { steered } from "./control.mjs";

const directory = process.argv[2];
const store = await openStore({
  path: join(directory, "events.sqlite"),
  now: () => END,
  dedupWindow: 600_000,
  retention: { maxAge: Number.MAX_SAFE_INTEGER, maxBytes: Number.MAX_SAFE_INTEGER },
  newEpoch: () => EPOCH,
  newCursorKey: () => CURSOR_KEY,
});
await store.putHooks(hooks());

/** The store as it was up to a place; all else of it is as it is. */
class Gate {
  #listeners = new Set();
  #head = store.head;

  show(changes) {
    this.#head = Math.min(store.head, this.#head + changes);
    for (const listener of this.#listeners) listener([]);
  }

  get head() {
    return this.#head;
  }

  async changesSince(seq, limit) {
    const { changes } = await store.changesSince(seq, Math.max(1, Math.min(limit, this.#head - seq)));
    return { changes: this.#head > seq ? changes : [], head: this.#head };
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  get listeners() {
    return this.#listeners.size;
  }
}

const gate = new Gate();
const gated = new Proxy(store, {
  get(_target, name) {
    if (name in gate) return typeof gate[name] === "function" ? gate[name].bind(gate) : gate[name];
    return typeof store[name] === "function" ? store[name].bind(store) : store[name];
  },
});

let faults = [];
const fault = (details, message) => faults.push(`${message ?? ""} ${details?.err ?? JSON.stringify(details)}`);
const log = { debug() {}, info() {}, warn: fault, error: fault };
const options = { clock: () => END, eventTypes: () => [], log, elapsed: () => performance.now(), newRequestId: randomUUID };

async function serve(over) {
  const api = await createApi({ ...options, store: over, streamLimits: { stall: 600_000 } });
  const http = createHttpServer({ ...options, middleware: api.middleware, upgrade: api.upgrade, host: "127.0.0.1", port: 0 });
  await http.listen();
  return { api, server: http.httpServer };
}

const shown = await serve(gated);
const direct = await serve(store);

/** Each Event a state that the store does not know, so that each is one change. */
let batches = 0;
function observations(rows) {
  batches++;
  const seed = batches * 1_000_003 + process.pid;
  return [...watchEvents({ rows, seed, start: END, end: END + rows, apart: 30 })].map(({ object }) => matched(object));
}

async function storeMore(count) {
  const before = store.head;
  for (let left = count; left > 0; left -= 500) await store.append(observations(Math.min(500, left)), END);
  if (store.head !== before + count) faults.push(`${count} observations were ${store.head - before} changes`);
  return { head: store.head };
}

steered(shown.server, {
  /**
   * So many changes are there to be published; nothing comes to light. What making and storing them has left behind is collected
   * when it is: a collection that is asked for throws away what was compiled for writing, of which no other server here is robbed.
   */
  async prepare(count) {
    const missing = count - (store.head - gate.head);
    if (missing > 0) await storeMore(missing);
    return { prepared: store.head - gate.head };
  },
  publish(changes) {
    gate.show(changes);
  },
  direct: () => ({ port: direct.server.address().port }),
  /** Stored, and told over the second port. */
  append: (count) => storeMore(count),
  /** So many a second, in batches as a watch brings them, for so long as it takes to store `count` of them. */
  async trickle(count) {
    const TICK = 50;
    const each = 10;
    for (let left = count; left > 0; left -= each) {
      const next = new Promise((resolve) => setTimeout(resolve, TICK));
      await store.append(observations(Math.min(each, left)), END);
      await next;
    }
    return { head: store.head };
  },
  /** The places of all changes behind one, as the store tells them. */
  async places(after) {
    const places = [];
    for (let at = after; ; ) {
      const { changes } = await store.changesSince(at, 5_000);
      if (changes.length === 0) return { places };
      places.push(...changes.map(({ seq }) => seq));
      at = changes.at(-1).seq;
    }
  },
  state() {
    const found = faults;
    faults = [];
    return {
      faults: found.slice(0, 5),
      head: store.head,
      shown: gate.head,
      listeners: gate.listeners,
      open: Object.values(shown.api.streams.counts.open).concat(Object.values(direct.api.streams.counts.open)).reduce((a, b) => a + b, 0),
      handles: process.getActiveResourcesInfo().length,
    };
  },
});
