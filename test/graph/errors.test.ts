// What callers see of errors: those meant for them, and of all others only under which id to ask.
import { GraphQLError, parse } from "graphql";
import { expect, test } from "vitest";
import { EventRecord } from "../../src/events/eventRecord.ts";
import { badInput, codedError, codeOf, maskError, statusOf } from "../../src/graph/errors.ts";
import { executor, graphContext, type Logged, replacing, run } from "./harness.ts";
import { emptyStore, seededStore } from "./seededStore.ts";

function masking(): {
  readonly requestId: string;
  readonly log: { error: (d: Logged["details"], m: string) => void };
  readonly logged: Logged[];
} {
  const logged: Logged[] = [];
  return { requestId: "request-7", log: { error: (details, message) => logged.push({ details, message }) }, logged };
}

test("a coded error is shown and not logged", () => {
  const mask = masking();
  const error = codedError("NOT_FOUND", "There is no such hook.");
  expect(maskError(error, mask)).toBe(error);
  expect(statusOf(error)).toBe(404);
  expect(mask.logged).toEqual([]);
});

test("anything else is masked and logged once, however often it is masked again", () => {
  const secret = new TypeError("secret at /srv/gateway/store.db");
  for (const thrown of [
    secret,
    new GraphQLError("located", { originalError: secret, path: ["events"] }),
    "a string",
    undefined,
  ]) {
    const mask = masking();
    const masked = maskError(maskError(maskError(thrown, mask), mask), mask);
    expect(masked.message).toBe("Internal server error");
    expect(masked.extensions).toEqual({ code: "INTERNAL_SERVER_ERROR", requestId: "request-7" });
    expect(JSON.stringify(masked)).not.toContain("secret");
    expect(mask.logged).toHaveLength(1);
    expect(mask.logged[0]?.details.requestId).toBe("request-7");
  }
});

test("an error that merely calls itself internal is masked too", () => {
  const mask = masking();
  const error = new GraphQLError("SELECT * FROM secrets", { extensions: { code: "INTERNAL_SERVER_ERROR" } });
  expect(maskError(error, mask).message).toBe("Internal server error");
  expect(codeOf(error)).toBeUndefined();
});

test("an error with a code of nobody's is masked, and so is a foreign error behind a known code", () => {
  expect(maskError(new GraphQLError("x", { extensions: { code: "ECONNREFUSED" } }), masking()).message).toBe(
    "Internal server error",
  );
  const foreign = new GraphQLError("x", { originalError: new Error("y"), extensions: { code: "NOT_FOUND" } });
  expect(maskError(foreign, masking()).message).toBe("Internal server error");
});

test("bad input lists its faults one by one", () => {
  const error = badInput([
    { path: "first", message: "too much" },
    { path: "filter.text", message: "too long" },
  ]);
  expect(error.message).toBe("first: too much; filter.text: too long");
  expect(statusOf(error)).toBe(400);
});

test("a store that fails shows nothing of how, and says where and under which id to ask", async () => {
  const { store, close } = await emptyStore();
  const failing = replacing(store, { hooks: () => Promise.reject(new Error("disk I/O error at /var/lib")) });
  const logged: Logged[] = [];
  const result = await run(failing, '{ event(id: "a.1") { id } hooks { totalCount } }', {}, logged);
  expect(result).toEqual({
    data: null,
    errors: [
      {
        message: "Internal server error",
        path: ["hooks"],
        extensions: { code: "INTERNAL_SERVER_ERROR", requestId: "request-1" },
      },
    ],
  });
  expect(logged.map(({ details }) => String(details.err))).toEqual(["Error: disk I/O error at /var/lib"]);
  await close();
});

test("one failure that is the error of many fields is logged once", async () => {
  const { store, close } = await seededStore();
  const failing = replacing(store, { hooksByKey: () => Promise.reject(new Error("out of memory")) });
  const logged: Logged[] = [];
  const result = await run(failing, "{ events(first: 30) { nodes { hooks { uid generation } } } }", {}, logged);
  expect(result.errors).toHaveLength(40); // two nullable fields of each of the twenty hooks met
  expect(logged).toHaveLength(1);
  await close();
});

test("a record whose text is broken is an error like any other, compiled and interpreted", async () => {
  const { store, close } = await emptyStore();
  const broken = replacing(store, {
    events: async () => ({ records: [new EventRecord(1, "{not json", null)], hasMore: false }),
    eventsById: async () => [new EventRecord(1, "{not json", null)],
  });
  const logged: Logged[] = [];
  const query =
    '{ events { nodes { id tags { key } } edges { cursor } pageInfo { endCursor } } event(id: "a") { id } }';
  const compiled = await run(broken, query, {}, logged);
  const interpreted = await executor().prepare("broken", parse(query)).execute({}, graphContext(broken, logged));
  for (const result of [compiled, interpreted]) {
    expect(result.errors?.length).toBeGreaterThan(0);
    expect(result.errors?.every((error) => error.message === "Internal server error")).toBe(true);
    expect(result.data ?? null).toBeNull();
  }
  expect(logged.length).toBeGreaterThan(0);
  await close();
});
