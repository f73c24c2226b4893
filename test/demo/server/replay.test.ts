// Our API server against what a real one said, recording by recording.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { recordingNames } from "./recording.ts";
import { READER, READER_MAY_READ_EVENTS, READER_TOKEN, Replay } from "./replay.ts";

let replay: Replay;
const replayed = new Set<string>();

/** One test for each recording, in the order the recordings were made: each starts where the one before ended. */
function same(name: string, comparison: Parameters<Replay["expectSame"]>[1] = {}, prepare: () => void = () => {}): void {
  replayed.add(name);
  it(name, async () => {
    prepare();
    await replay.expectSame(name, comparison);
  });
}

describe("who asks, and what there is", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  same("001-version");
  // The address is the one the caller used.
  same("002-api", { alike: (body) => body.replace(/"serverAddress":"[^"]*"/, '"serverAddress":""'), headersAside: ["content-length"] });
  same("004-readyz");
  same("005-readyz-verbose");
  same("006-discovery-events");
  same("007-unauthenticated-no-token");
  same("008-unauthenticated-bad-token", { token: "bad" });
  same("009-unauthenticated-readyz");
  same("010-weak-readyz");
  same("011-forbidden-nonresource");
  same("012-forbidden-list-all-namespaces");
  same("013-forbidden-list-namespace");
  same("014-forbidden-watch");
  same("015-forbidden-get-core-event");
  same("016-forbidden-create");
  same("017-unknown-path");
  same("018-unknown-group");
  same("019-forbidden-crd-not-installed");
});

describe("hooks, events, pages", () => {
  beforeAll(async () => {
    replay = await Replay.start();
  });
  afterAll(() => replay[Symbol.asyncDispose]());

  same("100-hooks-before-crd");
  same("101-hooks-before-crd-watch");
  same("102-discovery-before-crd");
  same("103-crd-get-missing");
  it("104-crd-create and 105-crd-established", () => {});
});
