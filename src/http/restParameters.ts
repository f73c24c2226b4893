// From the path and the query string of a request to the variables of its operation, or to every fault that they have.
// Nothing is ignored: a name that is not known is a fault, for a mistyped filter would answer with everything.
import type { GraphQLSchema } from "graphql";
import { didYouMean } from "../events/nearest.ts";
import { quoted } from "../graph/faults.ts";
import { createValueReader, type ValueReader } from "./parameterValue.ts";
import { decodeSegment, readQuery } from "./queryText.ts";
import type { RestParameter, RestRoute, RestRule } from "./restRoute.ts";

export type Variables = Readonly<Record<string, unknown>>;

/** One fault of a request: a request is told all of its faults at once. */
export interface ParameterFault {
  readonly parameter: string;
  /** Names the parameter, the value, and what would be right. */
  readonly message: string;
}

export type ReadParameters =
  | { readonly ok: true; readonly variables: Variables }
  /** `variables` are those that could be read. */
  | { readonly ok: false; readonly faults: readonly ParameterFault[]; readonly variables: Variables };

/** More faults than anybody reads. */
const MAX_FAULTS = 50;

interface KnownParameter {
  readonly parameter: RestParameter;
  readonly read: ValueReader;
}

export class ParameterReader {
  readonly #path: readonly KnownParameter[];
  readonly #query: ReadonlyMap<string, KnownParameter>;
  readonly #names: readonly string[];
  readonly #defaults: Variables;
  readonly #required: readonly string[];
  readonly #rules: readonly RestRule[];

  constructor(route: Pick<RestRoute, "path" | "parameters" | "rules">, schema: GraphQLSchema) {
    const known = route.parameters.map((parameter) => ({ parameter, read: createValueReader(parameter, schema) }));
    const place = (name: string) => route.path.indexOf(`{${name}}`);
    this.#path = known
      .filter(({ parameter }) => parameter.in === "path")
      .sort((a, b) => place(a.parameter.name) - place(b.parameter.name));
    const query = known.filter(({ parameter }) => parameter.in === "query");
    this.#query = new Map(query.map((entry) => [entry.parameter.name, entry]));
    this.#names = [...this.#query.keys()];
    this.#defaults = Object.fromEntries(
      query.flatMap(({ parameter }) => (parameter.default === null ? [] : [[parameter.name, parameter.default]])),
    );
    this.#required = query.flatMap(({ parameter }) => (parameter.required ? [parameter.name] : []));
    this.#rules = route.rules;
  }

  /** `segments` are the path's placeholders, `query` is what follows the question mark; both still encoded. */
  read(segments: readonly string[], query: string): ReadParameters {
    if (query === "" && segments.length === 0 && this.#required.length === 0)
      return { ok: true, variables: this.#defaults };
    const reading = new Reading(this.#defaults);
    for (const [index, { parameter, read }] of this.#path.entries()) {
      const text = decodeSegment(segments[index] ?? "");
      if (text === undefined) reading.fault(parameter.name, "is not percent-encoded UTF-8");
      else reading.take(parameter, read, text);
    }
    const { pairs, malformed } = readQuery(query);
    for (const { name, value } of pairs) {
      const known = this.#query.get(name);
      if (known) reading.take(known.parameter, known.read, value);
      else reading.unknown(name, this.#whyUnknown(name));
    }
    for (const pair of malformed) reading.unknown(pair, `${quoted(pair)} is not percent-encoded UTF-8`);
    for (const name of this.#required) if (!reading.has(name)) reading.fault(name, "is required");
    for (const rule of this.#rules) reading.apply(rule);
    return reading.result();
  }

  #whyUnknown(name: string): string {
    if (this.#path.some(({ parameter }) => parameter.name === name))
      return `parameter ${quoted(name)} is given by the path`;
    return `unknown parameter ${quoted(name)}${didYouMean(name.slice(0, 80), this.#names)}`;
  }
}

/** The state of reading one request. */
class Reading {
  readonly #variables: Record<string, unknown>;
  readonly #parsed = new Map<string, unknown>();
  readonly #faults = new Map<string, ParameterFault>();

  constructor(defaults: Variables) {
    this.#variables = { ...defaults };
  }

  take(parameter: RestParameter, read: ValueReader, text: string): void {
    const { name } = parameter;
    if (!parameter.list) {
      if (this.#parsed.has(name)) this.fault(name, "is given more than once");
      this.#note(name, read(text), undefined);
      return;
    }
    const known = this.#parsed.get(name);
    const list: unknown[] = Array.isArray(known) ? known : [];
    this.#parsed.set(name, list);
    if (!text.includes(",")) this.#note(name, read(text), list);
    else for (const part of text.split(",")) this.#note(name, read(part), list);
    this.#variables[name] = list;
  }

  #note(name: string, result: ReturnType<ValueReader>, list: unknown[] | undefined): void {
    if ("fault" in result) {
      this.fault(name, result.fault);
      if (!list) this.#parsed.set(name, undefined);
    } else if (list) list.push(result.value);
    else {
      this.#variables[name] = result.value;
      this.#parsed.set(name, result.parsed);
    }
  }

  has(name: string): boolean {
    return this.#parsed.has(name);
  }

  fault(name: string, why: string): void {
    this.unknown(name, `${name}: ${why}`);
  }

  unknown(name: string, message: string): void {
    if (this.#faults.size < MAX_FAULTS) this.#faults.set(message, { parameter: name.slice(0, 80), message });
  }

  apply(rule: RestRule): void {
    if (rule.kind === "exclusive") {
      const others = rule.with.filter((name) => this.has(name));
      if (this.has(rule.parameter) && others.length > 0) {
        this.fault(rule.parameter, `is not taken together with ${others.join(" and ")}`);
      }
      return;
    }
    const from = this.#parsed.get(rule.from);
    const to = this.#parsed.get(rule.to);
    if (typeof from === "number" && typeof to === "number" && from > to) this.fault(rule.from, `is after ${rule.to}`);
  }

  result(): ReadParameters {
    if (this.#faults.size > 0) {
      return { ok: false, faults: [...this.#faults.values()], variables: this.#variables };
    }
    return { ok: true, variables: this.#variables };
  }
}
