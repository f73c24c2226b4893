// The one route of the OpenAPI document that is posted to, and is no operation of the GraphQL schema.
// Written by hand beside src/http/webhook.ts; a test posts its examples and checks every answer against it.
import type { Components, JsonSchema, PostOperation, Response } from "../openapiDocument.ts";
import { problem, REQUEST_ID } from "./openapiFixed.ts";

const INSTANCE = "/api/v1/sources/webhook/deployer";

export function webhookOperation(): PostOperation {
  return {
    operationId: "postDelivery",
    tags: ["Sources"],
    summary: "Tell of events",
    description:
      "Takes CloudEvents 1.0 (one as JSON, a batch, or one in `ce-` headers with its data as the body) and the payload of an " +
      "Alertmanager webhook. What the event mapping has an entry for is stored before it is answered for; telling the same " +
      "again changes nothing. There is no such route unless the gateway is given a secret for webhooks.",
    security: [{ webhookSecret: [] }, { webhookSignature: [] }],
    parameters: [
      {
        name: "name",
        in: "path",
        required: true,
        description:
          "The webhook: events carry it as their source, and entries of the event mapping name it as eventSource.",
        schema: { type: "string", pattern: "^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$", not: { const: "kubernetes" } },
        example: "deployer",
      },
    ],
    requestBody: {
      required: true,
      description: "At most 1 MiB of UTF-8.",
      content: {
        "application/cloudevents+json": { schema: ref("CloudEvent"), example: CLOUD_EVENT_EXAMPLE },
        "application/cloudevents-batch+json": {
          schema: { type: "array", items: ref("CloudEvent") },
          example: [CLOUD_EVENT_EXAMPLE],
        },
        "application/json": { schema: ref("AlertmanagerPayload"), example: ALERTS_EXAMPLE },
      },
    },
    responses: {
      "202": {
        description: "All of it that is an event is stored.",
        content: {
          "application/json": {
            schema: ref("DeliveryReceipt"),
            example: { received: 2, taken: 1, ignored: [{ type: "Watchdog", why: "unmapped", count: 1 }] },
          },
        },
      },
      "400": refusal("Something about the body is wrong, and nothing of it was stored. All faults are named.", {
        title: "Bad input",
        status: 400,
        detail: "id: is missing: it must be a text, and not empty",
        code: "BAD_USER_INPUT",
        errors: [{ path: "id", message: "id: is missing: it must be a text, and not empty" }],
      }),
      "401": {
        ...refusal("Nothing proves that the sender has the webhook's secret.", {
          title: "Not authenticated",
          status: 401,
          detail: "There is no proof of the webhook's secret: send the secret as Authorization: Bearer.",
          code: "UNAUTHENTICATED",
        }),
        headers: { "WWW-Authenticate": header("The scheme that would do.", "Bearer") },
      },
      "404": refusal("There is no webhook of this name.", {
        title: "Not found",
        status: 404,
        detail: 'There is no webhook "deploy".',
        code: "NOT_FOUND",
      }),
      "405": {
        ...refusal("Only POST and OPTIONS are served.", {
          title: "Method not allowed",
          status: 405,
          detail: "GET is not allowed here: POST, OPTIONS are.",
          code: "METHOD_NOT_ALLOWED",
        }),
        headers: { Allow: header("The methods that are served.", "POST, OPTIONS") },
      },
      "413": refusal("The body is too large.", {
        title: "Too large",
        status: 413,
        detail: "The body is larger than 1048576 bytes.",
        code: "PAYLOAD_TOO_LARGE",
      }),
      "415": refusal("The body is of no media type that is understood, or compressed.", {
        title: "Media type not supported",
        status: 415,
        detail: "The body is compressed: it has to be sent without Content-Encoding.",
        code: "UNSUPPORTED_MEDIA_TYPE",
      }),
      "503": {
        ...refusal("It cannot be stored now, or the gateway is starting or draining: it is to be sent again.", {
          title: "Not available now",
          status: 503,
          detail: "It cannot be stored now: send it again.",
          code: "UNAVAILABLE",
        }),
        headers: { "Retry-After": header("Seconds to wait before it is sent again.", "5") },
      },
      default: { $ref: "#/components/responses/Failure" },
    },
  };
}

export function webhookSecurity(): Components["securitySchemes"] {
  return {
    webhookSecret: { type: "http", scheme: "bearer", description: "The webhook's secret itself." },
    webhookSignature: {
      type: "apiKey",
      in: "header",
      name: "X-Hub-Signature-256",
      description: "`sha256=` and the HMAC-SHA256 of the body, keyed with the webhook's secret, in hexadecimal digits.",
    },
  };
}

export function webhookSchemas(): Components["schemas"] {
  return {
    CloudEvent: {
      type: "object",
      description: "A CloudEvent 1.0 in its JSON format. Extension attributes become tags.",
      properties: {
        specversion: { const: "1.0", description: "The version of the specification." },
        id: text("With the source it says which event this is: the same again changes nothing."),
        source: { ...text("Where it happened."), format: "uri-reference" },
        type: text("What happened: entries of the event mapping name it as eventType."),
        time: {
          type: "string",
          format: "date-time",
          description: "When it happened; when it is received if left out.",
        },
        subject: text("What it is about, such as `shop/Deployment/web`: namespace, kind and name."),
        datacontenttype: text("The media type of the data."),
        dataschema: { ...text("The schema of the data."), format: "uri" },
        data: {
          description:
            "The data. What an object says in `message`, `description`, `summary` or `note` is the event's message; " +
            "`resource`, or `kind`, `name` and `namespace`, or labels such as `pod` say what it is about.",
        },
        data_base64: { type: "string", contentEncoding: "base64", description: "The data, in Base64." },
      },
      additionalProperties: true,
      required: ["specversion", "id", "source", "type"],
    },
    AlertmanagerPayload: {
      type: "object",
      description: "What Alertmanager posts to a webhook. What else it has is not looked at.",
      properties: {
        version: { const: "4", description: "The version of the payload." },
        alerts: { type: "array", items: ref("Alert"), description: "The alerts of the group." },
      },
      additionalProperties: true,
      required: ["version", "alerts"],
    },
    Alert: {
      type: "object",
      description:
        "An alert. It is one event from its start on, however often it is told, and also when it is resolved.",
      properties: {
        status: { enum: ["firing", "resolved"], description: "Whether it still fires." },
        labels: texts(
          "`alertname` is what entries of the event mapping name as eventType; the others say what it is about, and become tags.",
        ),
        annotations: texts("Of `description`, `message` and `summary` the first there is becomes the event's message."),
        startsAt: { type: "string", format: "date-time", description: "When it began: the event's time." },
        fingerprint: text("With startsAt it says which alert this is; by its labels when left out."),
      },
      additionalProperties: true,
      required: ["status", "labels", "startsAt"],
    },
    DeliveryReceipt: {
      type: "object",
      description: "What came of a delivery.",
      properties: {
        received: count("CloudEvents or alerts in it."),
        taken: count(
          "Of these, stored by now, be it by this delivery or before; or left out, where events are that no hook matches.",
        ),
        ignored: {
          type: "array",
          items: ref("IgnoredReports"),
          description: "The others, by why they are no events.",
        },
      },
      required: ["received", "taken", "ignored"],
    },
    IgnoredReports: {
      type: "object",
      description: "CloudEvents or alerts of one type that are no events.",
      properties: {
        type: { type: "string", description: "The type as it was told; empty of an alert without a name." },
        why: {
          enum: ["unmapped", "disabled"],
          description: "`unmapped`: the event mapping has no entry that holds. `disabled`: its entry switches it off.",
        },
        count: count("How many."),
      },
      required: ["type", "why", "count"],
    },
  };
}

const CLOUD_EVENT_EXAMPLE = {
  specversion: "1.0",
  id: "deploy-1",
  source: "/deployer",
  type: "com.example.deploy.failed",
  time: "2026-11-23T08:01:24Z",
  data: { message: "image not found", namespace: "shop", deployment: "web" },
};

const ALERTS_EXAMPLE = {
  version: "4",
  alerts: [
    {
      status: "firing",
      labels: { alertname: "KubePodCrashLooping", namespace: "shop", pod: "web-1" },
      annotations: { summary: "Pod is crash looping." },
      startsAt: "2026-11-23T08:01:24.763Z",
      fingerprint: "6c1f2f3d0b2a9e55",
    },
  ],
};

function refusal(description: string, example: Readonly<Record<string, unknown>>): Response {
  return problem(description, { type: "about:blank", ...example, instance: INSTANCE, requestId: REQUEST_ID });
}

function header(description: string, example: string): JsonSchema {
  return { description, schema: { type: "string" }, example };
}

function text(description: string): JsonSchema {
  return { type: "string", minLength: 1, description };
}

function texts(description: string): JsonSchema {
  return { type: "object", additionalProperties: { type: "string" }, description };
}

function count(description: string): JsonSchema {
  return { type: "integer", minimum: 0, description };
}

function ref(name: string): JsonSchema {
  return { $ref: `#/components/schemas/${name}` };
}
