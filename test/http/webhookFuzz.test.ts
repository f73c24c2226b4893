// Hostile deliveries by the thousand: whatever is posted, the answer is one that is documented, and never a failure of ours.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { EVENT, pathOf, SECRET, signature, WebhookServer } from "./webhookFixture.ts";

let gateway: WebhookServer;
beforeAll(async () => {
  gateway = await WebhookServer.start();
});
afterAll(() => gateway.close());

const RUNS = 4000;
const STATUSES = new Set([202, 204, 400, 401, 404, 405, 415]);

const hostileText = fc.constantFrom(
  "", " ", "\0", "\ud800", "\u202e", "__proto__", "constructor", "toString", "hasOwnProperty", "null", "%", "%00", "%E2%82%AC", "a b", "/",
  "urn:x:y", "../../etc/passwd", "'; DROP TABLE events; --", "$(jndi)", "{{.Message}}", "🔥", "x".repeat(5000), "1.0", "4", "firing",
  "2026-11-23T11:59:00Z", "2026-11-23T11:59:00.123456789+14:00", "0001-01-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "99999-01-01T00:00:00Z",
  "Infinity", "1e999", "com.example.deploy.failed", "KubePodCrashLooping", "AAAA", "text/plain", "application/json",
); // biome-ignore format: a list to be read across
const scalar = fc.oneof(
  hostileText,
  fc.string({ unit: "binary", maxLength: 8 }),
  fc.constantFrom(null, true, false, 0, -0, -1, 1e308, Number.MAX_SAFE_INTEGER, 2 ** 63, 0.1),
);
const name = fc.constantFrom(
  "specversion", "id", "source", "type", "time", "subject", "datacontenttype", "dataschema", "data", "data_base64", "kind", "name",
  "namespace", "metadata", "resource", "message", "pod", "node", "deployment", "uid", "apiVersion", "version", "alerts", "status", "labels",
  "annotations", "startsAt", "endsAt", "fingerprint", "alertname", "description", "__proto__", "constructor", "prototype", "toString", "",
); // biome-ignore format: a list to be read across
const { anything } = fc.letrec<{ anything: unknown }>((tie) => ({
  anything: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalar,
    fc.array(tie("anything"), { maxLength: 3 }),
    fc.array(fc.tuple(name, tie("anything")), { maxLength: 5 }).map(ownEntries),
  ),
}));

/** A body that was right, with some of it replaced, so that faults lie deep. */
const almost = <T extends object>(right: T) =>
  fc.array(fc.tuple(fc.constantFrom(...Object.keys(right)), anything), { maxLength: 2 }).map((changes) => ({
    ...right,
    ...ownEntries(changes),
  }));
const event = fc
  .nat(50)
  .chain((id) => almost({ ...EVENT, id: `event-${id}`, subject: "shop/Pod/web-1", data: {}, extension: 1 }));
const alert = almost({
  status: "firing",
  labels: { alertname: "KubePodCrashLooping", namespace: "shop", pod: "web-1" },
  annotations: { summary: "It crashes." },
  startsAt: "2026-11-23T11:59:00Z",
  fingerprint: "f1",
});
const payload = fc.array(alert, { maxLength: 3 }).chain((alerts) => almost({ version: "4", alerts, groupLabels: {} }));

const bytesOf = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const json = anything.map(bytesOf);
const raw = fc.oneof(
  fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
  fc.tuple(json, fc.nat(), fc.nat(255)).map(([bytes, at, byte]) => {
    const bent = Buffer.from(bytes);
    bent[at % bent.length] = byte;
    return bent;
  }),
  fc.constantFrom(
    "", "{", "[", "[".repeat(100_000), `${"[".repeat(100_000)}${"]".repeat(100_000)}`, `${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`,
    '{"__proto__":{"specversion":"1.0"},"constructor":{"prototype":{"polluted":true}}}', `{"id":${"9".repeat(5000)}}`, '{"id":1e400}',
    '{"id":"a","id":"b"}', "NaN", "\ufeff{}", '{"a":"\ud800"}',
  ).map((text) => Buffer.from(text)), // biome-ignore format: a list to be read across
);
const type = fc.constantFrom(
  "application/cloudevents+json", "application/cloudevents-batch+json", "application/json", "application/cloudevents+json; charset=utf-8",
  "text/plain", "application/cloudevents+avro", "application/json; charset=latin1", "x", ";", "application/json;;;",
); // biome-ignore format: what is right, and what is not
/** Media type and body: mostly of one another. */
const content = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(fc.constant("application/cloudevents+json"), event.map(bytesOf)) },
  {
    weight: 2,
    arbitrary: fc.tuple(
      fc.constant("application/cloudevents-batch+json"),
      fc.array(event, { maxLength: 4 }).map(bytesOf),
    ),
  },
  { weight: 4, arbitrary: fc.tuple(fc.constant("application/json"), payload.map(bytesOf)) },
  { weight: 4, arbitrary: fc.tuple(type, fc.oneof(json, raw)) },
);
const headerText = fc.string({ unit: fc.constantFrom(...'abQ=;,*/.0159%"\\- é'), maxLength: 24 });
const header = fc.oneof(
  headerText,
  hostileText.map((text) => text.replace(/[^\x20-\x7e\x80-\xff]/g, "?").slice(0, 200)),
);
const headers = fc.record(
  {
    "ce-specversion": fc.oneof(fc.constant("1.0"), header),
    "ce-id": header,
    "ce-source": fc.oneof(fc.constant("/a"), header),
    "ce-type": fc.oneof(fc.constant("com.example.deploy.failed"), header),
    "ce-time": header,
    "ce-subject": header,
    "ce-__proto__": header,
    "ce-": header,
    "Content-Encoding": fc.constantFrom("identity", "gzip"),
    "X-Request-Id": headerText,
  },
  { requiredKeys: [] },
);
const more = fc.oneof({ weight: 3, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: headers });
const method = fc.oneof(
  { weight: 20, arbitrary: fc.constant("POST") },
  { weight: 1, arbitrary: fc.constantFrom("GET", "OPTIONS", "DELETE") },
);
const webhook = fc.oneof(
  { weight: 20, arbitrary: fc.constantFrom("deployer", "alertmanager", "ci") },
  { weight: 1, arbitrary: fc.constantFrom("kubernetes", "%00", "%", "A", "..") },
);
const proof = fc.constantFrom("bearer", "bearer", "bearer", "signature", "signature", "wrong", "none");

test(`${RUNS} generated deliveries: no failure, every refusal a problem document, every event in the store sound`, async () => {
  const seen = new Map<number, number>();
  let taken = 0;
  await fc.assert(
    fc.asyncProperty(method, webhook, proof, more, content, async (verb, name, how, added, [media, bytes]) => {
      const given = { "Content-Type": media, ...added, ...proofOf(how, bytes) };
      const reply = await gateway.send(verb, pathOf(name), given, bytes);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      expect(STATUSES).toContain(reply.status);
      if (reply.status === 202) {
        const { received, ignored } = reply.json;
        taken += reply.json.taken;
        expect(reply.json.taken + ignored.reduce((sum: number, { count }: { count: number }) => sum + count, 0)).toBe(
          received,
        );
      }
      if (reply.status < 400) return;
      expect(reply.headers["content-type"]).toBe("application/problem+json");
      expect(reply.json).toMatchObject({ status: reply.status, requestId: reply.headers["x-request-id"] });
      expect(reply.text.length).toBeLessThan(100_000);
      expect(reply.text).not.toMatch(/SQLITE|node_modules|at .*\.ts:/);
    }),
    { numRuns: RUNS, seed: 20261123 },
  );
  for (const [status, least] of [[202, 500], [400, 500], [401, 200], [404, 50], [405, 20], [415, 100]] as const) {
    expect([status, seen.get(status)]).toEqual([status, expect.toSatisfy((count) => count > least)]);
  } // biome-ignore format: a table
  expect(taken).toBeGreaterThan(200);
  expect(gateway.log.at("error")).toEqual([]);
  expect(gateway.server.lines.filter(({ level }) => level === "error" || level === "warn")).toEqual([]);
  expect(({} as Record<string, unknown>).polluted).toBeUndefined();

  const { records } = await gateway.store.events({ filter: {}, sort: "TIMESTAMP", first: 1000 });
  expect(records.length).toBeGreaterThan(50);
  for (const { event: kept } of records) {
    expect(["deployer", "alertmanager", "ci"]).toContain(kept.source);
    expect(kept.id).toMatch(/^[0-9a-f]{32}\.1$/);
    expect(kept.resource.name).not.toBe("");
    for (const text of [...Object.keys(kept.tags), ...Object.values(kept.tags)]) expect(typeof text).toBe("string");
  }
}, 120_000);

/** As own properties, `__proto__` as well. */
function ownEntries(entries: readonly (readonly [string, unknown])[]): object {
  return Object.fromEntries(entries);
}

function proofOf(how: string, bytes: Uint8Array): Record<string, string> {
  if (how === "bearer") return { Authorization: `Bearer ${SECRET}` };
  if (how === "signature") return { "X-Hub-Signature-256": signature(bytes, SECRET) };
  return how === "wrong" ? { Authorization: "Bearer wrong" } : {};
}
