// How the API server can be told to misbehave: a list of rules, each a match, an effect and a number of times, and
// things done at once to what is open now.
// Promises that a rule counts exactly the requests it has spoiled, and that without rules nothing differs.
import { type Effect, type FaultRule, type Match, matches, type RequestFacts } from "./faultRule.ts";

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
