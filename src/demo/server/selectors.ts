// Label and field selectors: what a list or watch keeps.
// Promises Kubernetes' grammar and its own texts for what it refuses (400).
import type { KubeObject } from "../kubeObject.ts";
import { badRequest } from "./statusError.ts";

export type Selector = (object: KubeObject) => boolean;

type Operator = "in" | "notin" | "=" | "==" | "!=" | "gt" | "lt" | "exists" | "!";
interface Requirement {
  readonly key: string;
  readonly operator: Operator;
  readonly values: readonly string[];
}

const BINARY: readonly Operator[] = ["in", "notin", "=", "==", "!=", "gt", "lt"];
const LABEL_VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;
const LABEL_NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;

/** `environment=dev,tier in (a, b),!legacy`; undefined when empty. */
export function labelSelector(text: string | undefined): Selector | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const requirements = new LabelParser(text).parse();
  return (object) => requirements.every((requirement) => holds(requirement, object.metadata.labels ?? {}));
}

function holds(requirement: Requirement, labels: Readonly<Record<string, string>>): boolean {
  const value = labels[requirement.key];
  switch (requirement.operator) {
    case "exists":
      return value !== undefined;
    case "!":
      return value === undefined;
    case "in":
    case "=":
    case "==":
      return value !== undefined && requirement.values.includes(value);
    case "notin":
    case "!=":
      return value === undefined || !requirement.values.includes(value);
    case "gt":
      return value !== undefined && Number(value) > Number(requirement.values[0]);
    case "lt":
      return value !== undefined && Number(value) < Number(requirement.values[0]);
  }
}

/** Reads one token at a time; the texts it throws name the token it found. */
class LabelParser {
  private readonly tokens: string[];
  private position = 0;

  constructor(text: string) {
    this.tokens = text.match(/[!=<>]+|[(),]|[^\s!=<>(),]+/g) ?? [];
  }

  parse(): Requirement[] {
    const requirements: Requirement[] = [];
    if (this.peek() === undefined) return requirements;
    for (;;) {
      const first = this.peek();
      if (first !== "!" && !isWord(first)) {
        throw badRequest(`found '${first ?? ""}', expected: !, identifier, or 'end of string'`);
      }
      requirements.push(this.requirement());
      const end = this.next();
      if (end === undefined) return requirements;
      if (end !== ",") throw badRequest(`found '${end}', expected: ',' or 'end of string'`);
      const after = this.peek();
      if (after !== "!" && !isWord(after)) {
        throw badRequest(`found '${after ?? ""}', expected: identifier after ','`);
      }
    }
  }

  private requirement(): Requirement {
    let token = this.next();
    const negated = token === "!";
    if (negated) token = this.next();
    if (token === undefined || !isWord(token)) throw this.fault(`found '${token ?? ""}', expected: identifier`);
    const key = token;
    this.checkKey(key);
    const following = this.peek();
    if (following === undefined || following === ",") return { key, operator: negated ? "!" : "exists", values: [] };
    const operator = this.operator();
    const values = operator === "in" || operator === "notin" ? this.list() : [this.exactValue()];
    for (const [index, value] of values.entries()) this.checkValue(value, index);
    return { key, operator, values };
  }

  private operator(): Operator {
    const token = this.next();
    const symbol = token === ">" ? "gt" : token === "<" ? "lt" : token;
    const operator = BINARY.find((known) => known === symbol);
    if (operator === undefined) throw this.fault(`found '${token ?? ""}', expected: ${BINARY.join(", ")}`);
    return operator;
  }

  private list(): string[] {
    const open = this.next();
    if (open !== "(") throw this.fault(`found '${open ?? ""}' expected: '('`);
    const values: string[] = [];
    for (;;) {
      const token = this.next();
      if (token === ")") return values.length === 0 ? [""] : values;
      if (token === undefined) throw this.fault("found '', expected: ',', ')' or identifier");
      if (token === ",") continue;
      if (!isWord(token)) throw this.fault(`found '${token}', expected: ',', ')' or identifier`);
      values.push(token);
    }
  }

  private exactValue(): string {
    const token = this.peek();
    if (token === undefined || token === ",") return "";
    if (!isWord(token)) throw this.fault(`found '${token}', expected: identifier`);
    this.position += 1;
    return token;
  }

  private checkKey(key: string): void {
    const name = key.slice(key.indexOf("/") + 1);
    if (name.length > 63 || !LABEL_NAME.test(name)) {
      throw this.fault(
        `key: Invalid value: ${JSON.stringify(key)}: name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')`,
      );
    }
  }

  private checkValue(value: string, index: number): void {
    if (value.length <= 63 && LABEL_VALUE.test(value)) return;
    throw this.fault(
      `values[${index}]: Invalid value: ${JSON.stringify(value)}: a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')`,
    );
  }

  private fault(why: string) {
    return badRequest(`unable to parse requirement: ${why}`);
  }

  private peek(): string | undefined {
    return this.tokens[this.position];
  }

  private next(): string | undefined {
    const token = this.tokens[this.position];
    this.position += 1;
    return token;
  }
}

function isWord(token: string | undefined): boolean {
  return token !== undefined && !/[!=<>(),]/.test(token);
}

/** How a field of an object reads in a selector, for each name that the resource supports. */
export type SelectableFields = Readonly<Record<string, (object: KubeObject) => string>>;

export const METADATA_FIELDS: SelectableFields = {
  "metadata.name": (object) => object.metadata.name ?? "",
  "metadata.namespace": (object) => object.metadata.namespace ?? "",
};

/** `reason=BackOff,type!=Normal` over the fields the resource supports; undefined when empty. */
export function fieldSelector(text: string | undefined, fields: SelectableFields): Selector | undefined {
  if (text === undefined || text.trim() === "") return undefined;
  const terms = splitUnescaped(text)
    .filter((term) => term !== "")
    .map((term) => {
      const match = /^(.*?)(!=|==|=)(.*)$/.exec(term);
      if (match === null) throw badRequest(`invalid selector: '${text}'; can't understand '${term}'`);
      const [, name = "", operator = "", raw = ""] = match;
      if (/(^|[^\\])=/.test(raw)) throw badRequest(`invalid field selector: ${JSON.stringify(raw)}: invalid value`);
      const read = Object.hasOwn(fields, name) ? fields[name] : undefined;
      if (read === undefined) throw badRequest(`field label not supported: ${name}`);
      return { read, equal: operator !== "!=", value: raw.replaceAll(/\\(.)/g, "$1") };
    });
  return (object) => terms.every((term) => (term.read(object) === term.value) === term.equal);
}

function splitUnescaped(text: string): string[] {
  return text.split(/(?<!\\),/);
}

/** Both at once; undefined when neither selects anything. */
export function both(first: Selector | undefined, second: Selector | undefined): Selector | undefined {
  if (first === undefined) return second;
  if (second === undefined) return first;
  return (object) => first(object) && second(object);
}
