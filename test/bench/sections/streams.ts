// Changes told live, against the barest broadcast of as many bytes and against what else speaks GraphQL over streams.
// Every server has its own subscribers, and all take turns; a message that is missing, repeated or out of order is a fault.
import { rmSync } from "node:fs";
import { type Filled, scratch, writableCopy } from "../cache.ts";
import type { Child } from "../child.ts";
import { atLeast, type Figure, figure, median, ratios, type Target, under } from "../figures.ts";
import { startFlags } from "../gatewayProcess.ts";
import type { Speed } from "../report.ts";
import {
  askTrial,
  CONTENDERS,
  type ContenderKey,
  Fanout,
  type FanoutTurn,
  STREAM,
  StreamServer,
  startAudience,
} from "../streams/fanout.ts";
import type { Way } from "../streams/trials.ts";
import type { Findings, SectionContext } from "./section.ts";

/** Changes that come in one go in a burst. */
const BURST = 40;
/** Changes at most in a turn: as many as the gateway is sure to keep in memory. */
const MOST = 3_600;
/** Bytes of a message of the gateway's, to within a few; a figure tells when that has changed. */
const MESSAGE_BYTES = 1_060;
const PACED = 5;
/** While one catches up, the others hear so many messages a second, all together: a fifth of what a core can tell them. */
const BESIDE = 20_000;
const CAUGHT_UP = 100_000;

type Turns = ReadonlyMap<ContenderKey, readonly FanoutTurn[]>;

export async function streams(context: SectionContext, data: Filled): Promise<Findings> {
  const { form, say } = context;
  const others = form.withOthers ? (["mercurius"] as const) : [];
  const keys = ["raw", "graphql", "filters", "socket", "sse", "graphqlWs", "yoga", ...others] as const;
  say(`streams: ${keys.length} servers with ${form.subscribers.toLocaleString("en")} subscribers each`);
  const fanouts = await Promise.all(keys.map((key) => Fanout.start(key, MESSAGE_BYTES)));
  // Each with an audience of its own: a process may not have as many sockets as all of them have.
  const audiences = new Map<Fanout, Child>();
  for (const fanout of fanouts) {
    const own = await startAudience();
    audiences.set(fanout, own);
    await fanout.open(form.subscribers, own);
  }
  const of = (...wanted: readonly ContenderKey[]) => fanouts.filter(({ key }) => wanted.includes(key));

  const one = { together: 1, millis: form.streamMillis, most: MOST };
  const single = await inTurns(fanouts, one, form.streamRounds);
  const burst = await inTurns(
    of("raw", "graphql", "socket", "sse", "graphqlWs", "yoga"),
    { ...one, together: BURST },
    form.streamRounds,
    false,
  );
  const paced = { together: 1, rate: PACED, millis: form.pacedMillis, most: MOST };
  const few = await inTurns(of("raw", "graphql", "graphqlWs"), paced, form.liveRounds, false);
  for (const [fanout, own] of audiences) {
    await fanout.close();
    await own.end();
  }
  const audience = await startAudience();
  const behind = await catchingUp(context, data, audience);
  const idle = await idling(context, audience);
  await audience.end();

  const figures = [
    ...speedRatio(single, "graphql", "raw", atLeast(0.85)),
    ...speedRatio(single, "graphql", "graphqlWs", atLeast(4)),
    ...speedRatio(single, "graphql", "mercurius"),
    ...speedRatio(single, "socket", "raw", atLeast(0.9)),
    ...speedRatio(single, "sse", "raw", atLeast(1)),
    ...speedRatio(single, "sse", "yoga"),
    ...speedRatio(single, "filters", "graphql", atLeast(0.7)),
    ...speedRatio(burst, "graphql", "raw", atLeast(6), BURST),
    ...speedRatio(burst, "graphql", "graphqlWs", atLeast(25), BURST),
    ...speedRatio(burst, "socket", "raw", undefined, BURST),
    ...speedRatio(burst, "sse", "raw", atLeast(12), BURST),
    ...speedRatio(burst, "sse", "yoga", atLeast(80), BURST),
    ...lateness(few, "graphql", "raw", under(1.3)),
    ...lateness(few, "graphqlWs", "raw"),
    ...idle,
    ...behind,
  ];
  return { figures, speeds: [...speedsOf(single, "one at a time"), ...speedsOf(burst, `${BURST} at once`)] };
}

async function inTurns(
  fanouts: readonly Fanout[],
  order: Parameters<Fanout["turn"]>[0],
  rounds: number,
  isWarmed = true,
): Promise<Turns> {
  const turns = new Map<ContenderKey, FanoutTurn[]>(fanouts.map(({ key }) => [key, []]));
  if (isWarmed) for (const fanout of fanouts) await fanout.turn(order);
  for (let round = 0; round < rounds; round += 1) {
    for (const fanout of round % 2 === 0 ? fanouts : [...fanouts].reverse()) {
      turns.get(fanout.key)?.push(await fanout.turn(order));
    }
  }
  return turns;
}

/** By what a message costs the server's core, which neither the listening nor a busy machine disturbs; by the clock beside it. */
function speedRatio(turns: Turns, key: ContenderKey, other: ContenderKey, target?: Target, together = 1): Figure[] {
  const [of, to] = [turns.get(key), turns.get(other)];
  if (!of || !to) return [];
  const path = `${CONTENDERS[key].name}, ${together === 1 ? "one change at a time" : `${together} changes at once`}`;
  const against = CONTENDERS[other].name;
  const faults = faultsOf(of, to);
  const cost = (each: readonly FanoutTurn[]) => each.map(({ cpuMicros }) => 1 / cpuMicros);
  const speed = (each: readonly FanoutTurn[]) => each.map(({ perSecond }) => perSecond);
  return [
    figure({ section: "streams", path, against, values: ratios(cost(of), cost(to)), target, faults }),
    figure({
      section: "streams",
      path,
      against: `${against}, by the clock`,
      values: ratios(speed(of), speed(to)),
      faults,
    }),
  ];
}

function lateness(turns: Turns, key: ContenderKey, other: ContenderKey, target?: Target): Figure[] {
  const [of, to] = [turns.get(key), turns.get(other)];
  if (!of || !to) return [];
  const p99 = (each: readonly FanoutTurn[]) => each.map((turn) => turn.p99);
  const path = `${CONTENDERS[key].name}, ${PACED} changes a second: p99 from publishing to receiving`;
  const against = `p99 of ${CONTENDERS[other].name}`;
  return [
    figure({ section: "streams", path, against, values: ratios(p99(of), p99(to)), target, faults: faultsOf(of, to) }),
  ];
}

function faultsOf(...turns: readonly (readonly FanoutTurn[])[]): readonly string[] {
  return [...new Set(turns.flat().flatMap(({ faults }) => faults))].slice(0, 3);
}

function speedsOf(turns: Turns, how: string): readonly Speed[] {
  return [...turns].map(([key, each]) => ({
    name: `${CONTENDERS[key].name}, ${how}`,
    perSecond: median(each.map(({ perSecond }) => perSecond)),
    p50: median(each.map(({ p50 }) => p50)),
    p99: median(each.map(({ p99 }) => p99)),
    cpuMicros: median(each.map(({ cpuMicros }) => cpuMicros)),
  }));
}

/** Bytes that a subscriber takes above a bare socket, in fresh servers with the gateway's own limits of memory. */
async function idling({ form, say }: SectionContext, audience: Child): Promise<readonly Figure[]> {
  say(`streams: memory of ${form.idleSubscribers.toLocaleString("en")} idle subscribers`);
  const bytes = async (key: ContenderKey, script: string, argument: string): Promise<number> => {
    const { protocol, path } = CONTENDERS[key];
    const query = key === "graphql" ? "subscription { eventChanges { type cursor event { id status } } }" : undefined;
    const way: Way = { protocol, path, ...(query ? { query } : {}) };
    const server = await StreamServer.start(script, argument, startFlags());
    const { value } = await askTrial(audience, server, { kind: "idle", way, size: form.idleSubscribers });
    await server.child.end();
    return value;
  };
  const raw = await bytes("raw", "raw.mjs", String(MESSAGE_BYTES));
  const figures: Figure[] = [];
  for (const key of ["graphql", "socket", "sse"] as const) {
    const directory = scratch();
    const value = (await bytes(key, "gateway.mjs", directory)) - raw;
    rmSync(directory, { recursive: true });
    figures.push(
      figure({
        section: "streams",
        path: `${CONTENDERS[key].name}, memory of an idle subscriber`,
        against: "KB above raw ws",
        values: [value / 1024],
        target: under(20),
      }),
    );
  }
  return figures;
}

/** One who was away for long, while others go on listening to the same gateway. */
async function catchingUp({ form, say }: SectionContext, data: Filled, audience: Child): Promise<readonly Figure[]> {
  const directory = writableCopy(data);
  const changes = Math.min(CAUGHT_UP, data.rows);
  say(`streams: catching up with ${changes.toLocaleString("en")} changes`);
  const fanout = await Fanout.start("sse", MESSAGE_BYTES, directory);
  await fanout.open(form.subscribers, audience);
  const paced = { together: 1, rate: BESIDE / form.subscribers, millis: form.pacedMillis, most: MOST };
  const speeds: number[] = [];
  const quiet: FanoutTurn[] = [];
  const busy: FanoutTurn[] = [];
  const faults: string[] = [];
  const way = { protocol: "sse", path: STREAM } as const;
  const checked = await askTrial(audience, fanout.server, { kind: "catchUp", way, changes });
  faults.push(...checked.faults);
  const unchecked = Math.min(changes, checked.messages ?? 0);
  await fanout.turn(paced);
  for (let round = 0; round < form.liveRounds; round += 1) {
    quiet.push(await fanout.turn(paced));
    let isOver = false;
    const running = fanout.turn(paced).then((turn) => {
      isOver = true;
      return turn;
    });
    const reached: number[] = [];
    while (!isOver) {
      const { value, faults: found } = await askTrial(audience, fanout.server, {
        kind: "catchUp",
        way,
        changes,
        unchecked,
      });
      reached.push(value);
      faults.push(...found);
    }
    speeds.push(median(reached));
    busy.push(await running);
  }
  await fanout.close();
  const path = `SSE, catching up with ${changes.toLocaleString("en")} changes`;
  const p99 = (each: readonly FanoutTurn[]) => each.map((turn) => turn.p99);
  return [
    figure({ section: "streams", path, against: "changes a second", values: speeds, target: atLeast(50_000), faults }),
    figure({
      section: "streams",
      path: "SSE, p99 of the others meanwhile",
      against: "p99 without",
      values: ratios(p99(busy), p99(quiet)),
      target: under(2),
      faults: faultsOf(quiet, busy),
    }),
  ];
}
