// What is wrong with a request is told, all of it, in the words of the request; and what is not there is 404.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Gateway, startGateway } from "./restFixture.ts";

let gateway: Gateway;
beforeAll(async () => {
  gateway = await startGateway();
});
afterAll(() => gateway.close());

describe("one fault", () => {
  test.each([
    ["eventTyp=pod-restart", "eventTyp", 'unknown parameter "eventTyp": did you mean "eventType"?'],
    ["Status=firing", "Status", 'unknown parameter "Status": did you mean "status"?'],
    ["zzzzzzzzzzzz=1", "zzzzzzzzzzzz", 'unknown parameter "zzzzzzzzzzzz"'],
    ["status=fireing", "status", 'status: "fireing" is none of firing, duplicate, resolved: did you mean "firing"?'],
    ["status=FIRING", "status", 'status: "FIRING" is none of firing, duplicate, resolved: did you mean "firing"?'],
    ["severity=low,hihg", "severity", '"hihg" is none of low, medium, high, critical: did you mean "high"?'],
    ["sort=time", "sort", '"time" is none of timestamp, -timestamp, eventType'],
    ["limit=0", "limit", 'limit: "0" is not a whole number from 1 to 1000'],
    ["limit=1001", "limit", 'limit: "1001" is not a whole number from 1 to 1000'],
    ["limit=ten", "limit", '"ten" is not a whole number'],
    ["limit=1.5", "limit", '"1.5" is not a whole number'],
    ["limit=%201", "limit", '" 1" is not a whole number'],
    ["limit=1&limit=2", "limit", "limit: is given more than once"],
    ["limit=", "limit", "limit: must not be empty"],
    ["limit", "limit", "limit: must not be empty"],
    ["offset=-1", "offset", '"-1" is not a whole number from 0'],
    ["offset=1000001", "offset", '"1000001" is not a whole number from 0 to 1000000'],
    ["namespace=", "namespace", "namespace: must not be empty"],
    ["namespace=a,,b", "namespace", "namespace: must not be empty"],
    ["startTime=yesterday", "startTime", 'DateTime cannot be "yesterday": give an RFC 3339 time'],
    ["endTime=2026-02-30T00:00:00Z", "endTime", "DateTime cannot be"],
    ["startTime=2026-11-22T12:00:00+01:00", "startTime", "a plus is written %2B"],
    ["startTime=2026-11-22T12:00:01Z&endTime=2026-11-22T12:00:00Z", "startTime", "startTime: is after endTime"],
    ["timeRange=1x", "timeRange", 'Duration cannot be "1x"'],
    ["timeRange=0s", "timeRange", 'Duration cannot be "0s": give a duration above zero'],
    [
      "timeRange=99999999d",
      "timeRange",
      'Duration cannot be "99999999d": give a duration above zero and of at most 100 years',
    ],
    ["timeRange=1h&startTime=2026-11-22T12:00:00Z", "timeRange", "timeRange: is not taken together with startTime"],
    ["timeRange=1h&endTime=2026-11-22T12:00:00Z", "timeRange", "timeRange: is not taken together with endTime"],
    ["cursor=nonsense", "cursor", "cursor: "],
    ["text=%FF", "text=%FF", '"text=%FF" is not percent-encoded UTF-8'],
    ["text=%", "text=%", "is not percent-encoded UTF-8"],
    ["%FF=1", "%FF=1", "is not percent-encoded UTF-8"],
    [`text=${"x".repeat(2000)}`, "text", "2000 characters"],
    ["format=yaml", "format", 'unknown parameter "format"'],
  ])("%s", async (query, parameter, message) => {
    const { status, headers, json } = await gateway.get(`/api/v1/events?${query}`);
    expect([status, headers["content-type"]]).toEqual([400, "application/problem+json"]);
    expect(json).toMatchObject({
      type: "about:blank",
      title: "Bad input",
      status: 400,
      code: "BAD_USER_INPUT",
      instance: "/api/v1/events",
      requestId: headers["x-request-id"],
      errors: [{ parameter }],
    });
    expect(json.errors[0].message).toContain(message);
    expect(json.detail).toBe(json.errors[0].message);
    expect(json.errors).toHaveLength(1);
  });
});

describe("several faults are told at once", () => {
  test("of the request and of what the operation knows", async () => {
    const { json } = await gateway.get(
      "/api/v1/events?eventTyp=x&limit=0&status=a&startTime=b&cursor=c&sort=d&text=%FF",
    );
    expect(json.errors.map(({ parameter }: { readonly parameter: string }) => parameter)).toEqual([
      "eventTyp",
      "limit",
      "status",
      "startTime",
      "sort",
      "text=%FF",
      "cursor",
    ]);
    for (const { message } of json.errors) expect(json.detail).toContain(message);
  });

  test("and never more than a page of them", async () => {
    const query = Array.from({ length: 500 }, (_, index) => `x${index}=1`).join("&");
    const { status, json } = await gateway.get(`/api/v1/events?${query}`);
    expect(status).toBe(400);
    expect(json.errors).toHaveLength(50);
  });
});

describe("of other routes", () => {
  test.each([
    ["/api/v1/events/shop?namespace=billing", 'parameter "namespace" is given by the path'],
    ["/api/v1/events/%FF", "namespace: is not percent-encoded UTF-8"],
    ["/api/v1/stats/trends?interval=often", 'interval: Duration cannot be "often"'],
    ["/api/v1/stats/events/summary?limit=5", 'unknown parameter "limit"'],
    ["/api/v1/stats/events/summary?timeRange=1h&endTime=2026-11-22T12:00:00Z", "is not taken together with endTime"],
    ["/api/v1/stats/hooks/shop/restarts/metrics?startTime=2026-11-22T12:00:00Z", 'unknown parameter "startTime"'],
    ["/api/v1/hooks?labelSelector=a%20b%20c", "labelSelector: "],
    ["/api/v1/hooks?format=xml", 'format: "xml" is none of json, yaml'],
    ["/api/v1/hooks?cursor=nonsense", "cursor: "],
    ["/api/v1/hooks/shop/restarts/events?limit=-1", '"-1" is not a whole number'],
  ])("%s", async (path, message) => {
    const { status, json } = await gateway.get(path);
    expect(status).toBe(400);
    expect(json.detail).toContain(message);
  });
});

describe("what is not there", () => {
  test.each([
    "/api/v1/hooks/shop/nothing",
    "/api/v1/hooks/shop/nothing/events",
    "/api/v1/stats/hooks/shop/nothing/metrics",
    "/api/v1/hooks/shop/nothing?format=yaml",
  ])("%s: the problem names the hook", async (path) => {
    const { status, json } = await gateway.get(path);
    expect(status).toBe(404);
    expect(json).toMatchObject({
      code: "NOT_FOUND",
      detail: 'There is no hook with namespace "shop" and name "nothing".',
    });
  });

  test.each([
    "/api/v1/events/%73tream",
    "/api/v1/events/types",
    "/api/v1/events/types/a/b",
    "/api/v1/events/",
    "/api/v1/events//",
    "/api/v1",
    "/api/v1/nothing",
    "/API/v1/events",
    "/api/v1/hooks/shop",
    "/",
  ])("%s is no route", async (path) => {
    const { status, headers, json } = await gateway.get(path);
    expect([status, headers["content-type"]]).toEqual([404, "application/problem+json"]);
    expect(json.detail).toContain("There is nothing at GET");
  });

  test("a namespace called stream is asked for with a parameter", async () => {
    const { json } = await gateway.get("/api/v1/events?namespace=stream");
    expect(json.pagination.total).toBeGreaterThan(0);
  });

  test("a namespace without events is an empty list", async () => {
    const { status, json } = await gateway.get("/api/v1/events/nowhere");
    expect([status, json.events, json.pagination.total]).toEqual([200, [], 0]);
  });
});
