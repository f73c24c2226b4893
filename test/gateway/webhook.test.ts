// Webhooks of the whole gateway: matched by hooks of the cluster, known across restarts, and lost by nobody's death.
import { readFileSync } from "node:fs";
import { rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Worker } from "node:worker_threads";
import { expect, onTestFinished, test } from "vitest";
import { Stage, type TestGateway, temporaryDirectory } from "./gateway.ts";
import { until } from "./storedEvents.ts";

const SECRET = "0f1e2d3c4b5a69788796a5b4c3d2e1f0";
const ALERTS = JSON.parse(readFileSync(new URL("../fixtures/alertmanager.json", import.meta.url), "utf8"));
const MAPPINGS = `
mappings:
  - eventSource: alertmanager
    eventType: KubePodCrashLooping
    internalType: pod-restart
    severity: high
  - eventSource: webhook
    eventType: com.example.deploy.failed
    internalType: DeployFailed
    description: A deployment failed
    tags: { team: platform }
  - eventSource: webhook
    eventType: com.example.deploy.noise
    enabled: false
`;

interface Told {
  readonly id: string;
  readonly time?: string;
  readonly [more: string]: unknown;
}

async function setUp() {
  const stage = await Stage.set({ pace: 1 });
  const directory = await temporaryDirectory();
  const secretFile = join(directory, "secret");
  const mappingFile = join(directory, "mappings.yaml");
  await writeFile(secretFile, SECRET);
  await writeFile(mappingFile, MAPPINGS);
  const flags = ["--webhook-secret-file", secretFile, "--event-mappings", mappingFile];
  const dataDir = await temporaryDirectory();
  return { stage, secretFile, start: () => stage.gateway({ dataDir, flags }) };
}

/** The status; 0 when there was no answer. */
async function post(url: string, name: string, type: string, body: unknown): Promise<number> {
  const headers = { Authorization: `Bearer ${SECRET}`, "Content-Type": type };
  const target = `${url}/api/v1/sources/webhook/${name}`;
  try {
    const answer = await fetch(target, { method: "POST", headers, body: JSON.stringify(body) });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return 0;
  }
}

function tell(url: string, told: Told, name = "deployer"): Promise<number> {
  const event = { specversion: "1.0", source: "/deployer", type: "com.example.deploy.failed", ...told };
  return post(url, name, "application/cloudevents+json", event);
}

// biome-ignore lint/suspicious/noExplicitAny: answers of many shapes
async function graphql({ url }: TestGateway, query: string): Promise<any> {
  const headers = { "Content-Type": "application/json" };
  const answer = await fetch(`${url}/graphql`, { method: "POST", headers, body: JSON.stringify({ query }) });
  const { data, errors } = (await answer.json()) as { data: unknown; errors?: unknown };
  expect(errors).toBeUndefined();
  return data;
}

async function ids({ url }: TestGateway, source: string): Promise<readonly string[]> {
  const answer = await fetch(`${url}/api/v1/events?source=${source}&limit=1000`);
  const { events } = (await answer.json()) as { events: { id: string }[] }; // the contract of the route
  return events.map(({ id }) => id).sort();
}

test("without a secret there are no webhooks: the path is as any that is unknown, and there is one source", async () => {
  const stage = await Stage.set({ pace: 1 });
  const gateway = await stage.gateway();
  const answers = await Promise.all(
    ["webhook/deployer", "nothing/deployer"].map(async (path) => {
      const answer = await fetch(`${gateway.url}/api/v1/sources/${path}`, { method: "POST", body: "{}" });
      const {
        instance: _path,
        requestId: _id,
        detail: _detail,
        ...problem
      } = (await answer.json()) as Record<string, unknown>;
      return { status: answer.status, type: answer.headers.get("content-type"), problem };
    }),
  );
  expect(answers[0]).toEqual(answers[1]);
  expect(answers[0]?.status).toBe(404);
  expect(gateway.gateway.sources().map(({ name }) => name)).toEqual(["kubernetes"]);
});

test("what is posted is an event as any other: matched by the hooks of its namespace and type, and told to streams", async () => {
  const { stage, start } = await setUp();
  stage.cluster.hook("shop", "deployments", ["deploy-failed", "pod-restart"]);
  stage.cluster.hook("billing", "elsewhere", ["deploy-failed"]);
  const gateway = await start();
  const stream = await fetch(`${gateway.url}/api/v1/events/stream?source=deployer`);
  expect(await tell(gateway.url, { id: "1", subject: "shop/Deployment/web", data: "image not found" })).toBe(202);
  expect(await post(gateway.url, "alertmanager", "application/json", ALERTS)).toBe(202);

  const { events } = await graphql(
    gateway,
    `{ events(filter: { sources: ["deployer", "alertmanager"] }, sort: RESOURCE_NAME) { nodes {
      source eventType severity reason message resource { kind name } hooks { namespace name } tags { key value } ignoredByController
    } } }`,
  );
  const hooks = [{ namespace: "shop", name: "deployments" }];
  expect(events.nodes).toMatchObject([
    {
      source: "deployer",
      eventType: "deploy-failed",
      severity: "MEDIUM",
      reason: "com.example.deploy.failed",
      message: "image not found",
      resource: { kind: "Deployment", name: "web" },
      hooks,
      tags: [
        { key: "cloudEventSource", value: "/deployer" },
        { key: "team", value: "platform" },
      ],
      ignoredByController: "OTHER_SOURCE",
    },
    { source: "alertmanager", eventType: "pod-restart", severity: "HIGH", resource: { name: "web-1" }, hooks },
    { source: "alertmanager", eventType: "pod-restart", severity: "HIGH", resource: { name: "web-2" }, hooks },
  ]);

  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let told = "";
  while (!told.includes("deploy-failed")) told += (await reader?.read())?.value ?? "";
  await reader?.cancel();

  const sources = gateway.gateway.sources();
  expect(sources.map(({ name, state, observed }) => [name, state, observed])).toEqual([
    ["kubernetes", "RUNNING", 0],
    ["webhook", "RUNNING", 3],
  ]);
  expect(gateway.errors).toEqual([]);
});

test("health shows the source, and that its secret cannot be read, until it can; diagnostics show no secret", async () => {
  const { secretFile, start } = await setUp();
  const gateway = await start();
  const health = async () => {
    const answer = await fetch(`${gateway.url}/api/v1/health`);
    const { sources, ...whole } = (await answer.json()) as {
      status: string;
      sources: { name: string; status: string }[];
    };
    return [answer.status, whole.status, ...sources.map(({ name, status }) => `${name} ${status}`)];
  };
  const [, before, ...well] = await health();
  expect(well).toEqual(["kubernetes healthy", "webhook healthy"]);
  await rename(secretFile, `${secretFile}-away`);
  expect(await tell(gateway.url, { id: "1" })).toBe(503);
  expect(await health()).toEqual([200, "degraded", "kubernetes healthy", "webhook degraded"]);
  await rename(`${secretFile}-away`, secretFile);
  expect(await tell(gateway.url, { id: "1" })).toBe(202);
  expect(await health()).toEqual([200, before, ...well]);
  for (const path of ["health", "diagnostics"]) {
    const answer = await fetch(`${gateway.url}/api/v1/${path}`);
    expect([answer.status, await answer.text()]).toEqual([200, expect.not.stringContaining(SECRET)]);
  }
});

test("eventTypes has what webhooks can produce, behind what the cluster can", async () => {
  const { start } = await setUp();
  const gateway = await start();
  const { eventTypes } = await graphql(
    gateway,
    "{ eventTypes { name description severity source reasons tags { key value } } }",
  );
  expect(eventTypes.map(({ source }: { source: string }) => source)).toEqual([
    ...new Array(4).fill("kubernetes"),
    "alertmanager",
    "webhook",
  ]);
  expect(eventTypes.slice(4)).toEqual([
    {
      name: "pod-restart",
      description: "",
      severity: "HIGH",
      source: "alertmanager",
      reasons: ["KubePodCrashLooping"],
      tags: [],
    },
    {
      name: "deploy-failed",
      description: "A deployment failed",
      severity: "MEDIUM",
      source: "webhook",
      reasons: ["com.example.deploy.failed"],
      tags: [{ key: "team", value: "platform" }],
    },
  ]);
});

test("alerts of one object and type are one incident for ten minutes from when the first of them began", async () => {
  const { stage, start } = await setUp();
  const gateway = await start();
  const at = stage.clock.now();
  const alert = (pod: string, startsAt: number) => ({
    status: "firing",
    labels: { alertname: "KubePodCrashLooping", namespace: "shop", pod },
    startsAt: new Date(startsAt).toISOString(),
  });
  const alerts = [alert("web-1", at - 60_000), alert("web-1", at - 30_000), alert("web-2", at - 700_000)];
  expect(await post(gateway.url, "alertmanager", "application/json", { version: "4", alerts })).toBe(202);
  const { events } = await graphql(
    gateway,
    "{ events(sort: TIMESTAMP) { nodes { id status duplicateOf resource { name } } } }",
  );
  expect(
    events.nodes.map(({ resource, status }: { resource: { name: string }; status: string }) => [resource.name, status]),
  ).toEqual([
    ["web-2", "RESOLVED"],
    ["web-1", "FIRING"],
    ["web-1", "DUPLICATE"],
  ]);
  expect(events.nodes[2].duplicateOf).toBe(events.nodes[1].id);
});

test("what was told before a restart is known after it", async () => {
  const { stage, start } = await setUp();
  const first = await start();
  const told = Array.from({ length: 20 }, (_, id) => ({ id: `${id}`, subject: `shop/Deployment/web-${id % 5}` }));
  for (const each of told) expect(await tell(first.url, each)).toBe(202);
  await post(first.url, "alertmanager", "application/json", ALERTS);
  const before = await graphql(first, "{ events(sort: TIMESTAMP) { nodes { id cursor status timestamp } } }");
  expect(before.events.nodes).toHaveLength(22);
  await stage.stop(first);

  const second = await start();
  for (const each of told) expect(await tell(second.url, each)).toBe(202);
  await post(second.url, "alertmanager", "application/json", ALERTS);
  expect(await graphql(second, "{ events(sort: TIMESTAMP) { nodes { id cursor status timestamp } } }")).toEqual(before);
});

test("a writer that is killed again and again: who was answered 202 is stored, who was not sends again, and nothing is there twice", async () => {
  const { start } = await setUp();
  const workers: Worker[] = [];
  const started = (worker: Worker): void => void workers.push(worker);
  process.on("worker", started);
  onTestFinished(() => void process.off("worker", started));
  const gateway = await start();
  const statuses = new Map<number, number>();
  let unsent = 400;
  const send = async (): Promise<void> => {
    for (let id = --unsent; id >= 0; id = --unsent) {
      for (let status = 0; status !== 202; ) {
        status = await tell(gateway.url, { id: `${id}` });
        statuses.set(status, (statuses.get(status) ?? 0) + 1);
      }
    }
  };
  const senders = Promise.all(Array.from({ length: 8 }, send));
  let killed = 0;
  const killing = (async () => {
    for (let next = 20; unsent > 0; await pause(5)) {
      if ((statuses.get(202) ?? 0) < next) continue;
      // The threads of the store, whichever they are: the writer is the one that is started again.
      await Promise.all(workers.splice(0).map((worker) => worker.terminate()));
      killed++;
      next += 40;
    }
  })();
  await Promise.all([senders, killing]);
  expect(killed).toBeGreaterThan(3);
  expect(statuses.get(503)).toBeGreaterThan(0);
  expect([...statuses.keys()].sort()).toEqual([202, 503]);
  expect(new Set(await ids(gateway, "deployer")).size).toBe(400);
  await until(() => gateway.gateway.sources()[1]?.state === "RUNNING", "a source that is well again");
});

test("stopped while it is told things: what was answered 202 is there at the next start, the rest is taken then", async () => {
  const { stage, start } = await setUp();
  const first = await start();
  const accepted = new Set<string>();
  let living = true;
  const sending = Promise.all(
    Array.from({ length: 8 }, async (_, sender) => {
      for (let n = 0; living; n++) {
        const id = `${sender}-${n}`;
        const status = await tell(first.url, { id });
        if (status === 202) accepted.add(id);
        else expect([0, 503]).toContain(status);
      }
    }),
  );
  await until(() => accepted.size > 100, "deliveries");
  await stage.stop(first);
  living = false;
  await sending;

  const second = await start();
  const stored = await ids(second, "deployer");
  expect(stored.length).toBeGreaterThanOrEqual(accepted.size);
  for (const id of accepted) await tell(second.url, { id });
  expect(await ids(second, "deployer")).toEqual(stored);
});

test.each([
  ["that is not there", undefined, /^webhook secret file: ENOENT/],
  ["that holds none", "\n", /^webhook secret file: .*secret holds no secret$/],
])("a secret file %s stops the start with one line", async (_what, text, message) => {
  const stage = await Stage.set({ pace: 1 });
  const file = join(await temporaryDirectory(), "secret");
  if (text !== undefined) await writeFile(file, text);
  await expect(stage.startGateway({ flags: ["--webhook-secret-file", file] })).rejects.toThrow(message);
});

test("with no entry for webhooks it says so, and answers that all is ignored", async () => {
  const stage = await Stage.set({ pace: 1 });
  const file = join(await temporaryDirectory(), "secret");
  await writeFile(file, SECRET);
  const gateway = await stage.gateway({ flags: ["--webhook-secret-file", file] });
  expect(gateway.warnings).toContain("no entry of the event mapping is for a webhook: what it is told is ignored");
  expect(await tell(gateway.url, { id: "1" })).toBe(202);
  expect(await ids(gateway, "deployer")).toEqual([]);
});
