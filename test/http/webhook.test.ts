// POST /api/v1/sources/webhook/{name}: who may send, every answer, and what is stored by then.
import { readFileSync } from "node:fs";
import { rm, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { MAX_DELIVERY } from "../../src/http/webhook.ts";
import { sumOf } from "../store/model.ts";
import { EVENT, pathOf, type Reply, SECRET, STRUCTURED, signature, WebhookServer } from "./webhookFixture.ts";

const ALERTS = JSON.parse(readFileSync(new URL("../fixtures/alertmanager.json", import.meta.url), "utf8"));
const AUTHORIZED = { Authorization: `Bearer ${SECRET}`, "Content-Type": STRUCTURED };
const BODY = JSON.stringify(EVENT);

let gateway: WebhookServer;
const start = async (): Promise<void> => {
  gateway = await WebhookServer.start();
};
const stop = (): Promise<void> => gateway.close();

function eachWithItsOwn(): void {
  beforeEach(start);
  afterEach(stop);
}

async function stored() {
  const { records } = await gateway.store.events({ filter: {}, sort: "TIMESTAMP", first: 100 });
  return records.map(({ event }) => event);
}

function expectProblem(reply: Reply, status: number, code: string): void {
  expect(reply.json).toMatchObject({ type: "about:blank", status, code, requestId: reply.headers["x-request-id"] });
  expect([reply.status, reply.headers["content-type"]]).toEqual([status, "application/problem+json"]);
}

describe("what is taken", () => {
  eachWithItsOwn();

  test("a CloudEvent is stored as the event that its entry says", async () => {
    const reply = await gateway.post("deployer", EVENT);
    expect([reply.status, reply.headers["content-type"], reply.json]).toEqual([
      202,
      "application/json; charset=utf-8",
      { received: 1, taken: 1, ignored: [] },
    ]);
    expect(await stored()).toMatchObject([
      {
        id: expect.stringMatching(/^[0-9a-f]{32}\.1$/),
        cluster: "test",
        source: "deployer",
        eventType: "deploy-failed",
        severity: "HIGH",
        status: "FIRING",
        namespace: "shop",
        resource: { apiVersion: "", kind: "Deployment", name: "web", namespace: "shop", uid: null },
        reason: "com.example.deploy.failed",
        message: "image not found",
        tags: { team: "platform", cloudEventSource: "/deployer" },
        timestamp: Date.parse(EVENT.time),
        ignoredByController: "OTHER_SOURCE",
      },
    ]);
    expect(gateway.report()).toMatchObject({ name: "webhook", state: "RUNNING", observed: 1, restarts: 0 });
  });

  test("an entry for the name comes before one for all, where its conditions hold", async () => {
    await gateway.post("ci", { ...EVENT, data: { message: "The Pipeline broke" } });
    await gateway.post("ci", { ...EVENT, id: "2" });
    expect((await stored()).map(({ eventType }) => eventType).sort()).toEqual(["ci-failed", "deploy-failed"]);
  });

  test("one in headers", async () => {
    const headers = {
      Authorization: `Bearer ${SECRET}`,
      "Content-Type": "application/json",
      "ce-specversion": "1.0",
      "ce-id": "7",
      "ce-source": "/deployer",
      "ce-type": EVENT.type,
      "ce-subject": "shop/Deployment/caf%C3%A9",
    };
    const reply = await gateway.send("POST", pathOf("deployer"), headers, '{"summary":"rolled back"}');
    expect([reply.status, reply.json.taken]).toEqual([202, 1]);
    expect(await stored()).toMatchObject([{ message: "rolled back", namespace: "shop", resource: { name: "café" } }]);
  });

  test("alerts, also those that are resolved by now, and the status of each follows from when it began", async () => {
    const reply = await gateway.post("alertmanager", ALERTS, { "Content-Type": "application/json" });
    expect(reply.json).toEqual({ received: 2, taken: 2, ignored: [] });
    expect((await stored()).map(({ resource, status }) => [resource.name, status])).toEqual([
      ["web-2", "RESOLVED"],
      ["web-1", "FIRING"],
    ]);
  });

  test("what has no entry, and what its entry switches off, is counted and not stored", async () => {
    const alert = (alertname: string) => ({ ...ALERTS.alerts[0], labels: { alertname }, fingerprint: alertname });
    const alerts = [alert("Unknown"), alert("Watchdog"), alert("Unknown"), ALERTS.alerts[0]];
    const reply = await gateway.post("alertmanager", { ...ALERTS, alerts }, { "Content-Type": "application/json" });
    expect(reply.json).toEqual({
      received: 4,
      taken: 1,
      ignored: [
        { type: "Unknown", why: "unmapped", count: 2 },
        { type: "Watchdog", why: "disabled", count: 1 },
      ],
    });
    expect(await stored()).toHaveLength(1);
    expect(gateway.report().message).toBe("taking what is posted; ignored so far: 2 unmapped, 1 disabled");
    // Entries of another name are not asked.
    expect((await gateway.post("ci", ALERTS, { "Content-Type": "application/json" })).json.taken).toBe(0);
  });

  test("what was told before changes nothing, whatever it says beside its identity", async () => {
    await gateway.post("deployer", EVENT);
    const before = await stored();
    const replies = await Promise.all([
      gateway.post("deployer", EVENT),
      gateway.post("deployer", { ...EVENT, time: undefined, data: "something else" }),
      gateway.post("deployer", [EVENT, EVENT]),
    ]);
    expect(replies.map(({ status }) => status)).toEqual([202, 202, 202]);
    expect(await stored()).toEqual(before);

    await gateway.post("alertmanager", ALERTS, { "Content-Type": "application/json" });
    const resolved = ALERTS.alerts.map((alert: object) => ({
      ...alert,
      status: "resolved",
      endsAt: "2026-11-23T12:00:00Z",
    }));
    const headers = { "Content-Type": "application/json" };
    expect((await gateway.post("alertmanager", { ...ALERTS, alerts: resolved }, headers)).json.taken).toBe(2);
    expect(await stored()).toHaveLength(3);
  });

  test("the same CloudEvent told to another webhook, or with another source, is another", async () => {
    await gateway.post("deployer", EVENT);
    await gateway.post("ci", EVENT);
    await gateway.post("deployer", { ...EVENT, source: "/other" });
    expect((await stored()).map(({ status }) => status).sort()).toEqual(["DUPLICATE", "DUPLICATE", "FIRING"]);
  });

  test("a batch of thousands is stored as a whole, in order of time", async () => {
    const batch = Array.from({ length: 3000 }, (_, index) => ({
      ...EVENT,
      id: `${index}`,
      time: new Date(Date.parse(EVENT.time) - index * 1000).toISOString(),
    }));
    expect((await gateway.post("deployer", batch)).json.taken).toBe(3000);
    expect(await gateway.store.count({})).toBe(3000);
    // They go back 50 minutes less a second, so the last of five windows ended at 11:58:01.
    expect(sumOf(await gateway.store.byType({}))).toMatchObject({ firing: 0, duplicate: 2995, resolved: 5 });
  });
});

describe("who may send", () => {
  eachWithItsOwn();

  test.each([
    ["the bearer token", { Authorization: `Bearer ${SECRET}` }],
    ["the bearer token in another case of its scheme", { Authorization: `bearer  ${SECRET}` }],
    ["the body's signature", { "X-Hub-Signature-256": signature(BODY, SECRET) }],
    [
      "its signature in capitals",
      { "X-Hub-Signature-256": signature(BODY, SECRET).toUpperCase().replace("SHA", "sha") },
    ],
    [
      "its signature beside a token of somebody else",
      { Authorization: "Bearer x", "X-Hub-Signature-256": signature(BODY, SECRET) },
    ],
  ])("with %s", async (_what, headers) => {
    const reply = await gateway.send("POST", pathOf("ci"), { "Content-Type": STRUCTURED, ...headers }, BODY);
    expect([reply.status, reply.text]).toEqual([202, expect.any(String)]);
  });

  test.each<[string, Record<string, string>]>([
    ["nothing", {}],
    ["another token", { Authorization: "Bearer wrong" }],
    ["a token that is longer", { Authorization: `Bearer ${SECRET}x` }],
    ["an empty token", { Authorization: "Bearer " }],
    ["another scheme", { Authorization: `Basic ${Buffer.from(`:${SECRET}`).toString("base64")}` }],
    ["the signature of another body", { "X-Hub-Signature-256": signature("{}", SECRET) }],
    ["a signature by another secret", { "X-Hub-Signature-256": signature(BODY, "wrong") }],
    ["a signature that is cut", { "X-Hub-Signature-256": signature(BODY, SECRET).slice(0, -1) }],
    ["a signature of another sort", { "X-Hub-Signature-256": `sha1=${"0".repeat(40)}` }],
  ])("with %s nobody", async (_what, headers) => {
    const reply = await gateway.send("POST", pathOf("ci"), { "Content-Type": STRUCTURED, ...headers }, BODY);
    expectProblem(reply, 401, "UNAUTHENTICATED");
    expect(reply.headers["www-authenticate"]).toBe("Bearer");
    expect(await stored()).toEqual([]);
  });

  test("a new secret counts at once, and two while they change", async () => {
    await writeFile(gateway.secretFile, `${SECRET}\nnext\n`);
    const next = { Authorization: "Bearer next" };
    expect([(await gateway.post("ci", EVENT)).status, (await gateway.post("ci", EVENT, next)).status]).toEqual([
      202, 202,
    ]);
    await writeFile(gateway.secretFile, "next");
    expect([(await gateway.post("ci", EVENT)).status, (await gateway.post("ci", EVENT, next)).status]).toEqual([
      401, 202,
    ]);
  });

  test("while the secret cannot be read nobody, and all are told to come again", async () => {
    await rm(gateway.secretFile);
    const reply = await gateway.post("ci", EVENT);
    await gateway.post("ci", EVENT);
    expectProblem(reply, 503, "UNAVAILABLE");
    expect(reply.headers["retry-after"]).toBe("5");
    expect(gateway.report()).toMatchObject({ state: "DEGRADED", message: expect.stringMatching(/^secrets: ENOENT/) });
    expect(gateway.log.at("error")).toHaveLength(1);
    await writeFile(gateway.secretFile, SECRET);
    expect((await gateway.post("ci", EVENT)).status).toBe(202);
    expect(gateway.report().state).toBe("RUNNING");
  });

  test("no secret is ever logged", async () => {
    await gateway.post("ci", EVENT);
    await gateway.send(
      "POST",
      pathOf("ci"),
      { Authorization: "Bearer my-own-token", "X-Hub-Signature-256": signature(BODY, SECRET) },
      BODY,
    );
    const logged = JSON.stringify([gateway.log.lines, gateway.server.lines, gateway.report()]);
    expect(gateway.server.lines.length).toBeGreaterThan(1);
    for (const secret of [SECRET, "my-own-token", signature(BODY, SECRET).slice(7)])
      expect(logged).not.toContain(secret);
  });
});

describe("what is refused", () => {
  beforeAll(start);
  afterAll(stop);

  test("all faults of a body are named", async () => {
    const reply = await gateway.post("ci", { ...EVENT, id: undefined, source: "a b" });
    expectProblem(reply, 400, "BAD_USER_INPUT");
    expect(reply.json.errors).toEqual([
      { path: "id", message: "id: is missing: it must be a text, and not empty" },
      { path: "source", message: "source: must be a URI reference, such as /ci/builds or https://ci.example.com" },
    ]);
  });

  test("a batch with one fault, as a whole", async () => {
    expectProblem(await gateway.post("deployer", [EVENT, {}]), 400, "BAD_USER_INPUT");
    expect(await stored()).toEqual([]);
  });

  test("another media type, saying which would do", async () => {
    const reply = await gateway.post("ci", EVENT, { "Content-Type": "text/plain" });
    expectProblem(reply, 415, "UNSUPPORTED_MEDIA_TYPE");
    expect(reply.headers["accept-post"]).toContain("application/cloudevents+json");
  });

  test("a compressed body", async () => {
    expectProblem(await gateway.post("ci", EVENT, { "Content-Encoding": "gzip" }), 415, "UNSUPPORTED_MEDIA_TYPE");
  });

  test("a body that is too large, whether it says so or not", async () => {
    const body = JSON.stringify({ ...EVENT, data: "x".repeat(MAX_DELIVERY) });
    expectProblem(await gateway.send("POST", pathOf("ci"), AUTHORIZED, body), 413, "PAYLOAD_TOO_LARGE");
    const chunked = await fetch(`${gateway.server.url}${pathOf("ci")}`, {
      method: "POST",
      headers: AUTHORIZED,
      body: new Blob([body]).stream(),
      duplex: "half",
    } as RequestInit); // duplex is not in the types yet
    expect(chunked.status).toBe(413);
    expect(await stored()).toEqual([]);
  });

  test("what a caller without a secret sends is not even read", async () => {
    const { port } = gateway.server;
    const answer = await new Promise<string>((resolve, reject) => {
      const socket = connect(port, "127.0.0.1", () => {
        socket.write(`POST ${pathOf("ci")} HTTP/1.1\r\nHost: a\r\nContent-Length: 1000\r\n\r\n{`);
      });
      socket.once("data", (data) => {
        resolve(String(data));
        socket.destroy();
      });
      socket.once("error", reject);
    });
    expect(answer).toMatch(/^HTTP\/1\.1 401 /);
  });

  test.each(["GET", "HEAD", "PUT", "DELETE", "PATCH"])("the method %s", async (method) => {
    const reply = await gateway.send(method, pathOf("ci"), AUTHORIZED);
    expect([reply.status, reply.headers.allow]).toEqual([405, "POST, OPTIONS"]);
    if (method !== "HEAD") expectProblem(reply, 405, "METHOD_NOT_ALLOWED");
  });

  test("OPTIONS says what may be posted", async () => {
    const { status, headers } = await gateway.send("OPTIONS", pathOf("ci"), {});
    expect([status, headers.allow]).toEqual([204, "POST, OPTIONS"]);
    expect(headers["accept-post"]).toBe(
      "application/cloudevents+json, application/cloudevents-batch+json, application/json",
    );
  });

  test.each(["kubernetes", "CI", "a%2Fb", "..%2Fci", "%00", "%zz", "a".repeat(64)])("the name %s", async (name) => {
    expectProblem(await gateway.send("POST", pathOf(name), AUTHORIZED, BODY), 404, "NOT_FOUND");
  });

  test.each(["/api/v1/sources/webhook", "/api/v1/sources/webhook/", "/api/v1/sources/webhook/ci/", "/api/v1/sources"])(
    "the path %s, as any that is unknown",
    async (path) => {
      expect((await gateway.send("POST", path, AUTHORIZED, BODY)).status).toBe(404);
    },
  );

  test("a caller that goes in the middle of its body leaves nothing behind", async () => {
    const socket = connect(gateway.server.port, "127.0.0.1");
    socket.write(
      `POST ${pathOf("ci")} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${SECRET}\r\nContent-Type: ${STRUCTURED}\r\nContent-Length: 9999\r\n\r\n${BODY}`,
    );
    await new Promise((resolve) => setTimeout(resolve, 50));
    socket.destroy();
    expect((await gateway.post("ci", { ...EVENT, id: "2" })).status).toBe(202);
    expect(await stored()).toHaveLength(1);
    expect(gateway.server.lines.filter(({ level }) => level === "error")).toEqual([]);
  });
});

describe("a store that cannot take it now", () => {
  eachWithItsOwn();

  test.each([
    ["before it has stored", "die before the commit", 1],
    ["after it has stored", "die after the commit", 2],
  ])(
    "whose writer dies %s: it is to be sent again, and then is there once",
    async (_when, message, storedMeanwhile) => {
      const first = { ...EVENT, id: "first" };
      const deadly = { ...EVENT, data: { message } };
      expect((await gateway.post("deployer", first)).status).toBe(202);
      const reply = await gateway.post("deployer", deadly);
      expectProblem(reply, 503, "UNAVAILABLE");
      expect(reply.headers["retry-after"]).toBe("5");
      expect(gateway.report()).toMatchObject({
        state: "DEGRADED",
        message: expect.stringMatching(/^storing: /),
        restarts: 0,
      });
      expect(await gateway.store.count({})).toBe(storedMeanwhile);

      const again = await gateway.post("deployer", { ...deadly, data: { message: "as it was" } });
      expect([again.status, again.json.taken]).toEqual([202, 1]);
      expect(await gateway.store.count({})).toBe(2);
      expect(gateway.report()).toMatchObject({ state: "RUNNING", observed: 2 });
    },
  );

  test("that is closed refuses it all the same", async () => {
    await gateway.store.close();
    expectProblem(await gateway.post("deployer", EVENT), 503, "UNAVAILABLE");
  });
});
