// What a contest has found: outcomes by name, and figures of two of them, round by round.
// Of contestants that did not run there are no figures; a figure carries all that was wrong with its answers.
import type { Outcome } from "../contest.ts";
import { type Figure, figure, ratios, type Target } from "../figures.ts";
import type { LoadResult } from "../load.ts";
import type { Section } from "../options.ts";

export class Found {
  readonly #outcomes: ReadonlyMap<string, Outcome>;
  readonly #wrong: readonly string[];

  constructor(outcomes: readonly Outcome[], wrong: readonly string[]) {
    this.#outcomes = new Map(outcomes.map((outcome) => [outcome.contestant.name, outcome]));
    this.#wrong = wrong;
  }

  speed(section: Section, path: string, against: string, target?: Target): readonly Figure[] {
    return this.#figure(section, path, against, against, target, ({ perSecond }) => perSecond);
  }

  p99(section: Section, path: string, against: string, target: Target): readonly Figure[] {
    return this.#figure(section, `${path}: p99`, `p99 of ${against}`, against, target, (turn) => turn.p99, path);
  }

  #figure(
    section: Section,
    path: string,
    against: string,
    other: string,
    target: Target | undefined,
    value: (turn: LoadResult) => number,
    name = path,
  ): readonly Figure[] {
    const of = this.#outcomes.get(name);
    const to = this.#outcomes.get(other);
    if (!of || !to) return [];
    const values = ratios(of.turns.map(value), to.turns.map(value));
    const faults = [...of.turns, ...to.turns].flatMap((turn) => turn.faults).concat(this.#wrong);
    return [figure({ section, path, against, values, target, faults: [...new Set(faults)].slice(0, 3) })];
  }
}
