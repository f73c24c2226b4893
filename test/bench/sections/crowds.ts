// Crowds of subscribers that behave badly: that stop reading, are cut off, come and go. Nothing may be lost, and nothing may grow.
// Takes minutes, so only the full form has it.
import { rmSync } from "node:fs";
import { scratch } from "../cache.ts";
import { type Figure, figure, under } from "../figures.ts";
import { askTrial, QUERY, STREAM, StreamServer, startAudience } from "../streams/fanout.ts";
import type { Trial, Way } from "../streams/trials.ts";
import type { Findings, SectionContext } from "./section.ts";

const AFTER = `subscription ($after: String) { eventChanges(after: $after) { type cursor event { id status message } } }`;
const GRAPHQL: Way = { protocol: "graphql", path: "/graphql", query: AFTER };
const WAYS: readonly Way[] = [GRAPHQL, { protocol: "sse", path: STREAM }, { protocol: "socket", path: STREAM }];

interface Crowd {
  readonly path: string;
  readonly against: string;
  readonly unit: number;
  readonly target?: number;
  readonly trial: Trial;
}

const MEBI = 1024 * 1024;

const CROWDS: readonly Crowd[] = [
  {
    path: "2,000 subscribers, 200 of which stop reading, 2,000 changes: memory gained",
    against: "MB",
    unit: MEBI,
    target: 50,
    trial: { kind: "stopping", ways: WAYS, size: 2_000, changes: 2_000 },
  },
  {
    path: "60 subscribers cut off at random for 60 s at 200 changes/s, none missed",
    against: "times cut off",
    unit: 1,
    trial: { kind: "cutting", ways: WAYS, size: 60, millis: 60_000 },
  },
  {
    path: "10,000 subscriptions ended: heap gained",
    against: "MB",
    unit: MEBI,
    target: 1,
    trial: { kind: "unsubscribing", way: { ...GRAPHQL, query: QUERY }, times: 10_000 },
  },
];

export async function crowds({ say }: SectionContext): Promise<Findings> {
  const audience = await startAudience();
  const figures: Figure[] = [];
  for (const { path, against, unit, target, trial } of CROWDS) {
    say(`crowds: ${path}`);
    const directory = scratch();
    const server = await StreamServer.start("gateway.mjs", directory);
    const { value, faults } = await askTrial(audience, server, trial);
    await server.child.end();
    rmSync(directory, { recursive: true });
    figures.push(
      figure({
        section: "crowds",
        path,
        against,
        values: [value / unit],
        target: target === undefined ? undefined : under(target),
        faults,
      }),
    );
  }
  await audience.end();
  return { figures, speeds: [] };
}
