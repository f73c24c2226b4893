// A client in Node of a gateway that is stopped and killed and started again while things keep happening.
// Nobody helps the stream: it has to end with exactly the sequence of the store.
import { expect, test } from "vitest";
import { createGateway, type StreamEventsChange, streamEvents } from "../../src/client/client.ts";
import { until } from "../gateway/storedEvents.ts";
import { RestartedGateway } from "./restartedGateway.ts";

test("across a stop and two kills a stream is told all that is stored, in order, without gap or repeat", async () => {
  const restarted = await RestartedGateway.start();
  const gateway = createGateway({ url: restarted.url, random: () => 0.1 });
  const heard: StreamEventsChange[] = [];
  const enough = new AbortController();
  let retries = 0;
  const onRetry = () => void retries++;
  const listening = (async () => {
    const options = { signal: enough.signal, onRetry, buffer: 64 }; // which the past alone overfills
    for await (const change of streamEvents(gateway, { since: "1d" }, options)) heard.push(change);
  })();
  for (const signal of ["SIGTERM", "SIGKILL", "SIGKILL"] as const) {
    const before = heard.length;
    await until(() => heard.length > before + 50, "some more", 30);
    await restarted.restart(signal);
  }
  const before = heard.length;
  await until(() => heard.length > before + 50, "some more", 30);
  await restarted.expectToldAll(async () => heard);
  expect(retries).toBeGreaterThanOrEqual(3);
  enough.abort();
  await listening;
}, 90_000);
