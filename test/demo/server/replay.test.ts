// Our API server against what a real one said, recording by recording.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { linesOf, recordedChunks, recording, recordingNames } from "./recording.ts";
import { type Comparison, Replay } from "./replay.ts";

let replay: Replay;
const replayed = new Set<string>();

/** One test for each recording, in the order the recordings were made: each starts where the one before ended. */
function same(name: string, comparison: Comparison = {}, prepare: () => void = () => {}): void {
  replayed.add(name);
  it(name, async () => {
    prepare();
    await replay.expectSame(name, comparison);
  });
}

/** The recordings whose names begin so, in their order, with what has to be said about some of them. */
function sameAll(
  prefixes: readonly string[],
  about: Readonly<Record<string, Comparison>> = {},
  before: Readonly<Record<string, () => void>> = {},
): void {
  const names = recordingNames().filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
  for (const name of names) if (LEFT_OUT[name] === undefined) same(name, about[name], before[name]);
}

/** One test for a recorded watch; `meanwhile` is what happened while it was open. */
function sameWatch(name: string, meanwhile: () => void = () => {}, before: () => void = () => {}): void {
  replayed.add(name);
  it(name, async () => {
    before();
    const watch = replay.open(name);
    await watch.until(() => watch.status !== undefined);
    meanwhile();
    await replay.expectSameWatch(name, watch);
    const chunks = recordedChunks(name);
    if (chunks !== undefined) expect(watch.chunks.map((chunk) => chunk.length)).toEqual(chunks);
  });
}

/** A recorded watch that never said anything. */
function sameSilence(name: string): void {
  replayed.add(name);
  it(name, async () => {
    using watch = replay.open(name);
    await watch.until(() => watch.status !== undefined);
    await sleep(100);
    expect([watch.status, watch.lines, watch.end]).toEqual([200, [], undefined]);
  });
}

/** The recordings that no test compares, and why. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  "003-apis": "lists groups that are not served here; discovery.test.ts compares those that are",
  "236-event-core-huge-message-200k": "holds no request; largeBodies.test.ts",
  "237-event-3.5MB-413": "holds no request; largeBodies.test.ts",
  "238-event-1.6MB-500": "holds no request; largeBodies.test.ts",
};

/** Go walks a map of rules in any order, so the faults of a nested object come in any order, too. */
const faultsInAnyOrder: Comparison = {
  alike: (body) => {
    const status = JSON.parse(body);
    const texts = status.details.causes.map((cause: object) => JSON.stringify(cause)).sort();
    return JSON.stringify({ ...status, message: status.message.length, details: { ...status.details, causes: texts } });
  },
};
/** How many writes the controllers of a real server make on the way differs. */
const anyVersion: Comparison = {
  anyOrder: true,
  alike: (body) => body.replaceAll(/"resourceVersion":"\d+"/g, '"resourceVersion":""'),
};

describe("who asks, and what there is", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  sameAll(["00", "01"], {
    // The address is the one the caller used.
    "002-api": {
      alike: (body) => body.replace(/"serverAddress":"[^"]*"/, '"serverAddress":""'),
      headersAside: ["content-length"],
    },
    "008-unauthenticated-bad-token": { token: "bad" },
  });
});

describe("definitions, hooks, events, pages and watches", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  sameAll(["1", "2"], {
    // The schemas in a definition are kept as they were sent; a real server orders them by their Go type.
    "104-crd-create": { anyOrder: true },
    "105-crd-established": anyVersion,
    "125-hook-422-several": faultsInAnyOrder,
    "126-hook-422-wrong-types": faultsInAnyOrder,
  });

  sameAll(["30"], {}, { "300-events-limit-5-page-1": () => replay.seedEvents("303", "shop") });
  sameAll(["310", "311", "312", "313", "314", "315", "32"], {}, {
    "310-list-exact-old-rv": () => replay.seedEvents("311", "shop"),
    // etcd's own compaction: what is served from a watch cache does not notice.
    "320-events-continue-expired-410": () => replay.storage.compact({ watchCache: "kept" }),
  });

  sameAll(["400", "401", "402"]);
  // Where the cache of a real server began is not for us to know.
  same("403-watch-hooks-rv-1-410", { alike: (body) => body.replace(/\(\d+\)/, "()"), headersAside: ["content-length"] });
  sameSilence("404-watch-hooks-etcd-compacted-rv-still-in-cache");
  sameAll(["405"]);
  sameSilence("406-watch-events-future-rv");
  sameSilence("407-watch-hooks-future-rv");

  it("408 and 417: two watches see the same writes, one of them through a field selector", async () => {
    for (const name of ["408-watch-events-field-selector", "417-watch-events-timeoutSeconds-3"]) replayed.add(name);
    replay.catchUp(267);
    using selective = replay.open("408");
    using all = replay.open("417");
    await Promise.all([selective, all].map((watch) => watch.until(() => watch.status === 200)));
    replay.drive("events", "417");
    await replay.expectSameWatch("408", selective);
    await all.untilEnd();
    expect(all.end).toBe("clean");
    expect(all.lines).toEqual(linesOf(recording("417")));
    expect(all.chunks.map((chunk) => chunk.length)).toEqual(recordedChunks("417-watch-events-timeoutSeconds-3"));
  });

  it("418: a watch of hooks about to time out says twice where it stands", async () => {
    replayed.add("418-watch-hooks-timeoutSeconds-5-bookmark");
    using watch = replay.open("418");
    await watch.until(() => watch.status === 200);
    replay.drive("hooks", "418");
    replay.catchUp(276);
    await watch.untilEnd(7000);
    expect(watch.end).toBe("clean");
    expect(watch.lines).toEqual(linesOf(recording("418")));
    expect(watch.chunks.map((chunk) => chunk.length)).toEqual(
      recordedChunks("418-watch-hooks-timeoutSeconds-5-bookmark"),
    );
  });

  for (const name of named("410", "411", "412", "414", "420", "421", "422", "423", "425", "44")) sameWatch(name);
  sameAll(["415", "416", "419", "424", "426"]);
});

function named(...prefixes: readonly string[]): string[] {
  return recordingNames().filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}
