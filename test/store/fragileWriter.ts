// A writing thread that dies as tests ask it to: when an observation's reason says so, before or after the commit.
// Otherwise it is the store's own.
import { parentPort, workerData } from "node:worker_threads";
import type { Envelope, WriteRequest, WriterSettings } from "../../src/store/messages.ts";
import { Writing } from "../../src/store/writing.ts";

const writing = new Writing(workerData as WriterSettings); // given by sqlite.ts

parentPort?.on("message", ({ ticket, body }: Envelope<readonly WriteRequest[] | "close">) => {
  if (body === "close") {
    writing.close();
    parentPort?.close();
    return;
  }
  const asked = body.map((request) => (request.kind === "append" ? request.batch.reasons.join() : "")).join();
  if (asked.includes("die before the commit")) process.exit(1);
  const results = writing.commit(body);
  if (asked.includes("die after the commit")) throw new Error("the writer was told to die");
  parentPort?.postMessage({ ticket, body: { results, standing: writing.standing } });
});
parentPort?.postMessage({ ticket: 0, body: { results: [], standing: writing.standing } });
