// The OpenAPI document of all routes: what they take and answer, with every description of the schema behind them.
// It is written from the same models as the route table, so it cannot say anything else than what is served.
import type {
  Components,
  OpenapiDocument,
  Operation,
  Parameter,
  PathItem,
  PostItem,
  PostOperation,
  Reference,
  Response,
} from "../openapiDocument.ts";
import { createMediaChoice } from "../restMedia.ts";
import { answerHeaders, documentOperation, fixedComponents, fixedResponses, metricsOperation } from "./openapiFixed.ts";
import { formatParameter, toParameter } from "./openapiParameter.ts";
import { type ScalarSchemas, SchemaComponents } from "./openapiSchema.ts";
import { streamResponses } from "./openapiStream.ts";
import { webhookOperation, webhookSchemas, webhookSecurity } from "./openapiWebhook.ts";
import type { BodyModel } from "./parameterModel.ts";
import type { RouteModel } from "./routeModel.ts";

export interface OpenapiOptions {
  readonly info: OpenapiDocument["info"];
  /** Where the document itself is served. */
  readonly documentPath: string;
  /** Where deliveries are posted. */
  readonly webhookPath: string;
  readonly metricsPath: string;
  /** The groups of routes, in the order to be shown, each with its description. */
  readonly tags: Readonly<Record<string, string>>;
  readonly scalars: ScalarSchemas;
}

export function openapiDocument(routes: readonly RouteModel[], options: OpenapiOptions): OpenapiDocument {
  const components = new SchemaComponents(options.scalars);
  const byPath = Map.groupBy(routes, ({ path }) => path);
  const written = [...byPath].map(([path, variants]) => [path, writePath(variants, components)] as const);
  const shared = sharedParameters(written.map(([, item]) => ("get" in item ? item.get : item.post)));
  const paths = written.map(([path, item]) => {
    return [
      path,
      "get" in item ? { get: withShared(item.get, shared) } : { post: withShared(item.post, shared) },
    ] as const;
  });
  const unlisted = routes.find(({ tag }) => !Object.hasOwn(options.tags, tag));
  if (unlisted) throw new Error(`${unlisted.operation.name}: the tag ${unlisted.tag} has no description`);
  const fixed = fixedComponents();
  return {
    openapi: "3.1.1",
    info: options.info,
    servers: [{ url: "/", description: "The gateway that serves this document." }],
    security: [],
    tags: Object.entries(options.tags).map(([name, description]) => ({ name, description })),
    paths: {
      ...Object.fromEntries(paths),
      [options.webhookPath]: { post: webhookOperation() },
      [options.metricsPath]: { get: metricsOperation() },
      [options.documentPath]: { get: documentOperation() },
    },
    components: {
      ...fixed,
      schemas: inOrder({ ...fixed.schemas, ...webhookSchemas(), ...Object.fromEntries(components.schemas) }),
      parameters: inOrder(Object.fromEntries(shared)),
      securitySchemes: webhookSecurity(),
    } satisfies Components,
  };
}

function writePath(variants: readonly RouteModel[], components: SchemaComponents): PathItem | PostItem {
  const [main] = variants;
  if (!main) throw new Error("a path without a route");
  const media = createMediaChoice(variants);
  for (const { operation, method, parameters } of variants) {
    if (method !== main.method)
      throw new Error(`${operation.name}: has another method than ${main.operation.name} of the same path`);
    if (parameters.map(({ name }) => name).join() !== main.parameters.map(({ name }) => name).join()) {
      throw new Error(`${operation.name}: has other parameters than ${main.operation.name} of the same path`);
    }
  }
  const parameters = main.parameters.map((parameter) => toParameter(parameter, main.rules, components));
  const format = media.formats.length > 1 ? [formatParameter(media.formats)] : [];
  const operationId = main.operation.name.charAt(0).toLowerCase() + main.operation.name.slice(1);
  const { takes } = main;
  const operation: Operation = {
    operationId,
    tags: [main.tag],
    summary: main.summary,
    description: main.description,
    parameters: [...parameters, ...format, ...headersOf(main)],
    responses: main.message
      ? streamResponses({ ...main, message: main.message }, components)
      : {
          "200": answer(variants, components),
          ...(main.failing ? { [main.failing.status]: failing(main, components) } : {}),
          ...fixedResponses({
            canBeMissing: main.required.length > 0 || main.parameters.some(({ except }) => except.length > 0),
            canBeHeld: !main.isFresh,
            takesBody: takes !== null,
          }),
        },
  };
  return takes ? { post: { ...operation, requestBody: requestBody(takes) } } : { get: operation };
}

/** A body is a text to whoever takes it; in JSON it is an object. */
function requestBody({ description, media, maxBytes, examples }: BodyModel): PostOperation["requestBody"] {
  const content = media.map((type) => {
    const schema = { type: type === "application/json" ? "object" : "string" };
    const example = examples[type];
    return [type, { schema, ...(example === undefined ? {} : { example }) }] as const;
  });
  const most = `At most ${maxBytes / 1024} KiB of UTF-8.`;
  return { required: true, description: `${description} ${most}`, content: Object.fromEntries(content) };
}

/** What of the request's headers a route reads. */
function headersOf({ message, isFresh, parameters }: RouteModel): readonly (Parameter | Reference)[] {
  if (isFresh) return [];
  if (!message) return [{ $ref: "#/components/parameters/ifNoneMatch" }];
  return parameters.flatMap(({ name, header, description, example }) => {
    if (header === null) return [];
    const told = `The same as \`${name}\`, and wins over it; browsers send it when they reconnect. ${description}`;
    return [
      { name: header, in: "header" as const, required: false, description: told, schema: { type: "string" }, example },
    ];
  });
}

function answer(variants: readonly RouteModel[], components: SchemaComponents): Response {
  const content = variants.map((route) => {
    if (route.answer.kind === "documents") {
      return [route.produces, { schema: { type: "string", description: route.description } }] as const;
    }
    const { root } = route.answer;
    return [route.produces, { schema: components.of(root), example: components.exampleOf(root) }] as const;
  });
  const linked = variants.some(({ next }) => next !== null);
  return {
    description: variants[0]?.summary ?? "",
    headers: {
      ...answerHeaders(variants.every(({ isFresh }) => !isFresh)),
      ...(linked ? { Link: { $ref: "#/components/headers/Link" } } : {}),
    },
    content: Object.fromEntries(content),
  };
}

/** The same answer under another status. */
function failing(route: RouteModel, components: SchemaComponents): Response {
  const { content } = answer([route], components);
  const isWell = route.failing?.when.toLowerCase() ?? "";
  return {
    description: `The same answer, when its status is \`${isWell}\`.`,
    headers: answerHeaders(false),
    content: Object.fromEntries(Object.entries(content ?? {}).map(([type, { schema }]) => [type, { schema }])),
  };
}

/** Of each name the parameter that most operations write alike, if two do: it becomes a component. */
function sharedParameters(operations: readonly Operation[]): ReadonlyMap<string, Parameter> {
  const uses = new Map<string, { readonly parameter: Parameter; count: number }>();
  for (const parameter of operations.flatMap(({ parameters }) => parameters)) {
    if (isReference(parameter)) continue;
    const key = JSON.stringify(parameter);
    const use = uses.get(key) ?? { parameter, count: 0 };
    use.count += 1;
    uses.set(key, use);
  }
  const most = [...uses.values()].filter(({ count }) => count > 1).sort((a, b) => a.count - b.count);
  return new Map([
    ...most.map(({ parameter }) => [parameter.name, parameter] as const),
    ["ifNoneMatch", IF_NONE_MATCH] as const,
  ]);
}

function withShared<T extends Operation>(operation: T, shared: ReadonlyMap<string, Parameter>): T {
  const parameters = operation.parameters.map((parameter) => {
    if (isReference(parameter)) return parameter;
    const component = shared.get(parameter.name);
    if (!component || JSON.stringify(component) !== JSON.stringify(parameter)) return parameter;
    return { $ref: `#/components/parameters/${parameter.name}` };
  });
  return { ...operation, parameters };
}

const IF_NONE_MATCH: Parameter = {
  name: "If-None-Match",
  in: "header",
  required: false,
  description: "ETags of answers that the caller holds: 304 when one of them is still the answer.",
  schema: { type: "string" },
  example: 'W/"m3x9q2-5k.1f8a"',
};

function isReference(parameter: Parameter | Reference): parameter is Reference {
  return "$ref" in parameter;
}

function inOrder<T>(named: Readonly<Record<string, T>>): Readonly<Record<string, T>> {
  return Object.fromEntries(Object.entries(named).sort(([a], [b]) => (a < b ? -1 : 1)));
}
