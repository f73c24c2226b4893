// HTTP as HTTP says: methods, negotiation, tags, compression, and what a caller that holds an answer is told.
import { brotliDecompressSync, gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { type Gateway, observations, startGateway } from "./restFixture.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const ANSWERED = REST_ROUTES.filter(({ message, isFresh }) => message === null && !isFresh);
const PATHS = [...new Set(ANSWERED.map(({ path }) => path)), "/api/v1/openapi.json"].map((path) =>
  path.replace("{namespace}", "shop").replace("{name}", "restarts").replace("{eventType}", "oom-kill"),
);

describe.each(PATHS)("%s", (path) => {
  test("answers GET with a tag, for the caller alone", async () => {
    const { status, headers, body } = await gateway.get(path);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "content-type": "application/json; charset=utf-8",
      "cache-control": "private, no-cache",
      etag: expect.stringMatching(/^W\/"[\w-]+"$/),
      vary: expect.stringContaining("Accept-Encoding"),
      "x-request-id": expect.stringMatching(/./),
    });
    expect(headers["content-length"]).toBe(String(body.length));
  });

  test("answers HEAD with the headers of GET and no body", async () => {
    const [get, head] = [await gateway.get(path), await gateway.call("HEAD", path)];
    expect(head.status).toBe(200);
    expect(head.body).toHaveLength(0);
    for (const name of ["content-type", "content-length", "etag", "cache-control", "vary"]) {
      expect(head.headers[name]).toBe(get.headers[name]);
    }
  });

  test("answers OPTIONS with the methods it serves", async () => {
    const { status, headers, body } = await gateway.call("OPTIONS", path);
    expect([status, headers.allow, body.length]).toEqual([204, "GET, HEAD, OPTIONS", 0]);
  });

  test.each(["POST", "PUT", "PATCH", "DELETE"])("refuses %s, saying what is allowed", async (method) => {
    const { status, headers, json } = await gateway.call(method, path);
    expect([status, headers.allow, headers["content-type"]]).toEqual([
      405,
      "GET, HEAD, OPTIONS",
      "application/problem+json",
    ]);
    expect(json).toMatchObject({ status: 405, title: "Method not allowed", requestId: headers["x-request-id"] });
  });

  test("tells a caller that holds the answer that it still is the answer", async () => {
    const { etag = "" } = (await gateway.get(path)).headers;
    for (const held of [etag, `"other", ${etag}`, etag.slice(2), "*"]) {
      const { status, headers, body } = await gateway.get(path, { "If-None-Match": held });
      expect([status, headers.etag, body.length]).toEqual([304, etag, 0]);
    }
    expect((await gateway.get(path, { "If-None-Match": '"other"' })).status).toBe(200);
  });

  test.each([
    ["gzip", gunzipSync],
    ["br", brotliDecompressSync],
  ] as const)("is compressed as %s when it is long enough", async (coding, decompress) => {
    const plain = await gateway.get(path);
    const { headers, body } = await gateway.get(path, { "Accept-Encoding": coding });
    if (plain.body.length < 1024) {
      expect(headers["content-encoding"]).toBeUndefined();
      expect(body).toEqual(plain.body);
    } else {
      expect(headers["content-encoding"]).toBe(coding);
      expect(body.length).toBeLessThan(plain.body.length);
      expect(decompress(body)).toEqual(plain.body);
    }
    expect(headers["content-length"]).toBe(String(body.length));
    expect(headers.etag).toBe(plain.headers.etag);
  });
});

describe("compression", () => {
  test.each([
    ["gzip, br", "br"],
    ["gzip;q=1, br;q=0.5", "gzip"],
    ["br;q=0, gzip", "gzip"],
    ["*", "br"],
    ["GZIP", "gzip"],
    ["identity", undefined],
    ["gzip;q=0", undefined],
    ["deflate, zstd", undefined],
    [";;,,=q", undefined],
  ])("Accept-Encoding: %s gives %s", async (accepted, coding) => {
    const { status, headers } = await gateway.get("/api/v1/events", { "Accept-Encoding": accepted });
    expect([status, headers["content-encoding"]]).toEqual([200, coding]);
  });
});

describe("media types", () => {
  test.each([
    ["application/json", 200, "application/json; charset=utf-8"],
    ["*/*", 200, "application/json; charset=utf-8"],
    ["application/*", 200, "application/json; charset=utf-8"],
    ["text/html, application/xhtml+xml, */*;q=0.8", 200, "application/json; charset=utf-8"],
    ["application/yaml", 200, "application/yaml; charset=utf-8"],
    ["application/json;q=0.5, application/yaml", 200, "application/yaml; charset=utf-8"],
    ["application/yaml;q=0, */*", 200, "application/json; charset=utf-8"],
    ["text/html", 406, "application/problem+json"],
    ["application/json;q=0", 406, "application/problem+json"],
  ])("of a hook, Accept: %s gives %i %s", async (accept, status, type) => {
    const reply = await gateway.get("/api/v1/hooks/shop/restarts", { Accept: accept });
    expect([reply.status, reply.headers["content-type"]]).toEqual([status, type]);
  });

  test("an event list is not to be had as YAML, and the refusal says what is", async () => {
    const { status, json } = await gateway.get("/api/v1/events", { Accept: "application/yaml" });
    expect(status).toBe(406);
    expect(json.detail).toContain("application/json");
  });

  test("?format= wins over Accept", async () => {
    const { headers } = await gateway.get("/api/v1/hooks?format=yaml", { Accept: "application/json" });
    expect(headers["content-type"]).toBe("application/yaml; charset=utf-8");
    const json = await gateway.get("/api/v1/hooks?format=json", { Accept: "application/yaml" });
    expect(json.headers["content-type"]).toBe("application/json; charset=utf-8");
  });
});

test("a target in absolute form is answered as its path is", async () => {
  const path = "/api/v1/events?limit=2";
  const plain = await gateway.get(path);
  const absolute = await gateway.get(`http://gateway.example:8082${path}`);
  expect([absolute.status, absolute.text, absolute.headers.etag]).toEqual([200, plain.text, plain.headers.etag]);
});

describe("while nothing changes", () => {
  test("an answer that is asked for again is kept, and 304 needs none at all", async () => {
    const path = "/api/v1/events?limit=11";
    const { etag = "" } = (await gateway.get(path)).headers;
    const first = gateway.executions();
    await gateway.get(path, { "If-None-Match": etag });
    expect(gateway.executions()).toBe(first);
    const second = await gateway.get(path);
    expect(gateway.executions()).toBe(first + 1);
    const third = await gateway.get(path);
    expect(gateway.executions()).toBe(first + 1);
    expect(third.body).toEqual(second.body);
  });

  test("the tag of one answer is not taken for another's", async () => {
    const { etag = "" } = (await gateway.get("/api/v1/events?limit=1")).headers;
    expect((await gateway.get("/api/v1/events?limit=2", { "If-None-Match": etag })).status).toBe(200);
    expect((await gateway.get("/api/v1/events?limit=0", { "If-None-Match": etag })).status).toBe(400);
  });

  test("a tag says neither which store it is of nor how far that has come", async () => {
    const path = "/api/v1/hooks?limit=12";
    const { epoch, revision } = gateway.store;
    const { etag: before = "" } = (await gateway.get(path)).headers;
    await gateway.store.recordGap({ from: 1, to: 2, reason: "r", source: "s" });
    const { etag: after = "" } = (await gateway.get(path)).headers;
    expect(gateway.store.revision).toBe(revision + 1);
    const [one = "", other = ""] = [before, after].map((tag) => /^W\/"([\w-]{22})-/.exec(tag)?.[1]);
    expect([one.includes(epoch), one.slice(0, 8) === other.slice(0, 8), one.slice(-8) === other.slice(-8)]).toEqual([
      false,
      false,
      false,
    ]);
    const { cursors } = gateway.store; // nor can it be held against cursors, whose numbers are as large
    expect(cursors.decode(one)).toBe("foreign");
  });

  test("callers of different rights share neither answers nor tags", async () => {
    const path = "/api/v1/events?limit=13";
    const { etag = "" } = (await gateway.get(path, { "X-Namespaces": "shop" })).headers;
    const before = gateway.executions();
    const other = await gateway.get(path, { "X-Namespaces": "data", "If-None-Match": etag });
    expect([other.status, gateway.executions()]).toEqual([200, before + 1]);
    expect(other.headers.etag).not.toBe(etag);
  });

  test("who may not see everything is told by a tag of what was answered, and of nothing else", async () => {
    const path = "/api/v1/events?limit=14";
    const { etag = "", "cache-control": cached } = (await gateway.get(path, { "X-Namespaces": "shop" })).headers;
    expect(cached).toBe("private, no-cache");
    const [like] = observations();
    if (!like) throw new Error("no observations");
    await gateway.store.append([{ ...like, uid: "elsewhere", namespace: "elsewhere", hooks: [] }], like.lastSeen);
    expect((await gateway.get(path, { "X-Namespaces": "shop", "If-None-Match": etag })).status).toBe(304);
  });

  test("JSON and YAML of one hook have different tags", async () => {
    const path = "/api/v1/hooks/shop/restarts";
    const json = await gateway.get(path);
    const yaml = await gateway.get(path, { Accept: "application/yaml", "If-None-Match": json.headers.etag ?? "" });
    expect(yaml.status).toBe(200);
  });
});

test("when the store has changed, what is held is out of date and the new answer has what is new", async () => {
  const path = "/api/v1/events?limit=1&sort=-timestamp&reason=Fresh";
  const held = await gateway.get(path);
  const [like] = observations();
  if (!like) throw new Error("no observations");
  await gateway.store.append([{ ...like, uid: "fresh", reason: "Fresh" }], like.lastSeen);
  const { status, json, headers } = await gateway.get(path, { "If-None-Match": held.headers.etag ?? "" });
  expect(status).toBe(200);
  expect(json.events[0].id).toBe("fresh.1");
  expect(headers.etag).not.toBe(held.headers.etag);
});

describe.each(REST_ROUTES.filter(({ isFresh, takes }) => isFresh && !takes).map(({ path }) => path))(
  "%s holds for the moment",
  (path) => {
    test("has no tag, is not to be kept, and is made anew for whoever asks again", async () => {
      const before = gateway.executions();
      for (const headers of [{}, { "If-None-Match": "*" }, {}]) {
        const { status, headers: given, json } = await gateway.get(path, headers);
        expect([status, given.etag, given["cache-control"]]).toEqual([200, undefined, "no-store"]);
        expect(Object.keys(json as object).length).toBeGreaterThan(3);
      }
      expect(gateway.executions()).toBe(before + 3);
      expect((await gateway.call("HEAD", path)).body).toHaveLength(0);
      expect((await gateway.call("POST", path)).status).toBe(405);
    });
  },
);
