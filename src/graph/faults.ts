// The faults of one call's arguments, collected until all are known, so that a caller hears of every one at once.
// Texts in messages are cut: a fault never sends back more than it needs to be found.
import { badInput, type InputFault } from "./errors.ts";

/** More than any filter has of good use, and few enough to be looked up one by one. */
const MAX_LIST = 1000;
/** The longest name of a Kubernetes object is 253; a message of an Event has at most 1 KiB. */
const MAX_TEXT = 1024;

export class Faults {
  readonly #faults: InputFault[] = [];

  add(path: string, message: string): void {
    this.#faults.push({ path, message });
  }

  whole(path: string, value: number, least: number, most: number): void {
    if (value < least || value > most) {
      this.add(path, `${value} is out of range: give a whole number from ${least} to ${most}`);
    }
  }

  text(path: string, value: string | null | undefined): void {
    if (value && value.length > MAX_TEXT) {
      this.add(path, `has ${value.length} characters: give at most ${MAX_TEXT}`);
    }
  }

  texts(path: string, values: readonly string[] | null | undefined): void {
    if (!values) return;
    if (values.length > MAX_LIST) this.add(path, `has ${values.length} entries: give at most ${MAX_LIST}`);
    for (const [index, value] of values.slice(0, MAX_LIST).entries()) this.text(`${path}.${index}`, value);
  }

  /** Throws BAD_USER_INPUT with all of them; returns when there are none. */
  raise(): void {
    if (this.#faults.length > 0) throw badInput(this.#faults);
  }
}

/** A text as a message quotes it. */
export function quoted(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text);
}
