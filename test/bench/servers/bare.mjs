// Baseline b: bare node:http, one prepared query and a count over the plain table, JSON.stringify of the gateway's answer.
import { createServer } from "node:http";
import { PlainEvents, pageCursor } from "../plainTable.ts";
import { plainPath, ready } from "./ready.mjs";

const events = new PlainEvents(plainPath);

const server = createServer((request, response) => {
  const url = new URL(request.url, "http://127.0.0.1");
  const namespace = decodeURIComponent(url.pathname.slice("/api/v1/events/".length));
  const start = url.searchParams.get("startTime");
  const end = url.searchParams.get("endTime");
  const limit = Number(url.searchParams.get("limit"));
  const page = events.tuples(namespace, start, end, limit).map(toJson);
  const total = events.total(namespace, start, end);
  const hasMore = total > page.length;
  const body = JSON.stringify({
    events: page,
    pagination: { total, limit, offset: 0, hasMore, nextCursor: hasMore ? pageCursor(page.at(-1)) : null },
  });
  response.writeHead(200, { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(body) });
  response.end(body);
});

function toJson([
  id,
  cursor,
  eventType,
  status,
  severity,
  namespace,
  resourceName,
  apiVersion,
  kind,
  resourceNamespace,
  resourceUid,
  reason,
  message,
  source,
  tags,
  count,
  occurrences,
  timestamp,
  firstSeen,
  lastSeen,
  resolvedAt,
  duplicateOf,
  hooks,
  cluster,
]) {
  return {
    id,
    cursor,
    eventType,
    status,
    severity,
    namespace,
    resourceName,
    resource: { apiVersion, kind, name: resourceName, namespace: resourceNamespace, uid: resourceUid },
    reason,
    message,
    source,
    tags: JSON.parse(tags),
    count,
    occurrences,
    timestamp,
    firstSeen,
    lastSeen,
    resolvedAt,
    duplicateOf,
    hooks: JSON.parse(hooks),
    cluster,
  };
}

server.listen(0, "127.0.0.1", () => ready(server));
