// How the gateway's answers slow down as its store grows tenfold: two gateways, the same questions, in turns.
// Ranges are shorter in the larger store, so that an answer is about as many events in both.
import { rmSync } from "node:fs";
import { type Filled, scratch } from "../cache.ts";
import { contest, speedOf } from "../contest.ts";
import { under } from "../figures.ts";
import { type GatewayProcess, startGateway } from "../gatewayProcess.ts";
import type { RequestKind } from "../requests.ts";
import { Found } from "./found.ts";
import type { Findings, SectionContext } from "./section.ts";

export async function growth({ form, load, say }: SectionContext, small: Filled, large: Filled): Promise<Findings> {
  const stores = [small, large];
  const directories = stores.map(() => scratch());
  say(`starting a gateway on ${small.rows.toLocaleString("en")} and one on ${large.rows.toLocaleString("en")} events`);
  const gateways: { readonly store: Filled; readonly gateway: GatewayProcess }[] = [];
  for (const [index, store] of stores.entries()) {
    const gateway = await startGateway({ dataDir: store.directory, scratch: directories[index] ?? "" });
    gateways.push({ store, gateway });
  }
  const kinds = ["list", "firing", "deep", "trends", "trendsOfDay"] as const;
  const name = (kind: RequestKind, { rows }: Filled): string => `${kind} at ${rows.toLocaleString("en")}`;
  const contestants = kinds.flatMap((kind) =>
    gateways.map(({ store, gateway: { child, port } }) => ({
      name: name(kind, store),
      server: child,
      port,
      kind,
      rows: store.rows,
    })),
  );
  const outcomes = await contest(load, form, contestants);
  const found = new Found(outcomes, []);
  const figures = kinds.flatMap((kind) => found.p99("growth", name(kind, large), name(kind, small), under(2)));
  await Promise.all(gateways.map(({ gateway }) => gateway.child.end()));
  for (const directory of directories) rmSync(directory, { recursive: true });
  return { figures, speeds: outcomes.map(speedOf) };
}
