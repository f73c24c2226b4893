// Routes that take a body: which methods, media types and sizes, and that hostile bodies get an answer like any other.
import { request as httpRequest } from "node:http";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { GOOD } from "../hooks/marked.ts";
import { type Gateway, startGateway } from "./restFixture.ts";

const PATH = "/api/v1/hooks/validate";
const YAML = { "Content-Type": "application/yaml" };

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

test("a good manifest is good, by the definition that comes along as there is no cluster", async () => {
  const { status, json } = await gateway.post(PATH, GOOD.replace("namespace: shop", "namespace: idle"), YAML);
  expect([status, json]).toEqual([
    200,
    {
      valid: true,
      errors: [],
      warnings: [expect.objectContaining({ code: "UNKNOWN_EVENT_TYPE" })], // this gateway has no sources
      omitted: 0,
      hooks: [{ namespace: "idle", name: "restarts" }],
      schema: { source: "bundled", apiVersions: ["kagent.dev/v1alpha2"], reason: "there is no cluster" },
    },
  ]);
});

test("a bad one is told of as the contract says, and is no failure", async () => {
  const { status, json } = await gateway.post(PATH, GOOD.replace("pod-restart", "pod-restrt"), YAML);
  expect(status).toBe(200);
  expect(json.valid).toBe(false);
  expect(json.errors).toEqual([
    {
      path: "spec.eventConfigurations[0].eventType",
      code: "NOT_SUPPORTED",
      message: expect.stringContaining('did you mean "pod-restart"?'),
      line: 10,
      column: 18,
      document: 1,
      hook: { namespace: "shop", name: "restarts" },
      origin: "schema",
    },
  ]);
});

test("hooks that are there already are known", async () => {
  const { json } = await gateway.post(PATH, GOOD.replace("name: restarts", "name: another"), YAML);
  const shared = json.warnings.filter(({ code }: { code: string }) => code === "SHARED_EVENT_TYPE");
  expect(shared).toMatchObject([
    { message: expect.stringContaining("restarts of shop waits for pod-restart as well") },
  ]);
});

test("what the gateway exports is good, and comes back as it was", async () => {
  const exported = (await gateway.get("/api/v1/hooks?format=yaml")).text;
  const { json } = await gateway.post(PATH, exported, YAML);
  expect([json.valid, json.errors, json.hooks.length]).toEqual([true, [], 3]);
});

describe("media types", () => {
  test.each([
    "application/yaml",
    "application/yaml; charset=utf-8",
    "Application/YAML",
    "application/x-yaml",
    "text/yaml",
    "application/json",
  ])("%s is taken", async (type) => {
    expect((await gateway.post(PATH, "{}", { "Content-Type": type })).status).toBe(200);
  });

  test.each([
    [{ "Content-Type": "application/x-www-form-urlencoded" }],
    [{ "Content-Type": "text/plain" }],
    [{ "Content-Type": "application/yaml; charset=utf-16" }],
    [{ "Content-Type": "application/yaml", "Content-Encoding": "gzip" }],
    [{}],
  ])("%j is not, and what is taken is named", async (headers: Record<string, string>) => {
    const { status, json, headers: given } = await gateway.post(PATH, "{}", headers);
    expect([status, json.code]).toEqual([415, "UNSUPPORTED_MEDIA_TYPE"]);
    expect(json.detail).toContain("application/yaml or application/json");
    expect(given["accept-post"]).toBe("application/yaml, application/json");
  });
});

test("POST and OPTIONS are allowed, and nothing else", async () => {
  for (const method of ["GET", "HEAD", "PUT", "DELETE"]) {
    const { status, headers } = await gateway.call(method, PATH);
    expect([status, headers.allow]).toEqual([405, "POST, OPTIONS"]);
  }
  const { status, headers } = await gateway.call("OPTIONS", PATH);
  expect([status, headers.allow]).toEqual([204, "POST, OPTIONS"]);
  expect((await gateway.call("OPTIONS", "/api/v1/hooks")).headers.allow).toBe("GET, HEAD, OPTIONS");
});

test("a body may have 256 KiB, announced or not", async () => {
  const most = `# ${"x".repeat(256 * 1024 - 2)}`;
  expect((await gateway.post(PATH, most, YAML)).status).toBe(200);
  const { status, json } = await gateway.post(PATH, `${most}x`, YAML);
  expect([status, json.code]).toEqual([413, "PAYLOAD_TOO_LARGE"]);
  expect(await unannounced(`${most}x`)).toBe(413);
});

test("what is no UTF-8 is refused", async () => {
  expect((await gateway.post(PATH, Buffer.from([0x61, 0xff]), YAML)).status).toBe(400);
});

test("an unknown parameter is refused", async () => {
  const { status, json } = await gateway.post(`${PATH}?dryrun=true`, GOOD, YAML);
  expect([status, json.errors[0].parameter]).toEqual([400, "dryrun"]);
});

test("hostile bodies are answered", async () => {
  const part = fc.constantFrom(
    "kind: Hook",
    "\n",
    "- ",
    "&a ",
    "*a",
    "{",
    "[",
    ": ",
    "\u0000",
    "---\n",
    "\ud800",
    "!!x ",
    '"',
    "  ",
  );
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.oneof(part, fc.string({ unit: "binary", maxLength: 5 })), { maxLength: 30 }),
      async (parts) => {
        const { status, json } = await gateway.post(PATH, parts.join(""), YAML);
        expect([status, typeof json.valid]).toEqual([200, "boolean"]);
      },
    ),
    { numRuns: 400, seed: 20261125 },
  );
  for (const body of ["[".repeat(250_000), "a: &a [*a, *a]", `a: &a x\n${"- *a\n".repeat(40_000)}`]) {
    expect((await gateway.post(PATH, body, YAML)).json.valid).toBe(false);
  }
  expect(gateway.failures).toEqual([]);
}, 60_000);

/** In chunks, without a Content-Length. */
function unannounced(body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const request = httpRequest(`${gateway.url}${PATH}`, { method: "POST", headers: YAML }, (response) => {
      response.resume();
      resolve(response.statusCode);
    });
    request.on("error", reject);
    for (let at = 0; at < body.length; at += 65_536) request.write(body.slice(at, at + 65_536));
    request.end();
  });
}
