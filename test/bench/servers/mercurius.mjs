// Fastify with mercurius, its JIT on from the first request of a query.
import Fastify from "fastify";
import mercurius from "mercurius";
import { resolvers, typeDefs } from "./plainGraph.mjs";
import { ready } from "./ready.mjs";

const app = Fastify();
app.register(mercurius, { schema: typeDefs, resolvers, jit: 1 });
await app.listen({ port: 0, host: "127.0.0.1" });
ready(app.server);
