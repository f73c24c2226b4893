// Hooks as YAML: manifests that `kubectl apply` takes back, one document for each, nothing that the API server fills in.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type Gateway, HOOKS, startGateway } from "./restFixture.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const YAML = { Accept: "application/yaml" };
const [restarts, pending, everything] = HOOKS;

test("a hook is its manifest and nothing else", async () => {
  const { text } = await gateway.get("/api/v1/hooks/shop/restarts", YAML);
  expect(parse(text)).toEqual(restarts?.manifest);
  expect(text).not.toMatch(/\b(status|managedFields|uid|resourceVersion|generation|creationTimestamp):/);
});

test("a prompt is block text, as a person would write it", async () => {
  const { text } = await gateway.get("/api/v1/hooks/shop/restarts?format=yaml");
  expect(text).toContain('      prompt: |\n        Look into {{.ResourceName}}.\n        Say: what, why, "how".\n');
});

test("a list is a stream of documents, in order", async () => {
  const { text } = await gateway.get("/api/v1/hooks", YAML);
  const documents = parseAllDocuments(text);
  if (!Array.isArray(documents)) throw new Error("no documents");
  expect(documents.map((document) => document.toJS())).toEqual([
    everything?.manifest,
    pending?.manifest,
    restarts?.manifest,
  ]);
  for (const document of documents) expect([document.errors, document.warnings]).toEqual([[], []]);
});

describe("a list longer than its page", () => {
  test("links to the next one, and the last to none", async () => {
    const names: string[] = [];
    let path: string | undefined = "/api/v1/hooks?format=yaml&limit=1";
    while (path) {
      const { text, headers } = await gateway.get(path);
      names.push(parse(text).metadata.name);
      const link = /^<(.+)>; rel="next"$/.exec(String(headers.link ?? ""));
      path = link?.[1];
    }
    expect(names).toEqual(["everything", "pending", "restarts"]);
  });

  test("keeps the filters in the link and leaves the offset out", async () => {
    const { headers } = await gateway.get("/api/v1/hooks?format=yaml&limit=1&offset=0&namespace=shop");
    expect(headers.link).toMatch(/^<\/api\/v1\/hooks\?format=yaml&limit=1&namespace=shop&cursor=[\w-]+>; rel="next"$/);
  });
});

test("no hooks are no documents", async () => {
  const { status, text } = await gateway.get("/api/v1/hooks?namespace=nowhere", YAML);
  expect([status, text]).toEqual([200, ""]);
});

test("what is wrong is a problem document all the same", async () => {
  const { status, headers } = await gateway.get("/api/v1/hooks?limit=0", YAML);
  expect([status, headers["content-type"]]).toEqual([400, "application/problem+json"]);
});
