// What is asked of one gateway's streams beside speed: memory of the idle, catching up, readers that stop, cuts, unsubscribing.
// Each trial opens its own subscribers, says what it found, and closes them.
import { below, seeded } from "../random.ts";
import { pause } from "./audience.ts";
import { CURSORS } from "./places.ts";
import { type Protocol, Receiver } from "./receiver.ts";
import { Steering } from "./steering.ts";

export interface Way {
  readonly protocol: Protocol;
  readonly path: string;
  /** The message that subscribes behind a cursor; of GraphQL. */
  readonly query?: string;
}

export interface TrialPlace {
  readonly port: number;
  readonly control: number;
}

interface Memory {
  readonly rss: number;
  readonly heapUsed: number;
}

interface State {
  readonly head: number;
  readonly listeners: number;
  readonly open: number;
  readonly faults: readonly string[];
}

export type Trial =
  | { readonly kind: "idle"; readonly way: Way; readonly size: number }
  /** `unchecked`: of so many messages nothing is looked at but their number, so that who listens beside is not held up. */
  | { readonly kind: "catchUp"; readonly way: Way; readonly changes: number; readonly unchecked?: number }
  | { readonly kind: "stopping"; readonly ways: readonly Way[]; readonly size: number; readonly changes: number }
  | { readonly kind: "cutting"; readonly ways: readonly Way[]; readonly size: number; readonly millis: number }
  | { readonly kind: "unsubscribing"; readonly way: Way; readonly times: number };

export interface TrialResult {
  /** In the trial's own unit. */
  readonly value: number;
  /** That came while it was measured, of one who catches up. */
  readonly messages?: number;
  readonly faults: readonly string[];
}

const WARM = 200;
const AT_ONCE = 64;
const PATIENCE = 60_000;

export async function runTrial(place: TrialPlace, trial: Trial): Promise<TrialResult> {
  const steering = await Steering.open(place.control);
  try {
    switch (trial.kind) {
      case "idle":
        return await idle(place, steering, trial.way, trial.size);
      case "catchUp":
        return await catchUp(steering, trial.way, trial.changes, trial.unchecked);
      case "stopping":
        return await stopping(steering, trial.ways, trial.size, trial.changes);
      case "cutting":
        return await cutting(steering, trial.ways, trial.size, trial.millis);
      case "unsubscribing":
        return await unsubscribing(place, steering, trial.way, trial.times);
    }
  } finally {
    steering.close();
  }
}

/** Bytes that one subscriber takes who is told nothing. */
async function idle({ port }: TrialPlace, steering: Steering, way: Way, size: number): Promise<TrialResult> {
  for (const receiver of await opened(port, [way], WARM)) receiver.cut();
  await pause(300);
  const before = await steering.ask<Memory>("memory");
  const receivers = await opened(port, [way], size);
  await pause(500);
  const after = await steering.ask<Memory>("memory");
  for (const receiver of receivers) receiver.cut();
  await pause(300);
  return { value: (after.rss - before.rss) / size, faults: receivers.flatMap(({ fault }) => fault ?? []).slice(0, 3) };
}

/** Changes a second that one subscriber is told who has a lot to catch up with. */
async function catchUp(
  steering: Steering,
  way: Way,
  changes: number,
  unchecked: number | undefined,
): Promise<TrialResult> {
  const { port } = await steering.ask<{ port: number }>("direct");
  const { head } = await steering.ask<State>("state");
  const began = performance.now();
  const receiver = await open(port, way, CURSORS.encode(head - changes), unchecked === undefined);
  const isThere = await until(
    () => receiver.count >= (unchecked ?? Number.POSITIVE_INFINITY) || (receiver.place ?? 0) >= head,
    PATIENCE,
  );
  const seconds = (performance.now() - began) / 1000;
  receiver.cut();
  const faults = receiver.fault === undefined ? [] : [receiver.fault];
  if (!isThere) faults.push(`it came to ${receiver.place} of ${head}`);
  return { value: receiver.count / seconds, messages: receiver.count, faults };
}

/** Bytes that the server has grown by when one reader in ten has stopped; then they read on. */
async function stopping(steering: Steering, ways: readonly Way[], size: number, changes: number): Promise<TrialResult> {
  const { port } = await steering.ask<{ port: number }>("direct");
  await steering.ask("append", changes); // what storing takes is taken before
  const receivers = await opened(port, ways, size, true);
  await pause(1_000);
  const { head } = await steering.ask<State>("state");
  const before = await steering.ask<{ rss: number }>("resident");
  const stopped = receivers.filter((_, index) => index % 10 === 3);
  for (const receiver of stopped) receiver.pause();
  let most = 0;
  for (let left = changes; left > 0; left -= 100) {
    await steering.ask("append", Math.min(100, left));
    most = Math.max(most, (await steering.ask<{ rss: number }>("resident")).rss);
  }
  const reading = receivers.filter((receiver) => !stopped.includes(receiver));
  const faults: string[] = [];
  const expect = async (who: string, of: readonly Receiver[]): Promise<void> => {
    await until(() => of.every(({ count }) => count >= changes), PATIENCE);
    const wrong = of.filter(({ count, place, fault }) => count !== changes || place !== head + changes || fault);
    if (wrong.length > 0) {
      const [{ count, place, fault } = {}] = wrong;
      faults.push(`${wrong.length} ${who} did not get everything: ${count} changes, up to ${place}; ${fault ?? ""}`);
    }
  };
  await expect("readers", reading);
  most = Math.max(most, (await steering.ask<{ rss: number }>("resident")).rss);
  if (stopped.every(({ count }) => count === changes)) faults.push("nobody stopped reading");
  for (const receiver of stopped) receiver.resume();
  await expect("of those who had stopped", stopped);
  faults.push(...(await steering.ask<State>("state")).faults);
  for (const receiver of receivers) receiver.cut();
  return { value: most - before.rss, faults };
}

/** How often subscribers were cut off; each has to end with exactly the sequence of the store. */
async function cutting(steering: Steering, ways: readonly Way[], size: number, millis: number): Promise<TrialResult> {
  const PER_SECOND = 200;
  const { port } = await steering.ask<{ port: number }>("direct");
  const { head: start } = await steering.ask<State>("state");
  const random = seeded(start);
  const clients = Array.from({ length: size }, (_, index) => ({
    way: ways[index % ways.length] as Way,
    told: [] as number[],
    receiver: undefined as Receiver | undefined,
  }));
  const connect = async (client: (typeof clients)[number]): Promise<void> => {
    const seq = client.told.at(-1) ?? start;
    client.receiver = await open(port, client.way, CURSORS.encode(seq), true, (place) => client.told.push(place));
  };
  await Promise.all(clients.map(connect));
  let isOver = false;
  const trickled = steering.ask<{ head: number }>("trickle", (millis / 1000) * PER_SECOND).then(({ head }) => {
    isOver = true;
    return head;
  });
  let cuts = 0;
  const broken: string[] = [];
  while (!isOver) {
    await pause(below(random, 20));
    const client = clients[below(random, clients.length)];
    const { receiver } = client ?? {};
    if (!client || !receiver) continue; // it is on its way back
    client.receiver = undefined;
    receiver.cut();
    cuts++;
    if (receiver.fault !== undefined) broken.push(receiver.fault);
    void pause(below(random, 300))
      .then(() => connect(client))
      .catch((error: unknown) => broken.push(String(error)));
  }
  const head = await trickled;
  await until(() => clients.every(({ told }) => (told.at(-1) ?? 0) >= head), 15_000);
  const { places } = await steering.ask<{ places: number[] }>("places", start);
  const expected = places.join();
  const wrong = clients.filter(({ told }) => told.join() !== expected);
  const faults = broken.slice(0, 3);
  const [first] = wrong;
  if (first) {
    const at = places.findIndex((place, index) => first.told[index] !== place);
    faults.push(
      `${wrong.length} of ${size} have another sequence than the store: ${first.way.protocol} has ${first.told.length} of ${places.length}, the ${at}th is ${first.told[at]} instead of ${places[at]}`,
    );
  }
  if (places.length < (millis / 1000) * PER_SECOND) faults.push(`only ${places.length} changes were stored`);
  for (const { receiver } of clients) receiver?.cut();
  return { value: cuts, faults };
}

/** Bytes of heap that are left of so many subscriptions that have ended. */
async function unsubscribing({ port }: TrialPlace, steering: Steering, way: Way, times: number): Promise<TrialResult> {
  const [receiver] = await opened(port, [{ ...way, query: "" }], 1);
  if (!receiver) return { value: Number.NaN, faults: ["nobody listens"] };
  const round = async (from: number, to: number): Promise<void> => {
    for (let each = from; each < to; each++) {
      receiver.send(subscribeMessage(way.query ?? "", `subscription-${each}`));
      if (each % 2 === 0) await pause(0); // half of them are told of before they end
      receiver.send(JSON.stringify({ id: `subscription-${each}`, type: "complete" }));
      if (each % 100 === 99) await pause(5);
    }
    await pause(300);
  };
  await round(0, 1_000);
  const before = { ...(await steering.ask<Memory>("memory")), ...(await steering.ask<State>("state")) };
  await round(1_000, 1_000 + times);
  const after = { ...(await steering.ask<Memory>("memory")), ...(await steering.ask<State>("state")) };
  receiver.cut();
  const faults = [...after.faults];
  if (after.listeners !== before.listeners) faults.push(`${before.listeners} listeners became ${after.listeners}`);
  if (after.open !== before.open) faults.push(`${before.open} open streams became ${after.open}`);
  return { value: after.heapUsed - before.heapUsed, faults };
}

function open(
  port: number,
  { protocol, path, query }: Way,
  cursor: string | undefined,
  checks: boolean,
  told?: (place: number) => void,
): Promise<Receiver> {
  const from = cursor === undefined ? "" : `?lastEventId=${cursor}`;
  return Receiver.open({
    port,
    protocol,
    path: protocol === "graphql" ? path : `${path}${from}`,
    ...(query ? { subscribe: subscribeMessage(query, "1", cursor) } : {}),
    checks,
    maySkip: cursor !== undefined,
    ...(told ? { told } : {}),
  });
}

async function opened(port: number, ways: readonly Way[], size: number, checks = false): Promise<readonly Receiver[]> {
  const receivers: Receiver[] = [];
  while (receivers.length < size) {
    const wanted = Array.from({ length: Math.min(AT_ONCE, size - receivers.length) }, (_, index) => {
      return open(port, ways[(receivers.length + index) % ways.length] as Way, undefined, checks);
    });
    receivers.push(...(await Promise.all(wanted)));
  }
  return receivers;
}

function subscribeMessage(query: string, id: string, after?: string): string {
  return JSON.stringify({ id, type: "subscribe", payload: { query, variables: after === undefined ? {} : { after } } });
}

async function until(holds: () => boolean, millis: number): Promise<boolean> {
  const end = performance.now() + millis;
  while (!holds()) {
    if (performance.now() > end) return false;
    await pause(5);
  }
  return true;
}
