// A store that cannot be read any more: streams end, each by the words of its edge, nothing of the inside is told, and the gateway stays.
import { afterAll, beforeAll, expect, test } from "vitest";
import { replacing } from "../../graph/harness.ts";
import { EDGES } from "./edges.ts";
import { GraphqlStream } from "./graphqlEdge.ts";
import { LiveServer, until } from "./liveServer.ts";
import { SocketStream } from "./socketEdge.ts";

let isBroken = false;
let server: LiveServer;
beforeAll(async () => {
  server = await LiveServer.start({
    seen: (store) =>
      replacing(store, {
        changesSince: async (seq, limit) => {
          if (isBroken) throw new Error("the disk at /var/lib is gone");
          return store.changesSince(seq, limit);
        },
      }),
  });
});
afterAll(() => server.close());

test.each(EDGES)(
  "$name: streams end when what happens cannot be read, and can be opened again when it can",
  async (edge) => {
    const streams = [await edge.open(server.url), await edge.open(server.url)];
    await server.happen();
    await until(() => streams.every(({ heard }) => heard.length === 1), "what happens, on both");
    isBroken = true;
    await server.happen();
    for (const stream of streams) {
      expect(await stream.ending).toBe("over");
      expect(JSON.stringify(stream.complaints)).not.toContain("disk");
      if (stream instanceof SocketStream) expect(stream.closed?.code).toBe(1011);
      if (stream instanceof GraphqlStream) {
        expect(stream.complaints).toEqual([{ code: "INTERNAL_SERVER_ERROR", detail: "Internal server error" }]);
      }
      await stream.leave();
    }
    await until(() => server.open === 0, "nobody");
    isBroken = false;
    expect(server.lines.filter(({ details }) => String(details.err).includes("disk")).length).toBeGreaterThan(0);
    const again = await edge.open(server.url);
    await server.happen();
    await until(() => again.heard.length === 1, "what happens then");
    await again.leave();
  },
);
