// Watch lines to stored events, against the barest way of keeping them, in one process and in turns: a table by the id, with no
// secondary index and no sums. A table without a key is beside it: a log, which stores a line that comes again twice.
// The store that is written to is a copy: the filled one stays as it is.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { type Filled, ROOT, writableCopy } from "../cache.ts";
import { Child } from "../child.ts";
import { atLeast, figure, ratios } from "../figures.ts";
import type { IngestResult } from "../ingestProcess.ts";
import type { Findings, SectionContext } from "./section.ts";

export async function ingest({ form, say }: SectionContext, data: Filled): Promise<Findings> {
  const copy = writableCopy(data);
  say(`ingesting ${form.ingestLines.toLocaleString("en")} lines a round onto ${data.rows.toLocaleString("en")} events`);
  const child = new Child({
    script: join(ROOT, "test/bench/ingestProcess.ts"),
    args: [copy, data.directory, data.rows, form.ingestLines, Math.max(3, form.rounds)].map(String),
    core: "any", // nothing else is measured meanwhile, and the gateway writes on a thread of its own
  });
  const { ingested } = await child.next<{ ingested: IngestResult }>("ingested", 600_000);
  await child.exited;
  rmSync(copy, { recursive: true });
  const figures = [
    figure({
      section: "ingest",
      path: `ingest, watch lines (${Math.round(ingested.bytesPerLine)} bytes) to stored`,
      against: "JSON.parse + insert by primary key, no other index",
      values: ratios(ingested.gateway, ingested.keyed),
      target: atLeast(1 / 3),
      faults: ingested.faults,
    }),
    figure({
      section: "ingest",
      path: "ingest",
      against: "the same without a key: a log, which stores what it has twice",
      values: ratios(ingested.gateway, ingested.bare),
      faults: ingested.faults,
    }),
    figure({ section: "ingest", path: "ingest", against: "events a second", values: ingested.gateway }),
    figure({
      section: "ingest",
      path: "JSON.parse + insert without a key",
      against: "events a second",
      values: ingested.bare,
    }),
    figure({
      section: "ingest",
      path: "JSON.parse + insert by primary key",
      against: "events a second",
      values: ingested.keyed,
    }),
  ];
  return { figures, speeds: [] };
}
