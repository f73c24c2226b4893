// The process of the subscribers: keeps audiences by name, and has each take its turn when it is told to.

import { Audience, type AudienceOptions, type TurnOrder } from "./audience.ts";
import { runTrial, type Trial, type TrialPlace } from "./trials.ts";

export type AudienceOrder =
  | { readonly trial: Trial; readonly at: TrialPlace }
  | { readonly open: AudienceOptions; readonly name: string }
  | { readonly prepare: number; readonly name: string }
  | { readonly turn: TurnOrder; readonly name: string }
  | { readonly close: true; readonly name: string };

const audiences = new Map<string, Audience>();

process.on("message", async (order: AudienceOrder) => {
  try {
    if ("trial" in order) {
      process.send?.({ trialled: await runTrial(order.at, order.trial) });
    } else if ("open" in order) {
      const audience = await Audience.open(order.open);
      await audience.settle();
      audiences.set(order.name, audience);
      process.send?.({ opened: true });
    } else if ("prepare" in order) {
      await audiences.get(order.name)?.prepare(order.prepare);
      process.send?.({ prepared: true });
    } else if ("turn" in order) {
      process.send?.({ heard: await audiences.get(order.name)?.turn(order.turn) });
    } else {
      audiences.get(order.name)?.close();
      audiences.delete(order.name);
      process.send?.({ closed: true });
    }
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    process.exit(1);
  }
});
process.on("disconnect", () => process.exit(0));
process.send?.({ ready: true });
