// What is read of the cluster for judging manifests: kept for a minute, and done without when it cannot be had.
import { expect, test } from "vitest";
import type { Clock } from "../../src/cluster/clock.ts";
import type { Connection } from "../../src/cluster/connection.ts";
import { HookSurroundings } from "../../src/cluster/hookDefinition.ts";
import { recording } from "../demo/admission/recording.ts";

const CRD = JSON.parse(recording("104-crd-create").body);

function surroundings(answer: (path: string) => unknown) {
  const asked: string[] = [];
  let now = 0;
  let expire = () => {};
  const clock: Clock = {
    now: () => now,
    random: () => 0,
    sleep: (_, signal) =>
      new Promise((resolve) => {
        expire = resolve;
        signal.addEventListener("abort", () => resolve(), { once: true });
      }),
  };
  const get = async (path: string) => {
    asked.push(path);
    return { body: await answer(path), skew: 0 };
  };
  const read = new HookSurroundings({
    connection: { get } as unknown as Connection, // what is used of it
    clock,
    fallback: (reason) => ({ source: "BUNDLED", versions: [], reason }),
  });
  return { read, asked, pass: (millis: number) => (now += millis), expire: () => expire() };
}

test("the installed definition is read once a minute, however many ask", async () => {
  const { read, asked, pass } = surroundings(() => CRD);
  const [one, two] = await Promise.all([read.definition(), read.definition()]);
  expect(one).toBe(two);
  expect(one).toMatchObject({ source: "CLUSTER", versions: [{ name: "v1alpha2" }], reason: null });
  pass(59_999);
  await read.definition();
  expect(asked.length).toBe(1);
  pass(1);
  await read.definition();
  expect(asked.length).toBe(2);
});

test("without a right to read it there is the bundled one, with the reason, and it is asked for again soon", async () => {
  const { read, asked, pass } = surroundings(() => {
    throw new Error("customresourcedefinitions is forbidden");
  });
  expect(await read.definition()).toMatchObject({
    source: "BUNDLED",
    reason: "customresourcedefinitions is forbidden",
  });
  pass(5_000);
  await read.definition();
  expect(asked.length).toBe(2);
});

test("nobody waits long for an API server that does not answer", async () => {
  const { read, expire } = surroundings(() => new Promise(() => {}));
  const definition = read.definition();
  expire();
  expect(await definition).toMatchObject({ source: "BUNDLED", reason: "the API server did not answer within 3 s" });
});

test.each([{}, { spec: { versions: [{ name: "v1alpha2", served: false }] } }])(
  "a definition without a schema is none: %j",
  async (crd) => {
    const { read } = surroundings(() => crd);
    expect(await read.definition()).toMatchObject({ source: "BUNDLED", reason: expect.stringContaining("no version") });
  },
);

test("namespaces are all of them, or unknown", async () => {
  const item = (name: string) => ({ metadata: { name } });
  const { read } = surroundings(() => ({ metadata: { resourceVersion: "1" }, items: [item("a"), item("b")] }));
  expect(await read.namespaces()).toEqual(["a", "b"]);
  const forbidden = surroundings(() => {
    throw new Error("forbidden");
  });
  expect(await forbidden.read.namespaces()).toBeUndefined();
});
