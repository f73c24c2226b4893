// How the API server can be told to misbehave: a list of rules, each a match, an effect and a number of times, and
// things done at once to what is open now.
// Promises that a rule counts exactly the requests it has spoiled, and that without rules nothing differs.
import { failure } from "./statusError.ts";

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

export interface FixedAnswer {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface FaultRule {
  readonly match?: Match;
  readonly effect: Effect;
  /** How many matching requests it spoils; default: all. */
  readonly times?: number;
  /** How many matching requests it lets pass first. */
  readonly skip?: number;
}

export interface ActiveFault {
  readonly rule: FaultRule;
  /** How many requests it has spoiled. */
  readonly hits: number;
  remove(): void;
}

/** What the server lets faults do to what is open now. */
export interface ServerControls {
  /** Ends matching watches cleanly and says how many. */
  closeWatches(match: Match): number;
  /** Writes raw text into matching open watches and says how many. */
  say(match: Match, text: string): number;
  /** Tears down every connection that is serving a matching request and says how many. */
  dropConnections(match: Match): number;
  expireVersions(watchCache: "kept" | "dropped"): void;
  down(connections: "kept" | "dropped"): Promise<void>;
  up(): Promise<void>;
}

class Active implements ActiveFault {
  readonly rule: FaultRule;
  hits = 0;
  private skipped = 0;
  private readonly forget: (fault: Active) => void;

  constructor(rule: FaultRule, forget: (fault: Active) => void) {
    this.rule = rule;
    this.forget = forget;
  }

  take(facts: RequestFacts): Effect | undefined {
    if (!matches(this.rule.match ?? {}, facts)) return undefined;
    if (this.skipped < (this.rule.skip ?? 0)) {
      this.skipped += 1;
      return undefined;
    }
    this.hits += 1;
    if (this.hits >= (this.rule.times ?? Number.POSITIVE_INFINITY)) this.remove();
    return this.rule.effect;
  }

  remove(): void {
    this.forget(this);
  }
}

export class Faults {
  private active: readonly Active[] = [];
  private controls: ServerControls | undefined;

  add(rule: FaultRule): ActiveFault {
    const fault = new Active(rule, (gone) => {
      this.active = this.active.filter((kept) => kept !== gone);
    });
    this.active = [...this.active, fault];
    return fault;
  }

  /** Behave again. Watches already spoiled stay so. */
  clear(): void {
    this.active = [];
  }

  /** The effects on this request, in the order their rules were added. */
  take(facts: RequestFacts): readonly Effect[] {
    return this.active.map((fault) => fault.take(facts)).filter((effect) => effect !== undefined);
  }

  /** Makes every resourceVersion and continue token given out so far too old; with the cache kept, for Events only. */
  expireVersions(options: { readonly watchCache?: "kept" | "dropped" } = {}): void {
    this.server().expireVersions(options.watchCache ?? "dropped");
  }

  closeWatches(match: Match = {}): number {
    return this.server().closeWatches(match);
  }

  say(match: Match, text: string): number {
    return this.server().say(match, text);
  }

  dropConnections(match: Match = {}): number {
    return this.server().dropConnections(match);
  }

  /** The port refuses. Open connections are torn down (a kill), or kept and served on (a termination). */
  down(options: { readonly connections?: "kept" | "dropped" } = {}): Promise<void> {
    return this.server().down(options.connections ?? "dropped");
  }

  /** The same port answers again. */
  up(): Promise<void> {
    return this.server().up();
  }

  attach(controls: ServerControls): void {
    this.controls = controls;
  }

  private server(): ServerControls {
    if (this.controls === undefined) throw new Error("these faults belong to no running server yet");
    return this.controls;
  }
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

const TEXT = { "Content-Type": "text/plain; charset=utf-8" };
const NO_SNIFF = { "X-Content-Type-Options": "nosniff" };

/** The error of this code as a server in trouble gives it. */
export function fixedAnswer(code: number): FixedAnswer {
  switch (code) {
    case 429:
      return {
        headers: { ...TEXT, ...NO_SNIFF, "Retry-After": "1" },
        body: "Too many requests, please try again later.\n",
      };
    case 504:
      // Written by the timeout filter, before there is a Status with a type.
      return {
        headers: TEXT,
        body: '{"metadata":{},"status":"Failure","message":"Timeout: request did not complete within the allotted timeout","reason":"Timeout","details":{},"code":504}\n',
      };
    case 401:
      return jsonAnswer({ code, message: "Unauthorized", reason: "Unauthorized" });
    case 403:
      return jsonAnswer({ code, message: "forbidden: not allowed for now", reason: "Forbidden" });
    case 410:
      return jsonAnswer({
        code,
        message: "The resourceVersion for the provided list is too old.",
        reason: "Expired",
      });
    case 500:
      return jsonAnswer({ code, message: "rpc error: code = Unavailable desc = error reading from server: EOF" });
    default:
      return jsonAnswer({
        code,
        message: "the server is currently unable to handle the request",
        reason: "ServiceUnavailable",
      });
  }
}

function jsonAnswer(of: { code: number; message: string; reason?: string }): FixedAnswer {
  return { headers: { "Content-Type": "application/json" }, body: `${JSON.stringify(failure(of))}\n` };
}
