// The checkpointing thread: moves committed pages from the log into the file while the writing thread goes on.
// Started by sqlite.ts. It never makes anybody wait, and loses nothing when it fails: then the writer does it.
import { parentPort, workerData } from "node:worker_threads";
import { Connection } from "./connection.ts";
import type { Envelope } from "./messages.ts";
import { yieldToMain } from "./yielding.ts";

yieldToMain();

const connection = Connection.forWriting(workerData as string); // the path, given by sqlite.ts

parentPort?.on("message", ({ ticket, body }: Envelope<"checkpoint" | "close">) => {
  if (body === "close") {
    connection.close();
    parentPort?.close();
    return;
  }
  try {
    connection.checkpoint();
  } catch {
    // a disk without room; whatever was not moved is still in the log
  }
  parentPort?.postMessage({ ticket, body: "done" });
});
parentPort?.postMessage({ ticket: 0, body: "done" });
