// One page for whoever answers a report: what it runs on, how it is set, what it has been through. Nothing secret is on it.
import { expect, test } from "vitest";
import { WebSocket } from "ws";
import { untilHealth } from "./checkup.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const HOUR = 3_600_000;

interface Diagnostics {
  readonly versions: Readonly<Record<string, string>>;
  readonly settings: readonly { readonly flag: string; readonly value: string | null; readonly origin: string }[];
  readonly cluster: {
    readonly serverVersion: string | null;
    readonly hookVersions: readonly { readonly name: string; readonly eventTypes: readonly string[] }[];
    readonly unknown: readonly string[];
  };
  readonly watches: readonly { readonly path: string; readonly phase: string; readonly listsDone: number }[];
  readonly gaps: readonly { readonly source: string; readonly reason: string }[];
  readonly store: { readonly records: number; readonly writeFailure: string | null };
  readonly streams: {
    readonly transports: readonly { readonly transport: string; readonly open: number; readonly opened: number }[];
  };
  readonly caches: readonly { readonly name: string; readonly hits: number }[];
}

async function diagnosticsOf(url: string): Promise<Diagnostics> {
  const answer = await fetch(`${url}/api/v1/diagnostics`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as Diagnostics; // the contract of the route
}

test("it shows versions, settings and their origin, watches, cluster, store, streams and caches", async () => {
  const stage = await Stage.set();
  stage.cluster.happen(30);
  const gateway = await stage.gateway({
    flags: ["--dedup-window", "5m"],
    env: { KAGENT_API_URL: "http://me:whispered@127.0.0.1:9/?key=hidden", LOG_LEVEL: "debug" },
  });
  await untilHealth(gateway, ({ health }) => health.store.records > 0, "events");
  const socket = new WebSocket(`${gateway.url.replace("http", "ws")}/api/v1/events/stream`);
  await new Promise((resolve) => socket.once("message", resolve));
  for (let times = 0; times < 3; times++) await (await fetch(`${gateway.url}/api/v1/events`)).text();

  const told = await diagnosticsOf(gateway.url);
  expect(told.versions).toMatchObject({ gateway: "0.0.0-test", node: process.versions.node });
  const setting = (flag: string) => told.settings.find((each) => each.flag === flag);
  expect(setting("--dedup-window")).toMatchObject({ value: "5m", origin: "flag" });
  expect(setting("--log-level")).toMatchObject({ value: "debug", origin: "environment" });
  expect(setting("--retention-age")).toMatchObject({ value: "30d", origin: "default" });
  expect(setting("--kagent-api-url")).toMatchObject({ value: "http://***@127.0.0.1:9/?***", origin: "environment" });
  expect(JSON.stringify(told)).not.toMatch(/whispered|hidden/);
  expect(told.cluster.serverVersion).toMatch(/^v1\.\d+/);
  expect(told.cluster.hookVersions.map(({ name }) => name)).toEqual(["v1alpha2"]);
  expect(told.cluster.hookVersions[0]?.eventTypes).toContain("oom-kill");
  expect(told.cluster.unknown).toEqual([]);
  expect(told.watches.map(({ path, phase, listsDone }) => [path, phase.toLowerCase(), listsDone])).toEqual([
    ["/apis/kagent.dev/v1alpha2/hooks", "watching", 1],
    ["/apis/events.k8s.io/v1/events", "watching", 1],
  ]);
  expect(told.store).toMatchObject({ writeFailure: null });
  expect(told.store.records).toBe(await gateway.gateway.store.count({}));
  expect(told.streams.transports).toContainEqual(
    expect.objectContaining({ transport: "websocket", open: 1, opened: 1 }),
  );
  expect(told.caches.find(({ name }) => name === "rest")?.hits).toBeGreaterThan(0);
  socket.close();
});

test("it shows gaps, and says what of the cluster cannot be read without waiting for it", async () => {
  const stage = await Stage.set({ eventTtl: HOUR });
  const { cluster, clock } = stage;
  const dataDir = await temporaryDirectory();
  cluster.happen(30);
  const first = await stage.gateway({ dataDir });
  await stage.agreement(first);
  await stage.stop(first);
  clock.advance(3 * HOUR);
  await until(() => cluster.storage.count("events") === 0, "an empty cluster");
  const second = await stage.gateway({ dataDir });
  expect((await diagnosticsOf(second.url)).gaps).toEqual([
    expect.objectContaining({ source: "kubernetes", reason: expect.stringContaining("1h") }),
  ]);

  cluster.faults.add({ match: { resource: "customresourcedefinitions" }, effect: { do: "answer", code: 403 } });
  const refused = await diagnosticsOf(second.url);
  expect(refused.cluster.hookVersions).toEqual([]);
  expect(refused.cluster.unknown).toEqual([expect.stringMatching(/^Hook CRD: .*forbidden/)]);
  await cluster.faults.down();
  expect((await diagnosticsOf(second.url)).cluster.unknown).toHaveLength(2);
});
