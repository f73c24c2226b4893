// Hooks as YAML: manifests that `kubectl apply` takes back, one document for each, nothing that the API server fills in.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { parse, parseAllDocuments } from "yaml";
import { type Gateway, HOOKS, NOW, startGateway } from "./restFixture.ts";

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

describe("a deleted hook", () => {
  const path = "/api/v1/hooks/shop/short-lived";
  const shortLived = restarts && { ...restarts, name: "short-lived", uid: "uid-short-lived" };
  let heldTag = "";

  beforeAll(async () => {
    if (!shortLived) throw new Error("no hook to go by");
    await gateway.store.putHooks([shortLived]);
    const { status, headers } = await gateway.get(path, YAML);
    expect(status).toBe(200);
    heldTag = String(headers.etag);
    await gateway.store.deleteHooks([shortLived], NOW);
  });

  test("has no manifest, which would bring it back when applied: 404 that says since when, also to who holds one", async () => {
    for (const headers of [YAML, { ...YAML, "If-None-Match": heldTag }]) {
      const { status, json } = await gateway.get(path, headers);
      expect(status).toBe(404);
      expect(json).toMatchObject({
        code: "NOT_FOUND",
        detail: 'The hook with namespace "shop" and name "short-lived" is gone since 2026-11-23T12:00:00.000Z.',
      });
    }
    expect((await gateway.get(`${path}?format=yaml`)).status).toBe(404);
  });

  test("stays readable where the answer says that it is deleted: as JSON", async () => {
    const { status, json } = await gateway.get(path);
    expect([status, json.name, json.deletedAt]).toEqual([200, "short-lived", "2026-11-23T12:00:00.000Z"]);
  });

  test("is in no list, of either form", async () => {
    expect((await gateway.get("/api/v1/hooks?format=yaml")).text).not.toContain("short-lived");
    expect((await gateway.get("/api/v1/hooks")).text).not.toContain("short-lived");
  });

  test("that is made again has its manifest again", async () => {
    if (!shortLived) throw new Error("no hook to go by");
    await gateway.store.putHooks([{ ...shortLived, uid: "uid-second-life" }]);
    const { status, text } = await gateway.get(path, YAML);
    expect([status, parse(text)]).toEqual([200, shortLived.manifest]);
    await gateway.store.deleteHooks([shortLived], NOW);
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
