// The nearest of the known names to a mistyped one, by edit distance: what an error offers instead.
import { distance } from "fastest-levenshtein";

/** The first of the nearest names; undefined when there are none, or when none shares at least half of the word. */
export function nearestName(word: string, names: readonly string[]): string | undefined {
  const folded = word.toLowerCase().slice(0, 64);
  let best: string | undefined;
  let least = Number.POSITIVE_INFINITY;
  for (const name of names) {
    const steps = distance(folded, name.toLowerCase());
    if (steps < least) {
      best = name;
      least = steps;
    }
  }
  return best !== undefined && least <= Math.max(2, Math.max(folded.length, best.length) / 2) ? best : undefined;
}

/** `: did you mean "eventType"?`, or nothing when no name is near. */
export function didYouMean(word: string, names: readonly string[]): string {
  const nearest = nearestName(word, names);
  return nearest === undefined ? "" : `: did you mean "${nearest}"?`;
}
