// The most recent warnings and errors, kept in memory for whoever asks what went wrong, whatever the log's level is.
// Bounded in number and in length, and without stack traces: it is shown to people who have no log at hand.
import type { LogFn, Logger } from "pino";

type Log = Pick<Logger, "debug" | "info" | "warn" | "error">;

export interface RecentWarning {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly level: "warn" | "error";
  readonly message: string;
  /** What was told beside the message, as far as it is a word or a number; of an error its message, as `error`. */
  readonly details: Readonly<Record<string, string | number | boolean>>;
}

const KEPT = 100;
const MAX_TEXT = 500;
const MAX_DETAILS = 12;

export class RecentWarnings {
  readonly #now: () => number;
  readonly #kept: RecentWarning[] = [];

  constructor(now: () => number) {
    this.#now = now;
  }

  /** Newest first, at most 100. */
  list(): readonly RecentWarning[] {
    return this.#kept.toReversed();
  }

  /** The log, heard from now on. */
  heardFrom(log: Log): Log {
    return {
      debug: log.debug.bind(log),
      info: log.info.bind(log),
      warn: this.#heard("warn", log),
      error: this.#heard("error", log),
    };
  }

  #heard(level: RecentWarning["level"], log: Log): LogFn {
    return (...told: unknown[]) => {
      this.#keep(level, told);
      (log[level] as (...told: unknown[]) => void).apply(log, told); // whichever of its forms was called
    };
  }

  #keep(level: RecentWarning["level"], [first, second]: readonly unknown[]): void {
    const isText = typeof first === "string";
    const message = cut(String((isText ? first : second) ?? ""));
    this.#kept.push({ at: this.#now(), level, message, details: isText ? {} : detailsOf(first) });
    if (this.#kept.length > KEPT) this.#kept.shift();
  }
}

function detailsOf(told: unknown): RecentWarning["details"] {
  if (told instanceof Error) return { error: cut(told.message) };
  const details: Record<string, string | number | boolean> = {};
  for (const [name, value] of Object.entries(told ?? {}).slice(0, MAX_DETAILS)) {
    if (value instanceof Error) details.error = cut(value.message);
    else if (typeof value === "string") details[name] = cut(value);
    else if (typeof value === "number" || typeof value === "boolean") details[name] = value;
  }
  return details;
}

function cut(text: string): string {
  return text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}…` : text;
}
