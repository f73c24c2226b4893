// The gateway's GraphQL schema, built from the types of this room. The one place where reflect-metadata is loaded.
// Built once for a process: type-graphql keeps what the decorators say in one store.
import "reflect-metadata";
import { type GraphQLSchema, isObjectType } from "graphql";
import { buildSchemaSync, getMetadataStorage } from "type-graphql";
import type { GraphContext } from "./context.ts";
import type { Tell } from "./live.ts";
import { QueryResolver } from "./query.ts";
import { SubscriptionResolver } from "./subscription.ts";

export function buildGatewaySchema(): GraphQLSchema {
  const schema = buildSchemaSync({
    resolvers: [QueryResolver, SubscriptionResolver],
    validate: false,
    pubSub: { publish: refusePubSub, subscribe: refusePubSub },
  });
  askPlainly(schema);
  readGettersPlainly(schema);
  tellPlainly(schema);
  return schema;
}

/** type-graphql wants one as soon as there are subscriptions; ours read the store instead of being published to. */
function refusePubSub(): never {
  throw new Error("nothing is published: subscriptions read the store's sequence of changes");
}

/**
 * type-graphql makes instances of what a query is given, by walking its metadata at each call: for a page's filter that takes a
 * fifth of what reading the page does. Ours only read what they are given, so they are given it as it is.
 */
function askPlainly(schema: GraphQLSchema): void {
  const resolver = new QueryResolver();
  for (const { schemaName, methodName, params = [] } of getMetadataStorage().queries) {
    const field = schema.getQueryType()?.getFields()[schemaName];
    const method: unknown = Reflect.get(resolver, methodName);
    if (!field || typeof method !== "function") throw new Error(`the query ${schemaName} has no resolver`);
    const readers = params.toSorted((a, b) => a.index - b.index).map(readerOf);
    field.resolve = (_root, args: Arguments, context: GraphContext) =>
      method.apply(
        resolver,
        readers.map((read) => read(args, context)),
      );
  }
}

type Parameter = ReturnType<typeof getMetadataStorage>["params"][number];
type Arguments = Readonly<Record<string, unknown>>;

/** What a parameter of a resolver's method is given. */
function readerOf(parameter: Parameter): (args: Arguments, context: GraphContext) => unknown {
  switch (parameter.kind) {
    case "context":
      return (_args, context) => context;
    case "args":
      return (args) => args;
    case "arg":
      return (args) => args[parameter.name];
    default:
      throw new Error(`a query takes a parameter of the kind ${parameter.kind}, which is not read here`);
  }
}

/** type-graphql resolves a getter like a method; without a resolver an executor just reads it, which is much faster. */
function readGettersPlainly(schema: GraphQLSchema): void {
  for (const { name, target } of getMetadataStorage().objectTypes) {
    const type = schema.getType(name);
    if (!isObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      if (isGetter(target.prototype, field.name)) delete field.resolve;
    }
  }
}

/** What a subscription tells is made by its feed (live.ts), and needs none of the arguments that type-graphql reads for each. */
function tellPlainly(schema: GraphQLSchema): void {
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    field.resolve = (tell: Tell, _args, context: GraphContext) => tell(context);
  }
}

function isGetter(prototype: object | null, name: string): boolean {
  for (let at = prototype; at !== null; at = Object.getPrototypeOf(at)) {
    const property = Object.getOwnPropertyDescriptor(at, name);
    if (property) return property.get !== undefined;
  }
  return false;
}
