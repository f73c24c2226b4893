// Every live edge there is: what must hold of one must hold of each.
import type { Edge } from "./edge.ts";
import { GRAPHQL_EDGE } from "./graphqlEdge.ts";
import { SOCKET_EDGE } from "./socketEdge.ts";
import { SSE_EDGE } from "./sseEdge.ts";

export const EDGES: readonly Edge[] = [SSE_EDGE, SOCKET_EDGE, GRAPHQL_EDGE];
