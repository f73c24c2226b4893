// graphql-yoga's subscriptions over server-sent events, on node:http, with its own pub/sub.
import { createServer } from "node:http";
import { createPubSub, createSchema, createYoga } from "graphql-yoga";
import { nextChange, typeDefs } from "./changes.mjs";
import { steered } from "./control.mjs";

const pubsub = createPubSub();
const resolvers = {
  Subscription: { eventChanges: { subscribe: () => pubsub.subscribe("changes"), resolve: (change) => change } },
};
const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), graphiql: false, logging: false });
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () =>
  steered(server, {
    publish(changes) {
      for (let change = 0; change < changes; change++) pubsub.publish("changes", nextChange());
    },
  }),
);
