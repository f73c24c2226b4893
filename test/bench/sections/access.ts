// What access control costs the list: one gateway that lets everybody see everything, and one that asks Kubernetes, on equal stores.
// The same requests to both; the second knows its callers and their rights, as it does but for a moment every 10 s.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Filled, ROOT, writableCopy } from "../cache.ts";
import { Child } from "../child.ts";
import { type Contestant, contest, speedOf } from "../contest.ts";
import { atLeast } from "../figures.ts";
import { startGateway } from "../gatewayProcess.ts";
import { Found } from "./found.ts";
import type { Findings, SectionContext } from "./section.ts";

const OPEN = "REST list without access control";
const VIEWER = "REST list, a caller who may see everything";
const MEMBER = "REST list, a caller with a right in each namespace";
const MOST = 0.9;
/** One caller asks for all that there is. */
const UNLIMITED = ["--rate-limit-requests", "off", "--rate-limit-cost", "off"];

export async function access({ form, load, say }: SectionContext, data: Filled): Promise<Findings> {
  const cluster = new Child({ script: join(ROOT, "test/bench/cluster.ts"), core: "load" });
  const { port } = await cluster.next<{ port: number }>("port");
  const copies = [writableCopy(data), writableCopy(data)] as const;
  const start = (dataDir: string, flags: readonly string[]) =>
    startGateway({ dataDir, scratch: dataDir, cluster: `http://127.0.0.1:${port}`, flags });
  const [open, guarded] = await Promise.all([
    start(copies[0], ["--auth-modes", "none"]),
    start(copies[1], ["--auth-modes", "kubernetes", ...UNLIMITED]),
  ]);
  const contestants: readonly Contestant[] = [
    { name: OPEN, server: open.child, port: open.port, kind: "list", rows: data.rows },
    { name: VIEWER, server: guarded.child, port: guarded.port, kind: "listByViewer", rows: data.rows },
    { name: MEMBER, server: guarded.child, port: guarded.port, kind: "listByMember", rows: data.rows },
  ];
  say(`access: ${contestants.length} contestants, ${form.rounds} rounds`);
  const outcomes = await contest(load, form, contestants);
  const found = new Found(outcomes, []);
  const figures = [VIEWER, MEMBER].flatMap((name) => found.speed("access", name, OPEN, atLeast(MOST)));
  await Promise.all([open.child.end(), guarded.child.end()]);
  await cluster.end();
  for (const copy of copies) rmSync(copy, { recursive: true });
  return { figures, speeds: outcomes.map(speedOf) };
}
