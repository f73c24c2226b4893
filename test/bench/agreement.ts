// Nobody wins by being wrong: before the load, all servers are asked the same and must answer the same.
// What may differ: places in the sequence and the spelling of enums, lists of tags and maps of them.
import type { Child } from "./child.ts";
import type { Contestant } from "./contest.ts";
import type { SampleOrder } from "./loadProcess.ts";

const QUESTIONS = 5;
const SEED = 99;

interface Page {
  readonly total: number;
  readonly hasMore: boolean;
  readonly events: readonly Readonly<Record<string, unknown>>[];
}

/** What is wrong: one line for each contestant that does not answer as the first one does. */
export async function disagreements(load: Child, contestants: readonly Contestant[]): Promise<readonly string[]> {
  const faults: string[] = [];
  let right: readonly string[] | undefined;
  for (const { name, port, kind, rows } of contestants) {
    const sample: SampleOrder = { port, kind, rows, seed: SEED, n: QUESTIONS };
    const { bodies } = await load.ask<{ bodies: string[] }>({ sample }, "bodies");
    const answers = bodies.map((body) => JSON.stringify(pageOf(JSON.parse(body))));
    right ??= answers;
    const wrong = answers.findIndex((answer, index) => answer !== right?.[index]);
    if (wrong >= 0) faults.push(`${name} answers otherwise: ${difference(answers[wrong] ?? "", right[wrong] ?? "")}`);
  }
  return faults;
}

function pageOf(body: unknown): Page {
  const { data, events, pagination } = body as {
    readonly data?: {
      readonly events: {
        readonly nodes: Page["events"];
        readonly totalCount: number;
        readonly pageInfo: { readonly hasNextPage: boolean };
      };
    };
    readonly events: Page["events"];
    readonly pagination: { readonly total: number; readonly hasMore: boolean };
  }; // one of the two forms; another one fails the comparison
  return data
    ? {
        total: data.events.totalCount,
        hasMore: data.events.pageInfo.hasNextPage,
        events: data.events.nodes.map(plainEvent),
      }
    : { total: pagination.total, hasMore: pagination.hasMore, events: events.map(plainEvent) };
}

function plainEvent(event: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { cursor: _cursor, resourceName: _name, tags, status, severity, ...rest } = event;
  const entries = Array.isArray(tags)
    ? (tags as readonly { readonly key: string; readonly value: string }[]).map(({ key, value }) => [key, value])
    : Object.entries(tags ?? {});
  return sorted({ ...rest, status: lower(status), severity: lower(severity), tags: entries.sort() });
}

function sorted(value: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function lower(value: unknown): string {
  return String(value).toLowerCase();
}

function difference(a: string, b: string): string {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at += 1;
  const from = Math.max(0, at - 40);
  return `…${a.slice(from, at + 60)}… where the first says …${b.slice(from, at + 60)}…`;
}
