// Readers that take nothing for a while, or for good: what they cost, that they lose nothing, and that nobody waits for them.
// What is sent is more than all the buffers between the two ends hold together.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { lastCursor, type Stream, told } from "./edge.ts";
import { EDGES } from "./edges.ts";
import { LiveServer, until } from "./liveServer.ts";

/** Of one change; with the rest of its event about 4.5 KB. */
const MESSAGE = "x".repeat(4_000);
const CHANGES = 2_500;
/** What the server may have ready for one reader: a chunk beyond the mark of its socket. */
const MOST_WAITING = 512 * 1024;

async function flood(server: LiveServer, changes: number): Promise<readonly string[]> {
  const ids: string[] = [];
  while (ids.length < changes) {
    const happened = await server.happen(250, { message: MESSAGE });
    ids.push(...happened.map(({ record: { event } }) => `ADDED ${event.id} FIRING`));
    for (const socket of server.sockets) expect(socket.writableLength).toBeLessThan(MOST_WAITING);
  }
  return ids;
}

describe("a slow reader", () => {
  let server: LiveServer;
  beforeAll(async () => {
    const ring = { changes: 200, bytes: 1_000_000 };
    server = await LiveServer.start({ store: { ring }, streamLimits: { pingEvery: 300 } });
  });
  afterAll(() => server.close());

  test.each(EDGES)(
    "$name: costs a bounded sum, holds nobody up, and is told everything in order once it reads",
    async (edge) => {
      const [slow, quick] = await Promise.all([edge.open(server.url), edge.open(server.url)]);
      slow.pause();
      const expected = await flood(server, CHANGES);
      await until(() => quick.heard.length === CHANGES, "all of it, for the quick one");
      expect(told(quick)).toEqual(expected);
      expect(slow.heard.length).toBeLessThan(CHANGES);
      slow.resume();
      await until(() => slow.heard.length >= CHANGES, "all of it, for the slow one");
      const last = await server.happen();
      await until(() => slow.heard.length > CHANGES, "what comes then");
      expect(told(slow)).toEqual([...expected, `ADDED ${last[0]?.record.event.id} FIRING`]);
      await Promise.all([slow.leave(), quick.leave()]);
      await until(() => server.open === 0, "nobody");
      expect(server.counts.dead).toBe(0);
    },
  );
});

describe("a reader that takes nothing for too long", () => {
  let server: LiveServer;
  beforeAll(async () => {
    const ring = { changes: 200, bytes: 1_000_000 };
    server = await LiveServer.start({ store: { ring }, streamLimits: { stall: 800 } });
  });
  afterAll(() => server.close());

  async function stalled(stream: Stream): Promise<readonly string[]> {
    await server.happen(1);
    await until(() => stream.heard.length === 1, "the first");
    const first = told(stream);
    stream.pause();
    const { stalled: before } = server.counts;
    const flooded = await flood(server, CHANGES);
    await until(() => server.counts.stalled === before + 1, "the reader given up");
    return [...first, ...flooded];
  }

  test.each(EDGES)("$name: is told to go, and resumes where it was", async (edge) => {
    const stream = await edge.open(server.url);
    const expected = await stalled(stream);
    stream.resume();
    // Of server-sent events it is the end that tells.
    expect(await stream.ending).toBe(edge.name === "SSE" ? "over" : "stalled");
    const heard = told(stream);
    expect(heard.length).toBeLessThan(expected.length);
    expect(heard).toEqual(expected.slice(0, heard.length));
    const resumed = await edge.open(server.url, { after: lastCursor(stream) });
    await until(() => resumed.heard.length >= expected.length - heard.length, "the rest");
    expect([...heard, ...told(resumed)]).toEqual(expected);
    await resumed.leave();
    await until(() => server.open === 0, "nobody");
  });

  test.each(EDGES)("$name: is gone also when it never reads again", async (edge) => {
    const stream = await edge.open(server.url);
    await stalled(stream);
    await until(() => server.open === 0, "nobody");
    await until(() => server.sockets.every(({ writableLength }) => writableLength === 0), "no bytes kept for it");
    await stream.leave();
  });
});
