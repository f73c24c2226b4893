// What the GraphQL baselines have in common: the gateway's types by name and shape, over the bare rows of the plain table.
// A resolver reads a column; there is no loader, no cache, no rights.
import { PlainEvents, pageCursor } from "../plainTable.ts";
import { plainPath } from "./ready.mjs";

const store = new PlainEvents(plainPath);

export const typeDefs = `
  type Query { events(filter: EventFilter!, first: Int!): EventConnection! }
  input EventFilter { namespaces: [String!], startTime: String!, endTime: String! }
  type EventConnection { totalCount: Int! pageInfo: PageInfo! nodes: [HookEvent!]! }
  type PageInfo { hasNextPage: Boolean! endCursor: String }
  type Resource { apiVersion: String! kind: String! name: String! namespace: String uid: String }
  type Tag { key: String! value: String! }
  type Hook { namespace: String! name: String! }
  type HookEvent {
    id: ID! cursor: String! eventType: String! status: String! severity: String! namespace: String!
    resource: Resource! reason: String! message: String! source: String! tags: [Tag!]! count: Int! occurrences: Int!
    timestamp: String! firstSeen: String! lastSeen: String! resolvedAt: String duplicateOf: ID
    hooks: [Hook!]! cluster: String!
  }
`;

/** The connection as a plain object; its total is counted when it is asked for. */
export function events({ filter, first }) {
  const [namespace] = filter.namespaces;
  const rows = store.page(namespace, filter.startTime, filter.endTime, first);
  const total = store.total(namespace, filter.startTime, filter.endTime);
  return {
    totalCount: total,
    pageInfo: { hasNextPage: total > rows.length, endCursor: rows.length > 0 ? pageCursor(rows.at(-1)) : null },
    nodes: rows,
  };
}

export const hookEvent = {
  eventType: (row) => row.event_type,
  resource: (row) => ({
    apiVersion: row.api_version,
    kind: row.kind,
    name: row.resource_name,
    namespace: row.resource_namespace,
    uid: row.resource_uid,
  }),
  tags: (row) => Object.entries(JSON.parse(row.tags)).map(([key, value]) => ({ key, value })),
  firstSeen: (row) => row.first_seen,
  lastSeen: (row) => row.last_seen,
  resolvedAt: (row) => row.resolved_at,
  duplicateOf: (row) => row.duplicate_of,
  hooks: (row) => JSON.parse(row.hooks),
};

export const resolvers = {
  Query: { events: (_root, args) => events(args) },
  HookEvent: hookEvent,
};
