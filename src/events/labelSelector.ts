// Kubernetes label selectors: `app=web,tier!=db`, `env in (a,b)`, `env notin (a)`, `canary`, `!canary`.
// The grammar, the limits and the meaning are apimachinery's: every term must hold, and a missing label differs from any value.

type Labels = Readonly<Record<string, string>>;
export type LabelPredicate = (labels: Labels) => boolean;

export type ParsedSelector =
  | { readonly matches: LabelPredicate; readonly fault?: undefined }
  | { readonly matches?: undefined; readonly fault: string };

/** Far more than `kubectl -l` is ever given. */
const MAX_LENGTH = 4096;

const SIGN = /^[=!(),<>]/;
const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/;
const PREFIX = /^[a-z0-9](?:[-a-z0-9.]{0,251}[a-z0-9])?$/;

/** The predicate that the text means, or what is wrong with it. Blank text matches everything. */
export function parseLabelSelector(text: string): ParsedSelector {
  if (text.length > MAX_LENGTH) return { fault: `has ${text.length} characters: give at most ${MAX_LENGTH}` };
  try {
    const terms = new SelectorReader(text).terms();
    return { matches: (labels) => terms.every((term) => term(labels)) };
  } catch (error) {
    if (error instanceof SelectorFault) return { fault: error.message };
    throw error;
  }
}

class SelectorFault extends Error {}

/** Reads one selector from left to right. A token is an operator, a bracket, a comma, or a word. */
class SelectorReader {
  readonly #tokens: readonly string[];
  #next = 0;

  constructor(text: string) {
    this.#tokens = text.match(/==|!=|[=!(),<>]|[^\s=!(),<>]+/g) ?? [];
  }

  terms(): readonly LabelPredicate[] {
    const terms: LabelPredicate[] = [];
    if (this.#tokens.length === 0) return terms;
    do terms.push(this.#term());
    while (this.#take(","));
    if (this.#token !== undefined) throw this.#unexpected('"," or the end');
    return terms;
  }

  #term(): LabelPredicate {
    if (this.#take("!")) {
      const absent = this.#key();
      return (labels) => !Object.hasOwn(labels, absent);
    }
    const key = this.#key();
    if (this.#token === undefined || this.#token === ",") return (labels) => Object.hasOwn(labels, key);
    const operator = this.#token;
    this.#next++;
    switch (operator) {
      case "=":
      case "==":
        return oneOf(key, [this.#value()]);
      case "!=":
        return noneOf(key, [this.#value()]);
      case "in":
        return oneOf(key, this.#values());
      case "notin":
        return noneOf(key, this.#values());
      case "<":
      case ">":
        return this.#compared(key, operator);
      default:
        this.#next--;
        throw this.#unexpected('"=", "==", "!=", "in", "notin", "<" or ">"');
    }
  }

  #compared(key: string, operator: "<" | ">"): LabelPredicate {
    const bound = this.#value();
    if (!/^[+-]?\d+$/.test(bound)) throw new SelectorFault(`"${bound}" is no whole number, which "${operator}" needs`);
    return (labels) => {
      const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
      if (label === undefined || !/^[+-]?\d+$/.test(label)) return false;
      return operator === "<" ? BigInt(label) < BigInt(bound) : BigInt(label) > BigInt(bound);
    };
  }

  #key(): string {
    if (this.#token === "in" || this.#token === "notin") throw this.#unexpected("a label key");
    const key = this.#word("a label key");
    const [first = "", second, ...more] = key.split("/");
    const isQualified = second !== undefined && more.length === 0 && PREFIX.test(first) && NAME.test(second);
    if (!isQualified && !(second === undefined && NAME.test(first))) {
      throw new SelectorFault(`"${key}" is no label key: give [prefix/]name of letters, digits, "-", "_" and "."`);
    }
    return key;
  }

  #values(): readonly string[] {
    if (!this.#take("(")) throw this.#unexpected('"("');
    if (this.#token === ")") throw this.#unexpected("a label value");
    const values: string[] = [];
    do values.push(this.#value());
    while (this.#take(","));
    if (!this.#take(")")) throw this.#unexpected('"," or ")"');
    return values;
  }

  /** May be empty: `app=` asks for a label that is there and empty. */
  #value(): string {
    if (this.#token === undefined || this.#token === "," || this.#token === ")") return "";
    const value = this.#word("a label value");
    if (!NAME.test(value)) {
      throw new SelectorFault(`"${value}" is no label value: give at most 63 letters, digits, "-", "_" and "."`);
    }
    return value;
  }

  #word(expected: string): string {
    const word = this.#token;
    if (word === undefined || SIGN.test(word)) throw this.#unexpected(expected);
    this.#next++;
    return word;
  }

  get #token(): string | undefined {
    return this.#tokens[this.#next];
  }

  #take(token: string): boolean {
    if (this.#token !== token) return false;
    this.#next++;
    return true;
  }

  #unexpected(expected: string): SelectorFault {
    const found = this.#token === undefined ? "the end" : JSON.stringify(this.#token);
    return new SelectorFault(`${found} where ${expected} is expected`);
  }
}

function oneOf(key: string, values: readonly string[]): LabelPredicate {
  return (labels) => {
    const label = Object.hasOwn(labels, key) ? labels[key] : undefined;
    return label !== undefined && values.includes(label);
  };
}

function noneOf(key: string, values: readonly string[]): LabelPredicate {
  const isOne = oneOf(key, values);
  return (labels) => !isOne(labels);
}
