// How much of a text is looked at: more than any manifest needs, and little enough for an answer in a moment.
// Counted before anything is parsed, by one pass over the text's tokens.
import { Lexer } from "yaml";
import type { FindingCode } from "./finding.ts";

/** Bytes of UTF-8. */
export const MAX_MANIFEST = 256 * 1024;
export const MAX_DOCUMENTS = 100;
/** Objects and lists in each other; a Hook has six levels, an object of the API server some twenty. */
export const MAX_DEPTH = 50;
/** Values of all documents, each alias counted as what it stands for. */
export const MAX_VALUES = 50_000;
/** Words and signs: a quarter of a MiB of dense YAML has some 60,000. */
const MAX_TOKENS = 100_000;

/** What the lexer puts in front of the text of a scalar. */
const SCALAR = "\u001f";

export interface Excess {
  readonly code: Extract<FindingCode, "TOO_LARGE" | "TOO_DEEP" | "SYNTAX">;
  readonly at: number;
  readonly message: string;
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what it looks for
const CONTROL = /[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\ufffe\uffff]/;

/** Why the text is not to be parsed; undefined when it is. */
export function excessOf(text: string): Excess | undefined {
  const bytes = Buffer.byteLength(text);
  if (bytes > MAX_MANIFEST) {
    return { code: "TOO_LARGE", at: 0, message: `has ${bytes} bytes: at most ${MAX_MANIFEST} are looked at` };
  }
  const control = CONTROL.exec(text);
  if (control) {
    const shown = control[0].charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return { code: "SYNTAX", at: control.index, message: `U+${shown} is a control character: YAML takes none` };
  }
  return excessOfTokens(text);
}

function excessOfTokens(text: string): Excess | undefined {
  let at = 0;
  let tokens = 0;
  let depth = 0;
  /** Block collections that begin on this line: `- - - x`. */
  let nested = 0;
  let before = "";
  for (const token of new Lexer().lex(text)) {
    tokens += 1;
    if (before !== SCALAR) {
      if (token === "[" || token === "{") depth += 1;
      else if (token === "]" || token === "}") depth -= 1;
      else if (token === "-" || token === "?") nested += 1;
      else if (token.startsWith("\n") || token.startsWith("\r")) nested = 0;
    }
    if (depth > MAX_DEPTH || nested > MAX_DEPTH) return tooDeep(at);
    if (tokens > MAX_TOKENS) {
      return { code: "TOO_LARGE", at, message: `has more than ${MAX_TOKENS} words and signs: give less at once` };
    }
    if (token.length > 1 || token >= " " || token === "\n" || token === "\r" || token === "\t") at += token.length;
    before = token;
  }
  return undefined;
}

export function tooDeep(at: number): Excess {
  return { code: "TOO_DEEP", at, message: `nests deeper than ${MAX_DEPTH} levels: a Hook has six` };
}
