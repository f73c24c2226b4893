// A contest: servers that stay up take turns under the same load, round after round, so that a change of the machine's
// mood meets all of them. Every second round goes backwards, so that nobody always runs after the same neighbour.
import type { Child } from "./child.ts";
import { median } from "./figures.ts";
import type { LoadOrder, LoadResult } from "./load.ts";
import type { Form } from "./options.ts";
import type { Speed } from "./report.ts";
import type { RequestKind } from "./requests.ts";

export interface Contestant {
  readonly name: string;
  readonly server: Child;
  readonly port: number;
  readonly kind: RequestKind;
  readonly rows: number;
}

export interface Turn extends LoadResult {
  /** Microseconds that the server was on its core for one answer; NaN where the system does not say. */
  readonly cpuMicros: number;
}

export interface Outcome {
  readonly contestant: Contestant;
  /** One a round. */
  readonly turns: readonly Turn[];
}

/** Requests never repeat: not in a run, and not between runs of one bench. */
let seeds = 1;

export async function contest(
  load: Child,
  form: Form,
  contestants: readonly Contestant[],
): Promise<readonly Outcome[]> {
  const turns = new Map<Contestant, Turn[]>(contestants.map((contestant) => [contestant, []]));
  for (const contestant of contestants) await turn(load, form, contestant, form.warmMillis);
  for (let round = 0; round < form.rounds; round += 1) {
    for (const contestant of round % 2 === 0 ? contestants : [...contestants].reverse()) {
      turns.get(contestant)?.push(await turn(load, form, contestant, form.turnMillis));
    }
  }
  return contestants.map((contestant) => ({ contestant, turns: turns.get(contestant) ?? [] }));
}

export async function ordered(load: Child, order: Omit<LoadOrder, "seed">): Promise<LoadResult> {
  seeds += 1;
  const message = { load: { ...order, seed: seeds } };
  const { result } = await load.ask<{ result: LoadResult }>(message, "result", order.millis + 90_000);
  return result;
}

export function speedOf({ contestant, turns }: Outcome): Speed {
  return speed(contestant.name, turns);
}

export function speed(name: string, turns: readonly Turn[]): Speed {
  return {
    name,
    perSecond: median(turns.map(({ perSecond }) => perSecond)),
    p50: median(turns.map(({ p50 }) => p50)),
    p99: median(turns.map(({ p99 }) => p99)),
    cpuMicros: median(turns.map(({ cpuMicros }) => cpuMicros)),
  };
}

async function turn(load: Child, form: Form, contestant: Contestant, millis: number): Promise<Turn> {
  const { server, port, kind, rows } = contestant;
  return onItsCore(server, () => ordered(load, { port, kind, rows, connections: form.connections, millis }));
}

/** What a run of load cost the server. */
export async function onItsCore(server: Child, run: () => Promise<LoadResult>): Promise<Turn> {
  const before = server.cpuMillis();
  const result = await run();
  return { ...result, cpuMicros: ((server.cpuMillis() - before) * 1000) / result.requests };
}
