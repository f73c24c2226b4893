// The reading thread: answers what may take longer than the main thread can wait. Started by sqlite.ts.
// Reads only; a question that fails is answered with why.
import { parentPort, workerData } from "node:worker_threads";
import type { Envelope, Failed, ReadRequest } from "./messages.ts";
import { Reading } from "./reading.ts";
import { messageOf } from "./storeError.ts";
import { yieldToMain } from "./yielding.ts";

yieldToMain();

const reading = new Reading(workerData as string, "by scans"); // the path, given by sqlite.ts

parentPort?.on("message", ({ ticket, body }: Envelope<ReadRequest | "close">) => {
  if (body === "close") {
    reading.close();
    parentPort?.close();
    return;
  }
  parentPort?.postMessage({ ticket, body: answerTo(body) });
});
parentPort?.postMessage({ ticket: 0, body: { answer: undefined } });

function answerTo(request: ReadRequest): { readonly answer: unknown } | Failed {
  try {
    return { answer: reading.answer(request) };
  } catch (error) {
    return { failed: messageOf(error), code: "STORE_READ_FAILED" };
  }
}
