// JSON as Go's encoding/json writes it and complains about it.
// Promises that text made here is byte for byte what a Go server would send for the same keys in the same order.

const ESCAPED: Readonly<Record<string, string>> = {
  "<": "\\u003c",
  ">": "\\u003e",
  "&": "\\u0026",
  "\u2028": "\\u2028",
  "\u2029": "\\u2029",
};

/** Compact JSON with `<`, `>` and `&` escaped, as Go does by default. */
export function goJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(/[<>&\u2028\u2029]/g, (character) => ESCAPED[character] ?? character);
}

/** The same value with the keys of every object in byte order: how custom resources (maps in Go) are written. */
export function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  const entries = Object.entries(value).filter(([, inner]) => inner !== undefined);
  entries.sort(([first], [second]) => (first < second ? -1 : 1));
  return Object.fromEntries(entries.map(([key, inner]) => [key, sorted(inner)]));
}

/** What Go's decoder says is wrong with a text that `JSON.parse` refuses. */
export function goSyntaxError(text: string): string {
  const found = new GoScanner(text).firstFault();
  return found ?? "unexpected end of JSON input";
}

/** Walks a text by JSON's grammar up to its first fault. Answers undefined when the text ends too early. */
class GoScanner {
  private readonly text: string;
  private position = 0;
  private fault: string | undefined;

  constructor(text: string) {
    this.text = text;
  }

  firstFault(): string | undefined {
    if (this.value("looking for beginning of value") && this.skipSpace() !== undefined) {
      this.refuse("after top-level value");
    }
    return this.fault;
  }

  private value(context: string): boolean {
    const character = this.skipSpace();
    if (character === undefined) return false;
    if (character === "{") return this.members();
    if (character === "[") return this.elements();
    if (character === '"') return this.string();
    if (character === "-" || (character >= "0" && character <= "9")) return this.number();
    for (const literal of ["true", "false", "null"]) if (character === literal[0]) return this.literal(literal);
    return this.refuse(context);
  }

  private members(): boolean {
    this.position += 1;
    if (this.skipSpace() === "}") return this.advance();
    for (;;) {
      const key = this.skipSpace();
      if (key === undefined) return false;
      if (key !== '"') return this.refuse("looking for beginning of object key string");
      if (!this.string()) return false;
      const colon = this.skipSpace();
      if (colon === undefined) return false;
      if (colon !== ":") return this.refuse("after object key");
      this.position += 1;
      if (!this.value("looking for beginning of value")) return false;
      const end = this.skipSpace();
      if (end === "}") return this.advance();
      if (end === undefined) return false;
      if (end !== ",") return this.refuse("after object key:value pair");
      this.position += 1;
    }
  }

  private elements(): boolean {
    this.position += 1;
    if (this.skipSpace() === "]") return this.advance();
    for (;;) {
      if (!this.value("looking for beginning of value")) return false;
      const end = this.skipSpace();
      if (end === "]") return this.advance();
      if (end === undefined) return false;
      if (end !== ",") return this.refuse("after array element");
      this.position += 1;
    }
  }

  private string(): boolean {
    for (this.position += 1; this.position < this.text.length; this.position += 1) {
      const character = this.text[this.position] ?? "";
      if (character === '"') return this.advance();
      if (character < " ") return this.refuse("in string literal");
      if (character !== "\\") continue;
      this.position += 1;
      const escaped = this.text[this.position];
      if (escaped === undefined) return false;
      if (!'"\\/bfnrtu'.includes(escaped)) return this.refuse("in string escape code");
    }
    return false;
  }

  private number(): boolean {
    const match = /^-?\d*(\.\d+)?([eE][-+]?\d+)?/.exec(this.text.slice(this.position));
    this.position += match?.[0].length ?? 1;
    return true;
  }

  private literal(literal: string): boolean {
    for (const [index, expected] of [...literal].entries()) {
      const character = this.text[this.position];
      if (character === undefined) return false;
      if (character !== expected) return this.refuse(`in literal ${literal} (expecting '${literal[index]}')`);
      this.position += 1;
    }
    return true;
  }

  private skipSpace(): string | undefined {
    while (" \t\r\n".includes(this.text[this.position] ?? "x")) this.position += 1;
    return this.text[this.position];
  }

  private advance(): boolean {
    this.position += 1;
    return true;
  }

  private refuse(context: string): false {
    this.fault = `invalid character ${quoted(this.text[this.position] ?? "")} ${context}`;
    return false;
  }
}

function quoted(character: string): string {
  if (character === "'") return `'\\''`;
  if (character === '"') return `'"'`;
  const code = character.codePointAt(0) ?? 0;
  const isPrintable = (code >= 0x20 && code < 0x7f) || code > 0xa0;
  return isPrintable ? `'${character}'` : `'\\u${code.toString(16).padStart(4, "0")}'`;
}
