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
  readGettersPlainly(schema);
  tellPlainly(schema);
  return schema;
}

/** type-graphql wants one as soon as there are subscriptions; ours read the store instead of being published to. */
function refusePubSub(): never {
  throw new Error("nothing is published: subscriptions read the store's sequence of changes");
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
