// khook and kagent go wrong, and health tells it, without ever being unhealthy or not ready for it.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import {
  type Checkup,
  checkup,
  isHealthy,
  khookActs,
  podFails,
  podFailsOn,
  renewLease,
  untilHealth,
} from "./checkup.ts";
import { Stage, type TestGateway } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const SECOND = 1_000;
const MINUTE = 60 * SECOND;

const isDegraded = ({ code, readyz, health }: Checkup) =>
  code === 200 && readyz === 200 && health.status === "degraded";

async function watched(namespaces: readonly string[], flags: readonly string[] = []) {
  const stage = await Stage.set();
  const { cluster, clock } = stage;
  for (const namespace of namespaces) cluster.hook(namespace, "hook", ["pod-restart"]);
  const gateway = await stage.gateway({ flags });
  return { stage, cluster, clock, gateway };
}

async function hasStored(gateway: TestGateway, records: number): Promise<void> {
  await until(async () => (await gateway.gateway.store.count({})) === records, `${records} events`);
}

test("khook that says nothing about events that match is stalled, by namespace, until it answers", async () => {
  const { stage, cluster, clock, gateway } = await watched(["shop", "billing", "search"]);
  podFails(cluster, "shop", clock.now());
  podFails(cluster, "billing", clock.now());
  podFails(cluster, "elsewhere", clock.now());
  podFailsOn(cluster, "search", clock.now());
  await hasStored(gateway, 4);
  await stage.letPass(gateway, 14 * MINUTE);
  expect((await checkup(gateway)).health.controller.stalledNamespaces).toEqual([]);
  await stage.letPass(gateway, 2 * MINUTE);
  const { health } = await untilHealth(gateway, isDegraded, "a stalled khook");
  expect(health.controller).toMatchObject({
    status: "degraded",
    stalledNamespaces: ["billing", "shop"],
    message: expect.stringContaining("events matched hooks in billing, shop, and khook has said nothing"),
  });
  khookActs(cluster, "billing", clock.now());
  await untilHealth(gateway, (seen) => String(seen.health.controller.stalledNamespaces) === "shop", "one answer");
  khookActs(cluster, "shop", clock.now());
  const recovered = await untilHealth(gateway, isHealthy, "recovery");
  expect(recovered.health.controller.lastDispatchAt).not.toBeNull();
});

test("how long it may say nothing can be told, and what its rate limit swallows behind an answer is no alarm", async () => {
  const { stage, cluster, clock, gateway } = await watched(["shop"], ["--controller-stall-timeout", "6m"]);
  khookActs(cluster, "shop", clock.now());
  await untilHealth(gateway, (seen) => seen.health.controller.lastDispatchAt !== null, "an answer");
  podFails(cluster, "shop", clock.now() + 2 * SECOND);
  await hasStored(gateway, 1);
  await stage.letPass(gateway, 20 * MINUTE);
  expect(isHealthy(await checkup(gateway))).toBe(true);
  podFails(cluster, "shop", clock.now());
  await hasStored(gateway, 2);
  await stage.letPass(gateway, 7 * MINUTE);
  await untilHealth(gateway, isDegraded, "a stalled khook");
  // Its hooks changed, so it watches the namespace anew.
  cluster.hook("shop", "another", ["oom-kill"]);
  await untilHealth(gateway, isHealthy, "a fresh look");
});

test("while Events are not watched nothing is held against khook", async () => {
  const { cluster, clock, gateway } = await watched(["shop"], ["--controller-stall-timeout", "2m"]);
  podFails(cluster, "shop", clock.now());
  await hasStored(gateway, 1);
  await cluster.faults.down();
  await untilHealth(gateway, isDegraded, "trouble");
  clock.advance(4 * MINUTE);
  khookActs(cluster, "shop", clock.now());
  expect((await checkup(gateway)).health.controller.stalledNamespaces).toEqual([]);
  await cluster.faults.up();
  const seen: string[] = [];
  await untilHealth(
    gateway,
    (look) => {
      seen.push(...look.health.controller.stalledNamespaces);
      return isHealthy(look);
    },
    "recovery",
  );
  expect(seen).toEqual([]);
});

test("the Lease: absent, held, not renewed, unreadable", async () => {
  const { stage, cluster, clock, gateway } = await watched([]);
  const controller = (words: string) => (seen: Checkup) => seen.health.controller.message.includes(words);
  expect((await untilHealth(gateway, controller("no Lease named khook"), "no Lease")).health.status).toBe("healthy");
  for (let renewals = 0; renewals < 8; renewals++) {
    renewLease(cluster, "khook-0", clock.now());
    await stage.letPass(gateway, 20 * SECOND);
  }
  const held = await untilHealth(gateway, controller("led by khook-0"), "a holder");
  expect(isHealthy(held)).toBe(true);
  expect(held.health.controller.lease?.holder).toBe("khook-0");
  await stage.letPass(gateway, 2 * MINUTE);
  const late = await untilHealth(gateway, isDegraded, "a Lease that is not renewed");
  expect(late.health.controller.message).toMatch(/its Lease was last renewed .* ago by khook-0/);
  renewLease(cluster, "khook-1", clock.now());
  await stage.letPass(gateway, 30 * SECOND);
  await untilHealth(gateway, controller("led by khook-1"), "recovery");
  cluster.faults.add({ match: { resource: "leases" }, effect: { do: "answer", code: 403 } });
  clock.advance(30 * SECOND);
  const unread = await untilHealth(gateway, controller("its Lease cannot be read"), "a refusal");
  expect([unread.health.status, unread.health.controller.status]).toEqual(["healthy", "unknown"]);
});

test("kagent: well, answering 500, slow, not in time, gone, and well again", async () => {
  let answer: RequestListener = (_request, response) => response.end();
  const server = createServer((request, response) => answer(request, response)).listen(0, "127.0.0.1");
  onTestFinished(() => {
    server.close();
    server.closeAllConnections();
  });
  await once(server, "listening");
  const { port } = server.address() as AddressInfo; // a string only for a pipe
  const stage = await Stage.set();
  const gateway = await stage.gateway({
    env: { KAGENT_API_URL: `http://me:secret@127.0.0.1:${port}` },
    kagentPatience: { timeout: 300, slow: 100 },
  });
  const kagent = async (words: string, status: string) => {
    stage.clock.advance(30 * SECOND);
    const seen = await untilHealth(gateway, (look) => look.health.kagent.message.includes(words), words);
    expect([seen.code, seen.readyz, seen.health.status, seen.health.kagent.status]).toEqual([200, 200, status, status]);
    expect(seen.health.kagent.url).toBe(`http://127.0.0.1:${port}/`);
    expect(JSON.stringify(seen)).not.toContain("secret");
  };
  await kagent("it answers", "healthy");
  answer = (_request, response) => response.writeHead(500).end();
  await kagent("answered 500", "degraded");
  answer = (_request, response) => void setTimeout(() => response.end(), 150);
  await kagent("slow: it took", "degraded");
  answer = () => undefined;
  await kagent("no answer within 300ms", "degraded");
  server.close();
  server.closeAllConnections();
  await kagent("ECONNREFUSED", "degraded");
  answer = (_request, response) => response.end();
  server.listen(port, "127.0.0.1");
  await kagent("it answers", "healthy");
});
