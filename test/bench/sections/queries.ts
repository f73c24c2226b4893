// The list, GraphQL and statistics against the baselines: one contest, since they are measured against one another.
// Before it, all servers must have given the same answers to the same questions.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { disagreements } from "../agreement.ts";
import { type Filled, PLAIN_FILE, ROOT, scratch } from "../cache.ts";
import { Child } from "../child.ts";
import { type Contestant, contest, speedOf } from "../contest.ts";
import { atLeast, under } from "../figures.ts";
import { startGateway } from "../gatewayProcess.ts";
import type { Section } from "../options.ts";
import type { RequestKind } from "../requests.ts";
import { Found } from "./found.ts";
import type { Findings, SectionContext } from "./section.ts";

const NAMES = {
  bare: "b: node:http + SQLite + JSON.stringify",
  mercurius: "mercurius with JIT",
  yoga: "graphql-yoga",
  apollo: "plain Apollo + Koa + type-graphql",
} as const;

type Baseline = keyof typeof NAMES;

export async function queries(
  { form, load, say }: SectionContext,
  data: Filled,
  sections: ReadonlySet<Section>,
): Promise<Findings> {
  const directory = scratch();
  say("starting the gateway and the baselines");
  const gateway = await startGateway({ dataDir: data.directory, scratch: directory });
  const baselines = {
    bare: startBaseline("bare", data),
    mercurius: startBaseline("mercurius", data),
    yoga: startBaseline("yoga", data),
    apollo: startBaseline("apollo", data),
  };
  const contestants: Contestant[] = [];
  const baseline = async (name: Baseline): Promise<void> => {
    const server = baselines[name];
    const { port } = await server.next<{ port: number }>("port");
    const kind = name === "bare" ? "list" : "graphql";
    contestants.push({ name: NAMES[name], server, port, kind, rows: data.rows });
  };
  const asked = (name: string, kind: RequestKind, ...of: readonly Section[]): void => {
    if (of.some((section) => sections.has(section))) {
      contestants.push({ name, server: gateway.child, port: gateway.port, kind, rows: data.rows });
    }
  };
  // In the order of their turns: what is compared stands close together.
  const list = "REST list, every request different";
  await baseline("bare");
  asked(list, "list", "list", "stats");
  asked("REST list, repeated", "listRepeated", "list");
  asked("REST list, If-None-Match", "listNotModified", "list");
  asked("statistics over 30 d", "summary", "stats");
  asked("trends over 30 d", "trends", "stats");
  await baseline("mercurius");
  await baseline("apollo");
  asked("POST /graphql, every request different", "graphql", "graphql");
  asked("POST /graphql, repeated", "graphqlRepeated", "graphql");
  await baseline("yoga");

  const wrong = await disagreements(
    load,
    contestants.filter(({ kind }) => kind === "list" || kind === "graphql"),
  );
  say(`${contestants.length} contestants, ${form.rounds} rounds`);
  const outcomes = await contest(load, form, contestants);
  const found = new Found(outcomes, wrong);
  const figures = [
    ...found.speed("list", list, NAMES.bare, atLeast(1.3)),
    ...found.speed("list", list, NAMES.mercurius, atLeast(1.5)),
    ...found.speed("list", "REST list, repeated", NAMES.bare, atLeast(7)),
    ...found.speed("list", "REST list, If-None-Match", NAMES.bare, atLeast(11)),
    ...found.speed("graphql", "POST /graphql, every request different", NAMES.apollo, atLeast(1.5)),
    ...found.speed("graphql", "POST /graphql, repeated", NAMES.apollo, atLeast(6)),
    ...found.p99("stats", "statistics over 30 d", list, under(2)),
    ...found.p99("stats", "trends over 30 d", list, under(2)),
    ...(["mercurius", "yoga", "apollo"] as const).flatMap((name) => found.speed("list", NAMES[name], NAMES.bare)),
  ];
  await Promise.all([gateway.child, ...Object.values(baselines)].map((child) => child.end()));
  rmSync(directory, { recursive: true });
  return { figures: figures.filter(({ section }) => sections.has(section as Section)), speeds: outcomes.map(speedOf) };
}

function startBaseline(name: Baseline, { directory }: Filled): Child {
  const script = join(ROOT, `test/bench/servers/${name}.mjs`);
  return new Child({ script, args: [join(directory, PLAIN_FILE)], core: "server" });
}
