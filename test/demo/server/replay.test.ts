// Our API server against what a real one said, recording by recording.
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { KubeObject } from "../../../src/demo/kubeObject.ts";
import type { Token } from "../../../src/demo/server/access.ts";
import { linesOf, recordedChunks, recording, recordingNames } from "./recording.ts";
import {
  type Comparison,
  EVENT_TTL_MS,
  READER,
  READER_MAY_READ_EVENTS,
  READER_TOKEN,
  Replay,
  recordedItems,
} from "./replay.ts";

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

const nothing = () => {};

function named(...prefixes: readonly string[]): string[] {
  return recordingNames().filter((name) => prefixes.some((prefix) => name.startsWith(prefix)));
}

/** The recordings whose names begin so, in their order, with what has to be said about some of them. */
function sameAll(
  prefixes: readonly string[],
  about: Readonly<Record<string, Comparison>> = {},
  before: Readonly<Record<string, () => void>> = {},
): void {
  for (const name of named(...prefixes)) if (LEFT_OUT[name] === undefined) same(name, about[name], before[name]);
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
  "430-watch-events-75s-with-bookmarks-asked": "takes 75 s; watch.test.ts plays such a minute on a fake clock",
  "431-watch-hooks-75s-with-bookmarks": "takes 75 s; watch.test.ts plays such a minute on a fake clock",
  "432-watch-core-events-75s-with-bookmarks-asked": "takes 75 s; watch.test.ts plays such a minute on a fake clock",
  "500-tokenrequest": "no service accounts here: tokens are a table",
  "501-tokenrequest-too-short-422": "no service accounts here: tokens are a table",
  "517-tokenreview-tampered": "tokens have no signature here",
  "555-tokenreview-13s-after-sa-deleted": "no service accounts here: a token taken off the table is just unknown",
  "820-watch-events-when-apiserver-gets-SIGTERM": "the Events are the server's own; faults.test.ts stops ours",
  "821-watch-hooks-when-apiserver-gets-SIGTERM": "a bookmark of the server's own shutdown; faults.test.ts stops ours",
  "822-watch-events-when-apiserver-is-SIGKILLed": "holds no line; faults.test.ts kills ours",
  "850-watch-hooks-watch-cache-off-no-bookmarks": "a server started without a watch cache",
  "851-watch-hooks-watch-cache-off-rv-1": "a server started without a watch cache",
  "861-create-event-etcd-hung": "no etcd here; faults.test.ts gives any answer to any request",
  "862-readyz-etcd-hung": "says the same as 004-readyz",
  "863-livez-etcd-hung": "no etcd here; faults.test.ts gives any answer to any request",
  "865-list-hooks-rv0-etcd-hung": "no etcd here: nothing but the cache answers",
  "866-watch-over-an-etcd-pause": "no etcd here; faults.test.ts makes a watch silent",
  "868-create-event-etcd-dead": "no etcd here; faults.test.ts gives any answer to any request",
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

/** Where a token stood, the recordings say so in characters that JSON would have escaped. */
const withMaskedToken: Comparison = {
  alike: (body) => body.replaceAll("\\u003cmasked-jwt\\u003e", "<masked-jwt>"),
  headersAside: ["content-length"],
};
const masked = Object.fromEntries(named("510", "513", "514", "515").map((name) => [name, withMaskedToken]));

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
  sameAll(
    ["310", "311", "312", "313", "314", "315", "32"],
    {},
    {
      "310-list-exact-old-rv": () => replay.seedEvents("311", "shop"),
      // etcd's own compaction: what is served from a watch cache does not notice.
      "320-events-continue-expired-410": () => replay.storage.compact({ watchCache: "kept" }),
    },
  );

  sameAll(["400", "401", "402"]);
  // Where the cache of a real server began is not for us to know.
  same("403-watch-hooks-rv-1-410", {
    alike: (body) => body.replace(/\(\d+\)/, "()"),
    headersAside: ["content-length"],
  });
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

  it("413 and 418: a watch of hooks about to time out says twice where it stands", async () => {
    replayed.add("418-watch-hooks-timeoutSeconds-5-bookmark");
    using watch = replay.open("418");
    await watch.until(() => watch.status === 200);
    replay.drive("hooks", "418");
    replayed.add("413-watchlist-events");
    await replay.expectSameWatch("413");
    replay.catchUp(276);
    await watch.untilEnd(7000);
    expect(watch.end).toBe("clean");
    expect(watch.lines).toEqual(linesOf(recording("418")));
    expect(watch.chunks.map((chunk) => chunk.length)).toEqual(
      recordedChunks("418-watch-hooks-timeoutSeconds-5-bookmark"),
    );
  });

  for (const name of named("410", "411", "412", "414", "420")) sameWatch(name);
  // Ages in whole seconds: this one was late in its second.
  sameWatch("421-watch-as-table", nothing, () => {
    replay.millisecond = 880;
  });
  for (const name of named("422", "423", "425")) {
    sameWatch(name, nothing, () => {
      replay.millisecond = 0;
    });
  }
  for (const name of named("44")) sameWatch(name);
  sameAll(["415", "416", "419", "424", "426"]);

  same("438-namespace");
  sameWatch("438-watch-utf8-split-across-chunks", () => replay.drive("events", "438-watch"));

  it("433: losing a label is DELETED to a selective watch, getting it back is ADDED", async () => {
    replayed.add("433-watch-hooks-label-leaves-and-enters-selector");
    replay.catchUp(304);
    using watch = replay.open("433");
    await watch.until(() => watch.status === 200);
    const hook = replay.storage.get("hooks", "kagent", "basic-pod-monitoring");
    if (hook === undefined) throw new Error("no hook");
    const { x: _x, ...labels } = hook.metadata.labels ?? {};
    replay.storage.replace("hooks", { ...hook, metadata: { ...hook.metadata, labels } });
    const [, back = "{}"] = linesOf(recording("433"));
    replay.seed("hooks", JSON.parse(back).object);
    await replay.expectSameWatch("433", watch);
  });

  same("434-events-list-gzip-over-128k", {}, () => replay.seedEvents("434", "shop"));
  same("435-events-list-small-accept-gzip");

  it("436 and 437: a collection is deleted while it is watched", async () => {
    replayed.add("436-events-deletecollection").add("437-watch-during-deletecollection");
    using watch = replay.open("437");
    await watch.until(() => watch.status === 200);
    await replay.expectSame("436");
    await replay.expectSameWatch("437", watch);
  });

  describe("reviews and rights", () => {
    const holding = (token: Token) => {
      const { tokens, rules } = replay.server.access;
      replay.catchUp(462);
      tokens.set(READER_TOKEN, token);
      rules.splice(0, Number.POSITIVE_INFINITY, READER_MAY_READ_EVENTS);
    };
    const reader = () => holding({ user: READER });
    const forKhook = () => {
      const extra = { "authentication.kubernetes.io/credential-id": ["JTI=5a2a32bf-1b14-4eb5-a527-b9ded7825061"] };
      holding({ user: { ...READER, extra }, audiences: ["khook"] });
    };
    sameAll(["51", "52", "53", "540", "541", "542", "543", "544", "545", "547", "548"], masked, {
      "510-tokenreview-valid": reader,
      "514-tokenreview-audience-match": forKhook,
      "516-tokenreview-static-user": reader,
      "547-sa-token-for-other-audience-401": forKhook,
      "548-impersonate": reader,
    });
    sameWatch("546-sa-watch-allowed", nothing, reader);

    it("551: an open watch outlives the right to open it; 550 and 552: a new request does not", async () => {
      for (const name of ["550", "551", "552"]) replayed.add(recording(name).name);
      using watch = replay.open("551");
      await watch.until(() => watch.status === 200);
      replay.server.access.rules.pop();
      await replay.expectSame("550");
      replay.drive("events", "551");
      await replay.expectSameWatch("551", watch);
      await replay.expectSame("552");
    });
    same("553-tokenreview-1s-after-sa-deleted", withMaskedToken);
    same("554-sa-token-13s-after-sa-deleted", {}, () => {
      replay.server.access.tokens.delete(READER_TOKEN);
    });
  });

  sameAll(["6"]);

  it("700, 701 and 702: a namespace goes with all that is in it, and takes nothing new meanwhile", async () => {
    for (const name of ["700", "701", "702"]) replayed.add(recording(name).name);
    using watch = replay.open("702");
    await watch.until(() => watch.status === 200);
    await replay.expectSame("700");
    await replay.expectSame("701");
    replay.catchUp(474);
    await replay.expectSameWatch("702", watch);
    expect(replay.storage.get("namespaces", undefined, "shop")).toBeUndefined();
  });

  it("703, 704 and 705: a definition goes with its hooks, ends their watches and is unknown", async () => {
    for (const name of ["703", "704", "705"]) replayed.add(recording(name).name);
    using watch = replay.open("704");
    await watch.until(() => watch.status === 200);
    await replay.expectSame("703", anyVersion);
    replay.catchUp(653);
    await watch.untilEnd();
    expect(watch.end).toBe("clean");
    await replay.expectSameWatch("704", watch);
    await replay.expectSame("705");
  });
});

describe("a selector on pages", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  sameAll(
    ["316", "317"],
    {},
    {
      "316-events-limit-2-with-field-selector": () => {
        const seen = ["316", "317"].flatMap((name) => recordedItems(name));
        // What else there was is not recorded; only that there was more.
        const more = seen.slice(0, 2).map(
          (event, index): KubeObject => ({
            ...event,
            metadata: { name: `s${index + 4}`, namespace: "default", resourceVersion: String(index + 224) },
          }),
        );
        replay.seedAll([...seen, ...more], "default");
      },
    },
  );
});

describe("time to live and compaction", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  it("800: an event whose time is over is DELETED under a new version", async () => {
    replayed.add("800-watch-event-ttl-expired-deleted");
    replay.catchUp(215);
    using watch = replay.open("800");
    await watch.until(() => watch.status === 200);
    const [added = "{}"] = linesOf(recording("800"));
    replay.seed("events", JSON.parse(added).object);
    replay.catchUp(218);
    replay.at(new Date(recording("800").date.getTime() + EVENT_TTL_MS));
    await replay.expectSameWatch("800", watch);
  });
  same("801-get-event-after-ttl");
  same("810-watch-410-after-natural-compaction", {}, () => {
    replay.catchUp(225);
    replay.storage.compact({ watchCache: "kept" });
  });
  same("811-continue-410-after-natural-compaction");
});

describe("trouble", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  const answering = (code: number) => () => {
    replay.server.faults.add({ effect: { do: "answer", code }, times: 1 });
  };
  same("840-429-max-in-flight", {}, answering(429));
  same("860-list-events-etcd-hung", {}, answering(504));
  same("864-list-hooks-etcd-hung", {}, answering(504));
  same("867-list-events-etcd-dead", {}, answering(504));
});

it("every recording is replayed here, or left out for a reason", () => {
  const missing = recordingNames().filter((name) => !replayed.has(name) && LEFT_OUT[name] === undefined);
  expect(missing).toEqual([]);
  expect(Object.keys(LEFT_OUT).filter((name) => replayed.has(name))).toEqual([]);
});
