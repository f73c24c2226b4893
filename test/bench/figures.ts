// What was measured: ratios of turns of the same round, their medians, and what they were to reach.
// A figure whose answers were wrong is not reached, whatever its speed.

export interface Target {
  readonly bound: "at least" | "under";
  readonly value: number;
}

export interface Figure {
  readonly section: string;
  readonly path: string;
  /** What it is measured against, or the unit of a figure that stands alone. */
  readonly against: string;
  /** One value a round. */
  readonly values: readonly number[];
  readonly median: number;
  readonly target: Target | undefined;
  readonly reached: boolean | undefined;
  readonly faults: readonly string[];
}

export interface FigureInput {
  readonly section: string;
  readonly path: string;
  readonly against: string;
  readonly values: readonly number[];
  readonly target?: Target | undefined;
  readonly faults?: readonly string[];
}

export function figure({ target, faults = [], ...rest }: FigureInput): Figure {
  const middle = median(rest.values);
  const reached = target && faults.length === 0 && holds(target, middle);
  return { ...rest, median: middle, target, reached: target === undefined ? undefined : reached === true, faults };
}

export const atLeast = (value: number): Target => ({ bound: "at least", value });
export const under = (value: number): Target => ({ bound: "under", value });

/** Round by round: what one did over what the other did right before or after it. */
export function ratios(of: readonly number[], to: readonly number[]): readonly number[] {
  return of.map((value, round) => value / (to[round] ?? Number.NaN));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

function holds({ bound, value }: Target, measured: number): boolean {
  return bound === "at least" ? measured >= value : measured < value;
}
