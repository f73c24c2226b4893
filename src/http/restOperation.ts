// One route, ready to serve: its parameters are read, its operation is compiled, its answer is encoded.
// It knows its operation and nothing of what the operation is about.
import type { EventRecord } from "../events/eventRecord.ts";
import type { GraphContext } from "../graph/context.ts";
import type { Executor } from "../graph/execute.ts";
import type { Operation } from "../graph/operation.ts";
import { createEncoder, type Encode, reader } from "./restEncode.ts";
import { failedOperation, faultyParameters, gone, missing, type Refusal } from "./restErrors.ts";
import { ParameterReader, type ReadParameters, type Variables } from "./restParameters.ts";
import type { FailingStatus, NextPage, RestMedia, RestParameter, RestRoute } from "./restRoute.ts";

export type Outcome =
  | { readonly ok: true; readonly status: number; readonly text: string; readonly nextCursor: string | undefined }
  | { readonly ok: false; readonly refusal: Refusal };

type FaultyParameters = Extract<ReadParameters, { readonly ok: false }>;

export class RestOperation {
  readonly route: RestRoute;
  readonly produces: RestMedia;
  readonly #parameters: ParameterReader;
  readonly #operation: Operation;
  readonly #encode: Encode;
  readonly #goneAt: ((data: unknown) => unknown) | undefined;
  readonly #nextCursor: ((data: unknown) => unknown) | undefined;
  readonly #statusOf: (data: unknown) => number;

  /** `formats` are the forms of the path, when there are several. */
  constructor(route: RestRoute, executor: Executor, formats: readonly string[]) {
    this.route = route;
    this.produces = route.produces;
    const parameters = formats.length > 1 ? [...route.parameters, formatParameter(formats)] : route.parameters;
    this.#parameters = new ParameterReader({ ...route, parameters }, executor.schema);
    const ready = isReady(route) ? executor.compileReady(route.body) : undefined;
    this.#operation = ready ?? executor.compile(route.body);
    this.#encode = createEncoder(route.answer, ready && storedText);
    this.#goneAt = route.gone ? reader(route.gone) : undefined;
    this.#statusOf = statusReader(route.failing);
    this.#nextCursor = route.next ? nextCursorReader(route.next) : undefined;
  }

  read(segments: readonly string[], query: string): ReadParameters {
    return this.#parameters.read(segments, query);
  }

  /**
   * The refusal of faulty parameters. The operation is asked as well, with the variables that could be read, for it may know
   * of more faults, and a caller is told all of them at once.
   */
  async refuse({ faults, variables }: FaultyParameters, context: GraphContext): Promise<Refusal> {
    const isWhole = this.route.parameters.every(({ name, required }) => !required || variables[name] !== undefined);
    if (!isWhole) return faultyParameters(faults);
    const outcome = await this.run(variables, context);
    const further = outcome.ok || outcome.refusal.code !== "BAD_USER_INPUT" ? [] : (outcome.refusal.errors ?? []);
    const told = new Set(faults.map(({ parameter }) => parameter));
    return faultyParameters([...faults, ...further.filter(({ parameter }) => parameter && !told.has(parameter))]);
  }

  async run(variables: Variables, context: GraphContext): Promise<Outcome> {
    const { data, errors } = await this.#operation.execute(variables, context);
    if (errors?.length || !data) return { ok: false, refusal: failedOperation(errors ?? [], this.route) };
    const absent = this.route.required.find((field) => data[field] === null);
    if (absent !== undefined) return { ok: false, refusal: missing(absent, this.route, variables) };
    const goneAt = this.#goneAt?.(data);
    if (typeof goneAt === "string") return { ok: false, refusal: gone(goneAt, this.route, variables) };
    const next = this.#nextCursor?.(data);
    return {
      ok: true,
      status: this.#statusOf(data),
      text: this.#encode(data, variables),
      nextCursor: typeof next === "string" ? next : undefined,
    };
  }
}

function statusReader(failing: FailingStatus | null): (data: unknown) => number {
  if (!failing) return () => 200;
  const read = reader(failing.path);
  return (data) => (read(data) === failing.when ? failing.status : 200);
}

/** The Link header's value for the page behind `cursor`. */
export function nextLink(path: string, query: string, { parameter, without }: NextPage, cursor: string): string {
  const kept = new URLSearchParams(query);
  for (const name of without) kept.delete(name);
  kept.set(parameter, cursor);
  return `<${path}?${kept}>; rel="next"`;
}

function nextCursorReader({ path, onlyIf }: NextPage): (data: unknown) => unknown {
  const cursor = reader(path);
  if (!onlyIf) return cursor;
  const isWanted = reader(onlyIf);
  return (data) => (isWanted(data) === true ? cursor(data) : undefined);
}

function isReady(route: RestRoute): boolean {
  return JSON.stringify(route.answer).includes('"ready":"');
}

/** What compileReady gives in the place of an object is its stored record, or one for a whole list of them. */
function storedText(record: unknown): string {
  return (record as Pick<EventRecord, "json">).json;
}

function formatParameter(formats: readonly string[]): RestParameter {
  const values = Object.fromEntries(formats.map((format) => [format, format]));
  const one = {
    in: "query",
    list: false,
    required: false,
    min: null,
    max: null,
    except: [],
    default: null,
    header: null,
  } as const;
  return { ...one, name: "format", type: "String", values };
}
