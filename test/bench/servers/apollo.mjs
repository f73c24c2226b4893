// Plain Apollo Server on Koa with a type-graphql schema: the usual way of building what the gateway is.
// Decorators are applied by hand, which is what a compiler makes of them.
import "reflect-metadata";
import { createServer } from "node:http";
import { ApolloServer } from "@apollo/server";
import { koaMiddleware } from "@as-integrations/koa";
import { bodyParser } from "@koa/bodyparser";
import Koa from "koa";
import { Arg, buildSchema, Field, FieldResolver, ID, InputType, Int, ObjectType, Query, Resolver, Root } from "type-graphql";
import { events, hookEvent } from "./plainGraph.mjs";
import { ready } from "./ready.mjs";

const text = () => String;
const nullable = { nullable: true };

class Resource {}
object("Resource", Resource, {
  apiVersion: [text],
  kind: [text],
  name: [text],
  namespace: [text, nullable],
  uid: [text, nullable],
});

class Tag {}
object("Tag", Tag, { key: [text], value: [text] });

class Hook {}
object("Hook", Hook, { namespace: [text], name: [text] });

class PageInfo {}
object("PageInfo", PageInfo, { hasNextPage: [() => Boolean], endCursor: [text, nullable] });

class HookEvent {}
object("HookEvent", HookEvent, {
  id: [() => ID],
  cursor: [text],
  status: [text],
  severity: [text],
  namespace: [text],
  reason: [text],
  message: [text],
  source: [text],
  count: [() => Int],
  occurrences: [() => Int],
  timestamp: [text],
  cluster: [text],
});

class EventConnection {}
object("EventConnection", EventConnection, {
  totalCount: [() => Int],
  pageInfo: [() => PageInfo],
  nodes: [() => [HookEvent]],
});

class EventFilter {}
InputType("EventFilter")(EventFilter);
Field(() => [String], nullable)(EventFilter.prototype, "namespaces");
Field(text)(EventFilter.prototype, "startTime");
Field(text)(EventFilter.prototype, "endTime");

class EventResolver {
  events(filter, first) {
    return events({ filter, first });
  }
}
Resolver(() => HookEvent)(EventResolver);
method(EventResolver, "events", Query(() => EventConnection));
Arg("filter", () => EventFilter)(EventResolver.prototype, "events", 0);
Arg("first", () => Int)(EventResolver.prototype, "events", 1);
const columns = {
  eventType: [text],
  resource: [() => Resource],
  tags: [() => [Tag]],
  firstSeen: [text],
  lastSeen: [text],
  resolvedAt: [text, nullable],
  duplicateOf: [() => ID, nullable],
  hooks: [() => [Hook]],
};
for (const [name, type] of Object.entries(columns)) {
  EventResolver.prototype[name] = hookEvent[name];
  method(EventResolver, name, FieldResolver(...type));
  Root()(EventResolver.prototype, name, 0);
}

function object(name, type, fields) {
  ObjectType(name, { simpleResolvers: true })(type);
  for (const [field, options] of Object.entries(fields)) Field(...options)(type.prototype, field);
}

function method(type, name, decorate) {
  decorate(type.prototype, name, Object.getOwnPropertyDescriptor(type.prototype, name));
}

const schema = await buildSchema({ resolvers: [EventResolver], validate: false });
const apollo = new ApolloServer({ schema, introspection: false });
await apollo.start();
const app = new Koa();
app.use(bodyParser());
app.use(koaMiddleware(apollo));
const server = createServer(app.callback());
server.listen(0, "127.0.0.1", () => ready(server));
