// One line in the list of faults: which requests it is about, what it does to them, how often.
// Promises plain data: a rule holds nothing of the server.
import type { FixedAnswer } from "./fixedAnswers.ts";

/** What a fault can tell requests apart by; what is left out matches everything. */
export interface RequestFacts {
  readonly method: string;
  /** `get`, `list`, `watch`, `create`, ... */
  readonly verb: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly group: string | undefined;
  readonly resource: string | undefined;
  readonly namespace: string | undefined;
  readonly name: string | undefined;
  readonly user: string | undefined;
}

export interface Match {
  readonly method?: string;
  readonly verb?: string | readonly string[];
  readonly path?: string | RegExp;
  readonly query?: Readonly<Record<string, string | RegExp>>;
  readonly group?: string;
  readonly resource?: string | readonly string[];
  readonly namespace?: string;
  readonly user?: string;
}

/** Where in an answer something happens: after so many whole lines (a body that is no watch is one line). */
interface After {
  readonly lines?: number;
}

export type Effect =
  /** Nothing for a while, then as usual. */
  | { readonly do: "delay"; readonly ms: number }
  /** The connection is taken and never answered. */
  | { readonly do: "stall" }
  /** The connection ends without a byte of answer. */
  | { readonly do: "refuse" }
  /** An error instead of the answer, in the server's own words unless others are given. */
  | ({ readonly do: "answer"; readonly code: number } & Partial<FixedAnswer>)
  /** The clean end of a watch, with no line to say so. */
  | ({ readonly do: "close" } & After)
  /** The connection is torn down without the final chunk. */
  | ({ readonly do: "drop" } & After)
  /** As drop, but in the middle of a line, inside a multi-byte character if the line has one. */
  | ({ readonly do: "cut" } & After)
  /** No more lines and no end either. */
  | ({ readonly do: "silence" } & After)
  /** A line that is no JSON, between lines that are. */
  | ({ readonly do: "junk"; readonly text?: string } & After)
  /** An ERROR line with this Status, then the clean end. Default: 410 Expired. */
  | ({ readonly do: "error"; readonly status?: unknown } & After)
  /** Bodies in chunks of these sizes in turn, the last repeated. */
  | { readonly do: "split"; readonly sizes: readonly number[] };

export interface FaultRule {
  readonly match?: Match;
  readonly effect: Effect;
  /** How many matching requests it spoils; default: all. */
  readonly times?: number;
  /** How many matching requests it lets pass first. */
  readonly skip?: number;
}

export function matches(match: Match, facts: RequestFacts): boolean {
  return (
    isOne(match.method, facts.method) &&
    isOne(match.verb, facts.verb) &&
    isOne(match.group, facts.group) &&
    isOne(match.resource, facts.resource) &&
    isOne(match.namespace, facts.namespace) &&
    isOne(match.user, facts.user) &&
    isLike(match.path, facts.path) &&
    Object.entries(match.query ?? {}).every(([name, wanted]) => isLike(wanted, facts.query.get(name) ?? ""))
  );
}

function isOne(wanted: string | readonly string[] | undefined, actual: string | undefined): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === actual : actual !== undefined && wanted.includes(actual);
}

function isLike(wanted: string | RegExp | undefined, actual: string): boolean {
  if (wanted === undefined) return true;
  return typeof wanted === "string" ? wanted === actual : wanted.test(actual);
}
