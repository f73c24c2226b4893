// Fastify with mercurius subscriptions and its own pub/sub, its JIT on.
import Fastify from "fastify";
import mercurius from "mercurius";
import { nextChange, typeDefs } from "./changes.mjs";
import { steered } from "./control.mjs";

const resolvers = {
  Subscription: { eventChanges: { subscribe: (_root, _args, { pubsub }) => pubsub.subscribe("changes") } },
};
const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1, subscription: true });
await app.listen({ port: 0, host: "127.0.0.1" });
steered(app.server, {
  publish(changes) {
    for (let change = 0; change < changes; change++) {
      app.graphql.pubsub.publish({ topic: "changes", payload: { eventChanges: nextChange() } });
    }
  },
});
