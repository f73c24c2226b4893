// The OpenAPI document against what is really answered: every route, every status, and a linter's opinion.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { createConfig, lint } from "@redocly/openapi-core";
import { Ajv2020 } from "ajv/dist/2020.js";
import addFormats from "ajv-formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { WEBHOOK_PATH } from "../../src/http/webhook.ts";
import { type Gateway, startGateway } from "./restFixture.ts";
import { EVENT, pathOf, SECRET, WebhookServer } from "./webhookFixture.ts";

const FILE = fileURLToPath(new URL("../../schema/openapi.json", import.meta.url));

// biome-ignore lint/suspicious/noExplicitAny: the document is walked as the JSON it is
type Json = any;

const document: Json = JSON.parse(readFileSync(FILE, "utf8"));

const POSTED = REST_ROUTES.filter(({ method }) => method === "POST");

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const ajv = new Ajv2020({ strict: false, allErrors: true });
addFormats.default(ajv);
ajv.addSchema(closed(document), "openapi");

/** Objects with named properties have no others unless they say so: what is not documented is a fault here, though not for callers. */
function closed(node: Json): Json {
  if (Array.isArray(node)) return node.map(closed);
  if (typeof node !== "object" || node === null) return node;
  const entries = Object.entries(node).map(([key, value]) => [key, key === "example" ? value : closed(value)]);
  const copy = Object.fromEntries(entries);
  const isOpen = node.additionalProperties === true;
  return node.type === "object" && node.properties && !isOpen ? { ...copy, additionalProperties: false } : copy;
}

function faultsOf(pointer: string, value: unknown): unknown {
  const validate = ajv.compile({ $ref: `openapi#${pointer}` });
  return validate(value) ? [] : validate.errors;
}

function escaped(part: string): string {
  return encodeURIComponent(part.replaceAll("~", "~0").replaceAll("/", "~1"));
}

function schemaPointer(path: string, status: string, type: string, method = "get"): string {
  const responses = document.paths[path][method].responses;
  const response = responses[status] ?? responses.default;
  const at = response.$ref ? response.$ref.slice(1) : `/paths/${escaped(path)}/${method}/responses/${status}`;
  return `${at}/content/${escaped(type)}/schema`;
}

test("a well-known linter finds nothing, however strict", async () => {
  const problems = await lint({ ref: FILE, config: await createConfig({ extends: ["recommended-strict"] }) });
  expect(problems.map(({ ruleId, message }) => `${ruleId}: ${message}`)).toEqual([]);
});

test("the document that is served is the one that is committed", async () => {
  expect((await gateway.get("/api/v1/openapi.json")).json).toEqual(document);
});

/** Served by hand: no persisted operation is behind them. */
const BY_HAND = ["/api/v1/metrics", "/api/v1/openapi.json"];

test("every route is in it, and nothing else", () => {
  expect(Object.keys(document.paths).sort()).toEqual(
    [...new Set(REST_ROUTES.map(({ path }) => path)), ...BY_HAND, WEBHOOK_PATH].sort(),
  );
  const posted = Object.keys(document.paths).filter((path) => Object.keys(document.paths[path]).join() !== "get");
  expect(posted.sort()).toEqual([...POSTED.map(({ path }) => path), WEBHOOK_PATH].sort());
  for (const path of posted) expect(Object.keys(document.paths[path])).toEqual(["post"]);
});

test.each(BY_HAND)("%s answers each media type that it documents, and refuses as it documents", async (path) => {
  const { responses } = document.paths[path].get;
  const types = Object.keys(responses["200"].content);
  expect(types).not.toEqual([]);
  for (const type of types) {
    const { status, headers } = await gateway.get(path, { Accept: type });
    expect([status, headers["content-type"]?.split(";")[0]]).toEqual([200, type]);
    for (const name of Object.keys(responses["200"].headers)) expect(headers).toHaveProperty(name.toLowerCase());
  }
  const refused = await Promise.all([
    gateway.call("DELETE", path),
    ...("406" in responses ? [gateway.get(path, { Accept: "image/png" })] : []),
  ]);
  for (const { status, json } of refused) {
    expect(status).toBeGreaterThanOrEqual(400);
    expect(Object.keys(responses)).toContain(String(status));
    expect(faultsOf(schemaPointer(path, String(status), "application/problem+json"), json)).toEqual([]);
  }
});

test("the messages of a stream's example are what their schema says", () => {
  const path = "/api/v1/events/stream";
  const { example } = document.paths[path].get.responses["200"].content["text/event-stream"];
  const messages = [...example.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data));
  expect(messages.map((message) => Object.keys(message).slice(0, 2))).toEqual([
    ["type", "event"],
    ["cause", "from"],
  ]);
  const pointer = `${schemaPointer(path, "200", "text/event-stream")}/contentSchema`;
  for (const message of messages) expect(faultsOf(pointer, message)).toEqual([]);
});

describe("everything is described", () => {
  test("every property of every schema", () => {
    const bare: string[] = [];
    walk(document.components.schemas, "schemas", (node, at) => {
      for (const [name, property] of Object.entries<Json>(node.properties ?? {})) {
        if (!property.description) bare.push(`${at}.${name}`);
      }
    });
    expect(bare).toEqual([]);
  });

  test("every parameter and every route", () => {
    const operations = Object.values<Json>(document.paths).flatMap((item) => Object.values<Json>(item));
    expect(operations.length).toBe(Object.keys(document.paths).length);
    for (const { summary, description, parameters } of operations) {
      expect(summary).toMatch(/^[A-Z]/);
      expect(description).toMatch(/\.$/);
      for (const parameter of parameters) expect(resolved(parameter).description).toMatch(/[.]$/);
    }
  });
});

const ANSWERED = REST_ROUTES.filter(({ message, method }) => message === null && method === "GET");

describe.each(ANSWERED.map((route) => [route.path, route.produces] as const))("%s as %s", (path, type) => {
  const real = path.replace("{namespace}", "shop").replace("{name}", "restarts").replace("{eventType}", "oom-kill");

  test("answers what its schema says", async () => {
    const reply = await gateway.get(real, { Accept: type });
    expect([reply.status, reply.headers["content-type"]]).toEqual([200, `${type}; charset=utf-8`]);
    const answer = type === "application/json" ? reply.json : reply.text;
    expect(faultsOf(schemaPointer(path, "200", type), answer)).toEqual([]);
  });

  test("answers its own example's parameters", async () => {
    const query = document.paths[path].get.parameters
      .map(resolved)
      .filter(({ name, in: place }: Json) => place === "query" && name !== "format" && !excluded.has(name))
      .map(({ name, example }: Json) => `${name}=${encodeURIComponent(String(example))}`)
      .join("&");
    const { status, text } = await gateway.get(`${real}?${query}`, { Accept: type });
    expect([status, text]).toEqual([200, expect.any(String)]);
  });

  test("has an example that its schema allows", () => {
    const { example } = document.paths[path].get.responses["200"].content[type];
    if (type === "application/json") expect(faultsOf(schemaPointer(path, "200", type), example)).toEqual([]);
    else expect(example).toBeUndefined();
  });

  test("refuses with the problems that it documents", async () => {
    const refused = await Promise.all([
      gateway.get(`${real}?nothing=1`),
      gateway.get(real, { Accept: "image/png" }),
      gateway.call("DELETE", real),
      gateway.get(real.replace("restarts", "nothing")),
    ]);
    for (const { status, json } of refused.filter((reply) => reply.status !== 200)) {
      expect(Object.keys(document.paths[path].get.responses)).toContain(String(status));
      expect(faultsOf(schemaPointer(path, String(status), "application/problem+json"), json)).toEqual([]);
    }
    expect(refused.slice(0, 3).map(({ status }) => status)).toEqual([400, 406, 405]);
  });
});

describe.each(POSTED)("POST $path", ({ path, takes, produces }) => {
  const operation = document.paths[path].post;
  const send = (body: string, headers: Record<string, string> = {}, query = "") => {
    return gateway.post(`${path}${query}`, body, { "Content-Type": String(takes?.media[0]), ...headers });
  };

  test.each(takes?.media ?? [])("takes its own example of %s, and answers what its schema says", async (type) => {
    const { schema, example } = operation.requestBody.content[type];
    expect(typeof example).toBe(schema.type);
    const body = typeof example === "string" ? example : JSON.stringify(example);
    const reply = await send(body, { "Content-Type": type });
    expect([reply.status, reply.headers["content-type"]]).toEqual([200, `${produces}; charset=utf-8`]);
    expect(faultsOf(schemaPointer(path, "200", produces, "post"), reply.json)).toEqual([]);
    expect(reply.headers["cache-control"]).toBe("no-store");
  });

  test("has an example of its answer that its schema allows", () => {
    const { example } = operation.responses["200"].content[produces];
    expect(faultsOf(schemaPointer(path, "200", produces, "post"), example)).toEqual([]);
  });

  test("answers every status that it documents, as its schema says, and no other", async () => {
    const [{ example }] = Object.values<Json>(operation.requestBody.content);
    const replies = [
      await send(example),
      await send("{}", {}, "?nothing=1"),
      await gateway.get(path),
      await send("{}", { Accept: "image/png" }),
      await send("x".repeat((takes?.maxBytes ?? 0) + 1)),
      await send("{}", { "Content-Type": "text/csv" }),
    ];
    const documented = Object.keys(operation.responses).filter((status) => status !== "default");
    expect(replies.map(({ status }) => String(status))).toEqual(documented);
    for (const { status, headers, json } of replies) {
      const type = String(headers["content-type"]).replace("; charset=utf-8", "");
      expect(faultsOf(schemaPointer(path, String(status), type, "post"), json)).toEqual([]);
    }
  });
});

describe("the webhook", () => {
  const operation = document.paths[WEBHOOK_PATH].post;
  const authorized = { Authorization: `Bearer ${SECRET}` };
  let webhooks: WebhookServer;
  beforeAll(async () => {
    webhooks = await WebhookServer.start();
  });
  afterAll(() => webhooks.close());

  test.each(Object.keys(operation.requestBody.content))(
    "takes its own example of %s, which its schema allows",
    async (type) => {
      const { example } = operation.requestBody.content[type];
      const pointer = `/paths/${escaped(WEBHOOK_PATH)}/post/requestBody/content/${escaped(type)}/schema`;
      expect(faultsOf(pointer, example)).toEqual([]);
      const name = type === "application/json" ? "alertmanager" : operation.parameters[0].example;
      const reply = await webhooks.send(
        "POST",
        pathOf(name),
        { ...authorized, "Content-Type": type },
        JSON.stringify(example),
      );
      expect([reply.status, reply.json]).toEqual([202, { received: 1, taken: 1, ignored: [] }]);
    },
  );

  test("answers every status that it documents, as its schema says, and no other", async () => {
    const json = { ...authorized, "Content-Type": "application/cloudevents+json" };
    const event = (message: string) => JSON.stringify({ ...EVENT, id: message, data: { message } });
    const replies = [
      await webhooks.send("POST", pathOf("deployer"), json, JSON.stringify({ ...EVENT, type: "unmapped" })),
      await webhooks.send("POST", pathOf("deployer"), json, "{}"),
      await webhooks.send("POST", pathOf("deployer"), {}, "{}"),
      await webhooks.send("POST", pathOf("kubernetes"), json, "{}"),
      await webhooks.send("GET", pathOf("deployer"), json),
      await webhooks.send("POST", pathOf("deployer"), json, "x".repeat(1024 * 1024 + 1)),
      await webhooks.send("POST", pathOf("deployer"), authorized, "{}"),
      await webhooks.send("POST", pathOf("deployer"), json, event("die before the commit")),
    ];
    const documented = Object.keys(operation.responses).filter((status) => status !== "default");
    expect(replies.map(({ status }) => String(status))).toEqual(documented);
    for (const { status, headers, json: answer } of replies) {
      const type = String(headers["content-type"]).replace("; charset=utf-8", "");
      expect(faultsOf(schemaPointer(WEBHOOK_PATH, String(status), type, "post"), answer)).toEqual([]);
      for (const name of Object.keys(operation.responses[status].headers ?? {})) {
        expect([name, headers[name.toLowerCase()]]).toEqual([name, expect.any(String)]);
      }
    }
  });

  test("has examples that its schemas allow", () => {
    for (const [status, { content }] of Object.entries<Json>(operation.responses).filter(([, { $ref }]) => !$ref)) {
      for (const [type, { example }] of Object.entries<Json>(content)) {
        expect(faultsOf(schemaPointer(WEBHOOK_PATH, status, type, "post"), example)).toEqual([]);
      }
    }
  });
});

/** Parameters that are not taken together with others, or whose example is a place in a list that is not this one. */
const excluded = new Set(["timeRange", "cursor", "If-None-Match"]);

function resolved(node: Json): Json {
  if (!node.$ref) return node;
  return node.$ref
    .slice(2)
    .split("/")
    .reduce((at: Json, part: string) => at[part], document);
}

function walk(node: Json, at: string, visit: (node: Json, at: string) => void): void {
  if (typeof node !== "object" || node === null) return;
  visit(node, at);
  for (const [key, value] of Object.entries(node)) if (key !== "example") walk(value, `${at}.${key}`, visit);
}
