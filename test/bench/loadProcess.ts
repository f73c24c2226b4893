// The load generator's process: takes orders one at a time, answers each with its result.
import { type LoadOrder, runLoad, sample } from "./load.ts";
import type { RequestKind } from "./requests.ts";

export interface SampleOrder {
  readonly port: number;
  readonly kind: RequestKind;
  readonly rows: number;
  readonly seed: number;
  readonly n: number;
}

process.on("message", async (message: { load: LoadOrder } | { sample: SampleOrder }) => {
  try {
    if ("load" in message) process.send?.({ result: await runLoad(message.load) });
    else {
      const { port, kind, rows, seed, n } = message.sample;
      process.send?.({ bodies: await sample(port, kind, rows, seed, n) });
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
