// What the OpenAPI document says about itself, about its groups of routes, and about the JSON of the scalars.
import type { OpenapiOptions } from "./openapi.ts";

export const OPENAPI_OPTIONS: OpenapiOptions = {
  info: {
    title: "khook-gateway",
    version: "v1",
    summary: "What the khook controller's hooks matched: events, their history, their statistics.",
    description:
      "Every route that is read is a persisted operation of the GraphQL schema at `/graphql`. Besides GET it answers HEAD and " +
      "OPTIONS. Answers are compressed (br, gzip) when asked. Errors are problem documents (RFC 9457); a request with an " +
      "unknown parameter or a bad value is refused, naming every fault.",
    license: { name: "Apache-2.0", identifier: "Apache-2.0" },
  },
  documentPath: "/api/v1/openapi.json",
  webhookPath: "/api/v1/sources/webhook/{name}",
  metricsPath: "/api/v1/metrics",
  tags: {
    Events: "What went wrong in the cluster, as it was stored.",
    Hooks: "The hooks of the khook controller, and the events that they matched.",
    Statistics: "Counts of events over a time range.",
    Sources: "What tells of events besides the cluster.",
    Operation: "How the gateway itself is doing.",
    Description: "This document.",
  },
  scalars: {
    DateTime: { type: "string", format: "date-time", examples: ["2026-11-23T08:01:24.763Z"] },
    Duration: { type: "string", pattern: "^(\\d+(\\.\\d+)?(ms|[smhdw]))+$", examples: ["24h"] },
  },
};
