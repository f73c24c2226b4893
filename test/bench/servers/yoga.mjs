// graphql-yoga on node:http, as its own documentation starts it, without its console and its log.
import { createServer } from "node:http";
import { createSchema, createYoga } from "graphql-yoga";
import { resolvers, typeDefs } from "./plainGraph.mjs";
import { ready } from "./ready.mjs";

const yoga = createYoga({ schema: createSchema({ typeDefs, resolvers }), graphiql: false, logging: false });
const server = createServer(yoga);
server.listen(0, "127.0.0.1", () => ready(server));
