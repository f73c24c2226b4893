// Watches that are silent, stuck, cut or garbled, and what the store holds afterwards: the same as if they had not been.
import { expect, test } from "vitest";
import { Stage } from "./gateway.ts";
import { until } from "./storedEvents.ts";
import { EVENTS, LIST_EVENTS, WATCH_EVENTS } from "./troubledCluster.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

test("a watch that has gone silent for good is noticed, and what it kept back is stored", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  clock.advance(5 * SECOND);
  const silence = cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "silence" }, times: 1 });
  cluster.faults.closeWatches(EVENTS);
  await until(() => gateway.events.watchesOpened === 2, "the watch that stays silent");
  expect(silence.hits).toBe(1);
  cluster.happen(40);
  clock.advance(4 * MINUTE);
  cluster.happen(10);
  // The server was asked to end this watch within 10 min at most; half a minute later it counts as dead.
  clock.advance(7 * MINUTE);
  await gateway.restarted("silent");
  await until(() => gateway.events.watchesOpened === 3, "a watch that speaks");
  cluster.happen(10);
  await stage.lastingAgreement(gateway);
});

test("a watch that falls silent after some lines is noticed as well", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const gateway = await stage.gateway();
  clock.advance(5 * SECOND);
  cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "silence", lines: 7 }, times: 1 });
  cluster.faults.closeWatches(EVENTS);
  await until(() => gateway.events.watchesOpened === 2, "the watch that falls silent");
  cluster.happen(40);
  clock.advance(11 * MINUTE);
  await gateway.restarted("silent");
  cluster.happen(10);
  await stage.lastingAgreement(gateway);
});

test("a request that is taken and never answered is given up, be it a list or a watch", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  const stalledList = cluster.faults.add({ match: LIST_EVENTS, effect: { do: "stall" }, times: 1 });
  const gateway = await stage.startGateway();
  await until(() => stalledList.hits === 1, "the list that stalls");
  clock.advance(2 * MINUTE);
  await gateway.gateway.ready;
  await gateway.watching();
  cluster.back();
  const stalledWatch = cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "stall" }, times: 1 });
  clock.advance(5 * SECOND);
  cluster.faults.closeWatches(EVENTS);
  await until(() => stalledWatch.hits === 1, "the watch that stalls");
  cluster.happen(30);
  clock.advance(2 * MINUTE);
  await gateway.restarted("silent", 2);
  await stage.lastingAgreement(gateway);
});

for (const size of [1, 2, 3, 2048]) {
  test(`answers in chunks of ${size} bytes lose no character`, async () => {
    const stage = await Stage.set();
    const { cluster } = stage;
    cluster.faults.add({ match: EVENTS, effect: { do: "split", sizes: [size] } });
    cluster.happen(40);
    const gateway = await stage.gateway();
    cluster.happen(40);
    const stored = await stage.lastingAgreement(gateway);
    const text = stored.map(({ message }) => message).join();
    for (const character of ["é", "漢", "🚫", "💥", "🩺"]) expect(text).toContain(character);
    expect(text).not.toContain("\uFFFD");
  });
}

test("connections cut inside a character, in lists and in watches, lose nothing and store nothing twice", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(100);
  cluster.faults.add({ match: LIST_EVENTS, effect: { do: "cut" }, times: 2 });
  cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "cut", lines: 3 }, times: 4 });
  const gateway = await stage.gateway();
  for (let i = 0; i < 6; i++) {
    cluster.happen(8);
    await clock.sleep(3 * SECOND, new AbortController().signal);
  }
  await stage.agreement(gateway);
  expect(gateway.events.restarts.unreachable + gateway.events.restarts.garbled).toBeGreaterThanOrEqual(3);
  await stage.lastingAgreement(gateway);
});

test("junk between the lines ends the watch and costs no event", async () => {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  cluster.happen(60);
  cluster.faults.add({ match: WATCH_EVENTS, effect: { do: "junk", lines: 2 }, times: 3 });
  const gateway = await stage.gateway();
  for (let i = 0; i < 6; i++) {
    cluster.happen(8);
    await clock.sleep(3 * SECOND, new AbortController().signal);
  }
  await gateway.restarted("garbled", 2);
  await stage.lastingAgreement(gateway);
});
