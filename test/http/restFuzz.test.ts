// Hostile requests by the thousand: whatever comes, the answer is one that is documented, and never a failure of ours.
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { REST_ROUTES } from "../../src/generated/restRoutes.ts";
import { type Gateway, startGateway } from "./restFixture.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

const RUNS = 4000;
const STATUSES = new Set([200, 204, 304, 400, 404, 405, 406, 415]);

const ANSWERED = REST_ROUTES.filter(({ message }) => message === null);
const names = [...new Set(REST_ROUTES.flatMap(({ parameters }) => parameters.map(({ name }) => name))), "format"];
const hostile = fc.constantFrom(
  "%00", "%FF", "%", "%2", "%zz", "%E2%82", "%ED%A0%80", "%F0%9F%94%A5", "+", "%2B", "%2C", ",", ",,", "=", "==", "&&", ";",
  "'", "%22", "'%20OR%201=1--", "%27)%3B%20DROP%20TABLE%20events", "*", "**", "%25", "_", "%5C", "[]", "{}", "$ne", "null",
  "undefined", "NaN", "Infinity", "-1", "0", "1e9", "0x10", "99999999999999999999", "1.0", "-0", "true", "__proto__",
  "constructor", "toString", "2026-11-23T12:00:00Z", "2026-99-99T00:00:00Z", "9999-12-31T23:59:59.999Z", "0001-01-01T00:00:00Z",
  "1h", "1000000h", "0s", "1h1h", "firing", "FIRING", "-timestamp", "--timestamp", "json", "yaml", "a".repeat(3000),
); // biome-ignore format: a list to be read across
const plain = fc.string({ maxLength: 12, unit: fc.constantFrom(..."abcz019.:/-_~!$'()*,;@%+") });
const text = fc.oneof(hostile, plain, fc.string({ unit: "binary", maxLength: 8 }).map(encoded));
const name = fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...names) }, { weight: 1, arbitrary: text });
const pair = fc.tuple(name, fc.array(text, { maxLength: 3 })).map(([key, parts]) => `${key}=${parts.join("")}`);
const query = fc.array(pair, { maxLength: 5 }).map((pairs) => pairs.join("&"));
const path = fc
  .tuple(
    fc.constantFrom(...ANSWERED.map((route) => route.path), "/api/v1/openapi.json"),
    fc.array(text, { maxLength: 3 }),
    fc.nat(9),
  )
  .map(([route, parts, bend]) => {
    let index = 0;
    const filled = route.replace(/\{\w+\}/g, () => parts[index++] ?? "shop");
    return bend === 0 ? `${filled}/${parts.join("/")}` : filled;
  });
const method = fc.constantFrom("GET", "GET", "GET", "HEAD", "OPTIONS", "POST", "DELETE", "PROPFIND");
const headerText = fc.string({ unit: fc.constantFrom(...'abq=;,*/.0159W"- '), maxLength: 24 });
const headers = fc.record(
  {
    Accept: fc.oneof(fc.constantFrom("application/json", "application/yaml", "*/*", ""), headerText),
    "Accept-Encoding": fc.oneof(fc.constantFrom("gzip", "br", "*;q=0"), headerText),
    "If-None-Match": fc.oneof(fc.constantFrom("*", 'W/"', '""'), headerText),
    "X-Request-Id": headerText,
    Range: fc.constant("bytes=0-1"),
    "Content-Length": fc.constant("0"),
  },
  { requiredKeys: [] },
);

test(`${RUNS} generated requests: no failure, every refusal a problem document`, async () => {
  const seen = new Map<number, number>();
  await fc.assert(
    fc.asyncProperty(method, path, query, headers, async (verb, where, asked, given) => {
      const target = sendable(`${where}?${asked}`);
      const reply = await gateway.call(verb, target, given);
      seen.set(reply.status, (seen.get(reply.status) ?? 0) + 1);
      expect(STATUSES).toContain(reply.status);
      if (reply.status < 400) return;
      expect(reply.headers["content-type"]).toBe("application/problem+json");
      if (verb === "HEAD") return;
      expect(reply.json).toMatchObject({ status: reply.status, requestId: reply.headers["x-request-id"] });
      expect(reply.text).not.toMatch(/SQLITE|node_modules|at .*\.ts:/);
    }),
    { numRuns: RUNS, seed: 20261123 },
  );
  expect(gateway.failures).toEqual([]);
  for (const status of [200, 400, 404, 405, 406]) expect(seen.get(status)).toBeGreaterThan(20);
}, 120_000);

function encoded(raw: string): string {
  return encodeURIComponent(raw.toWellFormed());
}

/** What a client can put on the request line at all. */
function sendable(target: string): string {
  return target.replace(/[^\x21-\x7e]/g, "");
}
