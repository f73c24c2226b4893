// Log lines for somebody who watches a terminal: one line each, the time of day, the level, the text, then what goes with it.
// Not pino-pretty: that is thirteen packages for what is these few lines, and nobody looks at them in production.
import { inspect } from "node:util";

export interface Terminal {
  write(text: string): void;
}

export interface TerminalOptions {
  readonly colors: boolean;
}

/** By pino's numbers. */
const LEVELS: ReadonlyMap<number, readonly [name: string, color: string]> = new Map([
  [10, ["TRACE", "gray"]],
  [20, ["DEBUG", "gray"]],
  [30, ["INFO", "green"]],
  [40, ["WARN", "yellow"]],
  [50, ["ERROR", "red"]],
  [60, ["FATAL", "red"]],
]);

/** Words that need no quotes; all else could be taken for something else, or could steer the terminal. */
const PLAIN = /^[\w./:@%?&=,+~…-]+$/;

interface Line {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string; readonly stack?: string };
  readonly [field: string]: unknown;
}

/** Where pino writes to: takes its lines, and writes ours. */
export function terminalLog(terminal: Terminal, { colors }: TerminalOptions): Terminal {
  return {
    write(text) {
      terminal.write(`${readable(JSON.parse(text) as Line, colors)}\n`); // pino's own
    },
  };
}

function readable({ level, time, msg = "", err, ...fields }: Line, colors: boolean): string {
  const [name, color] = LEVELS.get(level) ?? [String(level), "gray"];
  const painted = (text: string, tone: string): string => {
    const [on, off] = (colors && inspect.colors[tone]) || [];
    return on === undefined ? text : `\u001b[${on}m${text}\u001b[${off}m`;
  };
  const told = Object.entries(fields).map(([field, value]) => `${painted(`${field}=`, "gray")}${word(value)}`);
  const text = harmless(msg).replaceAll("\n", "\\n");
  const head = [clock(time), painted(name.padEnd(5), color), text, ...told].join(" ");
  const trouble = err?.stack ?? err?.message;
  return trouble === undefined ? head : `${head}\n${harmless(trouble).replaceAll(/^/gm, "    ")}`;
}

/** `15:04:05.123` of where the terminal is. */
function clock(time: string): string {
  const at = new Date(time);
  const [clocked = ""] = at.toTimeString().split(" ");
  return `${clocked}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

function word(value: unknown): string {
  if (typeof value === "string" && PLAIN.test(value)) return value;
  return harmless(JSON.stringify(value));
}

/** Control characters but for line ends, spelled out. */
function harmless(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it is about
  return text.replaceAll(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`;
  });
}
