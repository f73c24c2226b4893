// The writing thread: the only place where the store's file is written. Started by sqlite.ts.
// Says where it stands when it is ready, then answers each message with what was committed.
import { parentPort, workerData } from "node:worker_threads";
import type { Envelope, WriteRequest, WriterSettings } from "./messages.ts";
import { Writing } from "./writing.ts";
import { yieldToMain } from "./yielding.ts";

yieldToMain();

const writing = new Writing(workerData as WriterSettings); // given by sqlite.ts

parentPort?.on("message", ({ ticket, body }: Envelope<readonly WriteRequest[] | "close">) => {
  if (body === "close") {
    writing.close();
    parentPort?.close();
    return;
  }
  const results = writing.commit(body);
  parentPort?.postMessage({ ticket, body: { results, standing: writing.standing } });
});
parentPort?.postMessage({ ticket: 0, body: { results: [], standing: writing.standing } });
