// graphql-ws over ws as its documentation starts it: each subscriber iterates and executes for itself.
import { createServer } from "node:http";
import { buildSchema } from "graphql";
import { useServer } from "graphql-ws/use/ws";
import { WebSocketServer } from "ws";
import { nextChange, Topic, typeDefs } from "./changes.mjs";
import { steered } from "./control.mjs";

const topic = new Topic();
const schema = buildSchema(typeDefs);
schema.getSubscriptionType().getFields().eventChanges.subscribe = async function* () {
  for await (const eventChanges of topic) yield { eventChanges };
};
const server = createServer();
useServer({ schema }, new WebSocketServer({ server, path: "/graphql" }));
server.listen(0, "127.0.0.1", () =>
  steered(server, {
    publish(changes) {
      for (let change = 0; change < changes; change++) topic.publish(nextChange());
    },
  }),
);
