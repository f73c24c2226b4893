// One stream route, ready to serve: its parameters are read, its subscription is opened, each result is encoded as a message.
// Like RestOperation it knows its operation and nothing of what it is about; both transports of the route share it.
import type { IncomingHttpHeaders } from "node:http";
import type { ExecutionResult } from "graphql";
import type { EventRecord } from "../events/eventRecord.ts";
import type { GraphContext } from "../graph/context.ts";
import type { Executor } from "../graph/execute.ts";
import { START_ARGUMENTS } from "../graph/live.ts";
import type { LiveOperation, Opened } from "../graph/liveOperation.ts";
import type { Encoder, Message } from "./live/message.ts";
import { problem } from "./problem.ts";
import { createEncoder, reader } from "./restEncode.ts";
import { failedOperation, faultyParameters, type Refusal } from "./restErrors.ts";
import { ParameterReader, type ReadParameters } from "./restParameters.ts";
import type { MessageShape, RestRoute } from "./restRoute.ts";

export interface StreamRoute extends RestRoute {
  readonly message: MessageShape;
}

export function isStreamRoute(route: RestRoute): route is StreamRoute {
  return route.message !== null;
}

export class StreamOperation {
  readonly route: StreamRoute;
  readonly encoder: Encoder;
  readonly #parameters: ParameterReader;
  readonly #filterParameters: ParameterReader;
  readonly #operation: LiveOperation;

  constructor(route: StreamRoute, executor: Executor) {
    this.route = route;
    this.#parameters = new ParameterReader(route, executor.schema);
    const starts = new Set([...START_ARGUMENTS].map((argument) => route.argumentNames[argument]));
    const parameters = route.parameters.filter(({ name }) => !starts.has(name));
    this.#filterParameters = new ParameterReader({ ...route, parameters }, executor.schema);
    const ready = executor.compileLiveReady(route.body);
    this.#operation = ready ?? executor.compileLive(route.body);
    this.encoder = messageEncoder(route, ready !== undefined);
  }

  read(segments: readonly string[], query: string, headers: IncomingHttpHeaders = {}): ReadParameters {
    const read = this.#parameters.read(segments, query);
    const given = this.route.parameters.flatMap(({ name, header }) => {
      const value = header === null ? undefined : headers[header.toLowerCase()];
      return typeof value === "string" && value !== "" ? [[name, value] as const] : [];
    });
    return { ...read, variables: { ...read.variables, ...Object.fromEntries(given) } };
  }

  /** The filter of a message, by the names of the query's parameters; those that say where to begin are not among them. */
  readFilter(filter: Readonly<Record<string, unknown>>): ReadParameters {
    const query = new URLSearchParams();
    for (const [name, value] of Object.entries(filter)) {
      for (const each of Array.isArray(value) ? value : [value]) if (each !== null) query.append(name, String(each));
    }
    return this.#filterParameters.read([], query.toString());
  }

  /** Whether a place to go on from was given. */
  isResuming({ variables }: ReadParameters): boolean {
    return this.route.parameters.some(({ name, header }) => header !== null && variables[name] !== undefined);
  }

  async open(read: ReadParameters, context: GraphContext): Promise<Opened | Refusal> {
    const opened = await this.#operation.open(read.variables, context);
    const further = "errors" in opened ? failedOperation(opened.errors, this.route) : undefined;
    if (read.ok) return further ?? (opened as Opened); // it has no errors
    const told = new Set(read.faults.map(({ parameter }) => parameter));
    const others = further?.code === "BAD_USER_INPUT" ? (further.errors ?? []) : [];
    return faultyParameters([...read.faults, ...others.filter(({ parameter }) => parameter && !told.has(parameter))]);
  }
}

function messageEncoder(route: StreamRoute, isReady: boolean): Encoder {
  const storedText = isReady ? (record: unknown) => (record as Pick<EventRecord, "json">).json : undefined; // as compileReady gives them
  const idOf = reader(route.message.id);
  const encode = createEncoder(route.answer, storedText);
  const named = route.message.named.map(({ name, path, shape }) => {
    return { name, find: reader(path), encode: createEncoder(shape, storedText) };
  });
  return {
    key: route.id,
    encode({ data, errors }: ExecutionResult): Omit<Message, "place"> {
      if (errors?.length || !data) return failedMessage(failedOperation(errors ?? [], route));
      const id = String(idOf(data));
      for (const { name, find, encode: write } of named) {
        const value = find(data);
        if (value !== null && value !== undefined) return { id, name, text: write(value, {}) };
      }
      return { id, name: undefined, text: encode(data, {}) };
    },
  };
}

function failedMessage(refusal: Refusal): Omit<Message, "place"> {
  return { id: "", name: "error", text: JSON.stringify(problem({ ...refusal, requestId: "unknown" })) };
}
