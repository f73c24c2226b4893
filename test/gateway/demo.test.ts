// The demo, started as a user starts it: a whole cluster and a gateway that shows what happens on it.
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { GatewayProcess } from "./gatewayProcess.ts";
import type { StoredEvent } from "./storedEvents.ts";

const run = promisify(execFile);

interface Answer {
  readonly events: readonly (StoredEvent & { readonly cluster: string })[];
  readonly pagination: { readonly total: number };
}

async function hasKubectl(): Promise<boolean> {
  return run("kubectl", ["version", "--client"]).then(
    () => true,
    () => false,
  );
}

test("it answers with real content, says where to look, and leaves nothing behind", async () => {
  const gateway = await GatewayProcess.start(["--demo", "--port", "0", "--log-level", "error"]);
  const url = await gateway.url();
  const { events, pagination } = await firstAnswer(url);
  expect(events).toHaveLength(5);
  expect(pagination.total).toBeGreaterThan(100);
  for (const event of events) {
    expect(["pod-restart", "oom-kill", "pod-pending", "probe-failed"]).toContain(event.eventType);
    expect(event.message).not.toBe("");
    expect(Date.parse(event.timestamp)).toBeGreaterThan(Date.now() - 4 * 24 * 3_600_000);
  }

  // Every line of what it prints works as it stands.
  expect(gateway.stdout).toContain(`playground  ${url}/graphql`);
  expect(gateway.stdout).toContain(`REST        curl '${url}/api/v1/events?limit=5'`);
  const playground = await fetch(`${url}/graphql`, { headers: { accept: "text/html" } });
  expect([playground.status, playground.headers.get("content-type")]).toEqual([
    200,
    expect.stringContaining("text/html"),
  ]);
  const openapi = /OpenAPI {5}(\S+)/.exec(gateway.stdout)?.[1] ?? "";
  expect((await (await fetch(openapi)).json()) as object).toHaveProperty("openapi", expect.stringMatching(/^3\.1\./));
  const graphql = await fetch(`${url}/graphql`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ query: "{ events(first: 1) { totalCount nodes { id } } hooks { totalCount } }" }),
  });
  const { data, errors } = (await graphql.json()) as {
    readonly data: {
      readonly events: { readonly totalCount: number };
      readonly hooks: { readonly totalCount: number };
    };
    readonly errors?: unknown;
  }; // as asked for
  expect(errors).toBeUndefined();
  expect(data.events.totalCount).toBeGreaterThan(100);
  expect(data.hooks.totalCount).toBeGreaterThan(0);

  const kubeconfig = /KUBECONFIG=(\S+) kubectl get hooks,events -A/.exec(gateway.stdout)?.[1] ?? "";
  expect(existsSync(kubeconfig)).toBe(true);
  gateway.kill("SIGINT");
  expect(await gateway.exited).toEqual({ code: 0, signal: null });
  expect(existsSync(kubeconfig)).toBe(false);
  expect(gateway.stderr).toBe("");
});

test("two demos with one seed that start in the same minute have the same past", async () => {
  const left = 60_000 - (Date.now() % 60_000);
  if (left < 5_000) await new Promise((resolve) => setTimeout(resolve, left)); // so that the minute is the same
  const pasts = await Promise.all(
    ["7", "7", "8"].map(async (seed) => {
      const gateway = await GatewayProcess.start([
        "--demo",
        "--demo-seed",
        seed,
        "--port",
        "0",
        "--log-level",
        "error",
      ]);
      const { events } = await firstAnswer(await gateway.url(), "sort=timestamp&limit=50");
      gateway.kill("SIGTERM");
      await gateway.exited;
      return events.map(({ eventType, namespace, resourceName, reason, count }) =>
        [eventType, namespace, resourceName, reason, count].join(" "),
      );
    }),
  );
  expect(pasts[0]).toEqual(pasts[1]);
  expect(pasts[0]).not.toEqual(pasts[2]);
});

test.skipIf(!(await hasKubectl()))("the kubectl line it prints works in a shell", async () => {
  const gateway = await GatewayProcess.start(["--demo", "--port", "0", "--log-level", "error"]);
  await gateway.url();
  const line = /cluster {5}(KUBECONFIG=.*)/.exec(gateway.stdout)?.[1] ?? "";
  const { stdout, stderr } = await run("sh", ["-c", line], { maxBuffer: 64 * 2 ** 20 });
  expect(stderr).toBe("");
  expect(stdout).toMatch(/^NAMESPACE +NAME +AGE\n/);
  expect(stdout).toMatch(/hook\.kagent\.dev\/\S+/);
  expect(stdout).toMatch(/NAMESPACE +LAST SEEN +TYPE +REASON +OBJECT +MESSAGE\n/);
  expect(stdout).toMatch(/Warning +BackOff +pod\//);
});

/** The first answer that holds events; the API is there a moment before they are. */
async function firstAnswer(url: string, query = "limit=5"): Promise<Answer> {
  for (const deadline = performance.now() + 10_000; ; ) {
    const answer = await fetch(`${url}/api/v1/events?${query}`);
    expect(answer.status).toBe(200);
    const body = (await answer.json()) as Answer; // as the route says
    if (body.events.length > 0 || performance.now() > deadline) return body;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
