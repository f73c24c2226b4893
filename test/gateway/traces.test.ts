// Traces of a whole gateway, as a collector gets them; and what a gateway does when there is no collector, or a bad one.
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { writeKubeconfig } from "../../src/demo/server/kubeconfig.ts";
import { type CollectedSpan, type Collector, startCollector } from "./collector.ts";
import { Stage, temporaryDirectory } from "./gateway.ts";
import { GatewayProcess, processFlags } from "./gatewayProcess.ts";
import { HurriedClock } from "./hurriedClock.ts";
import { until } from "./storedEvents.ts";

const TRACE = "4bf92f3577b34da6a3ce929d0e0e4736";
const SPAN = "00f067aa0ba902b7";

function envOf({ url }: Pick<Collector, "url">, more: Readonly<Record<string, string>> = {}) {
  return { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_BSP_SCHEDULE_DELAY: "50", ...more };
}

function attribute({ attributes }: Pick<CollectedSpan, "attributes">, name: string): unknown {
  const value = attributes.find(({ key }) => key === name)?.value;
  return value && Object.values(value)[0];
}

test("one request is one trace: the caller's span, the request, its operation, what that asks of the store", async () => {
  const collector = await startCollector();
  const stage = await Stage.set();
  stage.cluster.happen(20);
  const gateway = await stage.gateway({ env: envOf(collector) });
  const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: "vendor=1" };
  await (await fetch(`${gateway.url}/api/v1/events/shop?limit=2&access_token=s3cret`, { headers })).text();
  await (await fetch(`${gateway.url}/api/v1/events/shop?limit=2`, { headers })).text();
  const mine = () => collector.spans.filter(({ traceId }) => traceId === TRACE);
  await until(() => mine().filter(({ kind }) => kind === 2).length === 2, "both requests");
  const request = mine().find((span) => span.kind === 2 && attribute(span, "http.response.status_code") === 200);
  expect(request).toMatchObject({ name: "GET /api/v1/events/{namespace}", parentSpanId: SPAN });
  const operation = mine().find((span) => span.parentSpanId === request?.spanId);
  expect(operation).toMatchObject({ name: "query ListNamespaceEvents", kind: 1 });
  const reads = mine().filter((span) => span.parentSpanId === operation?.spanId);
  expect(reads.map(({ name }) => name)).toContain("store eventsText");
  expect(new Set(reads.map(({ kind }) => kind))).toEqual(new Set([3]));
  expect(JSON.stringify(collector.spans)).not.toContain("s3cret");
  expect(attribute({ attributes: collector.resource }, "service.name")).toBe("khook-gateway");
  expect(gateway.said("request").map(({ traceId }) => traceId)).toEqual([TRACE, TRACE]);
});

test("a request without a trace begins one, and its line in the log names it", async () => {
  const collector = await startCollector();
  const stage = await Stage.set();
  const gateway = await stage.gateway({ env: envOf(collector, { OTEL_SERVICE_NAME: "mine" }) });
  const query = encodeURIComponent("query Mine { hooks(first: 1) { totalCount } }");
  await (await fetch(`${gateway.url}/graphql?query=${query}`)).text();
  await until(() => collector.spans.some(({ kind }) => kind === 2), "the request");
  const request = collector.spans.find(({ kind }) => kind === 2);
  expect(request?.name).toBe("GET /graphql");
  expect(request?.parentSpanId || undefined).toBeUndefined();
  expect(gateway.said("request")[0]?.traceId).toBe(request?.traceId);
  const operation = collector.spans.find(({ name }) => name === "query Mine");
  expect(operation).toMatchObject({ traceId: request?.traceId, parentSpanId: request?.spanId });
  expect(collector.spans.find(({ name }) => name === "store hooks")).toMatchObject({ parentSpanId: operation?.spanId });
  expect(attribute({ attributes: collector.resource }, "service.name")).toBe("mine");
});

test("a stream's span ends when it is open, and what it is told later is no part of it", async () => {
  const collector = await startCollector();
  const stage = await Stage.set();
  const gateway = await stage.gateway({ env: envOf(collector) });
  const stream = await fetch(`${gateway.url}/api/v1/events/stream?since=1h`);
  const reader = stream.body?.getReader();
  await until(() => collector.spans.some(({ kind }) => kind === 2), "the span of the stream");
  const { traceId } = collector.spans.find(({ kind }) => kind === 2) ?? { traceId: "" };
  const count = () => collector.spans.filter((span) => span.traceId === traceId).length;
  const before = count();
  stage.cluster.happen(20);
  await stage.agreement(gateway);
  await reader?.read();
  await reader?.cancel();
  await until(() => collector.spans.filter(({ kind }) => kind === 2).length > 1, "later spans");
  expect(count()).toBe(before);
});

test("the Kubernetes API is told of the trace by each request", async () => {
  const collector = await startCollector();
  const told: (string | undefined)[] = [];
  const cluster = createServer((request, response) => {
    told.push(request.headers.traceparent?.toString());
    response.writeHead(404).end("{}");
  });
  cluster.listen(0, "127.0.0.1");
  await once(cluster, "listening");
  onTestFinished(() => void cluster.close());
  const kubeconfig = join(await temporaryDirectory(), "kubeconfig");
  await writeKubeconfig(kubeconfig, { url: `http://127.0.0.1:${(cluster.address() as AddressInfo).port}` });
  const { startTestGateway } = await import("./gateway.ts");
  await startTestGateway({ kubeconfig, clock: new HurriedClock(), env: envOf(collector) });
  await until(() => collector.spans.filter(({ kind }) => kind === 3).length >= 2, "requests to the cluster");
  for (const { traceId, spanId, name } of collector.spans.filter(({ kind }) => kind === 3)) {
    expect(name).toMatch(/^GET (?:events|hooks|leases)$/);
    expect(told).toContain(`00-${traceId}-${spanId}-01`);
  }
});

test("a caller that is not sampled is not traced, nor is anybody when the sampler is off", async () => {
  const collector = await startCollector();
  const stage = await Stage.set();
  const gateway = await stage.gateway({ env: envOf(collector) });
  const headers = { traceparent: `00-${TRACE}-${SPAN}-00` };
  await (await fetch(`${gateway.url}/api/v1/events`, { headers })).text();
  await (await fetch(`${gateway.url}/api/v1/hooks`)).text();
  await until(() => collector.spans.some(({ name }) => name === "GET /api/v1/hooks"), "the other request");
  expect(collector.spans.filter(({ traceId }) => traceId === TRACE)).toEqual([]);
  expect(gateway.said("request")[0]?.traceId).toBe(TRACE);
});

test.each([
  ["OTEL_EXPORTER_OTLP_ENDPOINT", "collector:4318"],
  ["OTEL_TRACES_SAMPLER", "sometimes"],
  ["OTEL_TRACES_SAMPLER_ARG", "1.5"],
])("a bad %s stops the start with one line that names it", async (variable, value) => {
  const stage = await Stage.set();
  const env = { ...envOf({ url: "http://127.0.0.1:9" }), [variable]: value };
  await expect(stage.startGateway({ env })).rejects.toThrow(`${variable}: "${value}" must be`);
});

for (const [what, answering] of [
  ["stuck", () => undefined],
  ["gone", undefined],
] as const) {
  test(`a collector that is ${what} neither slows nor fails a request, and a stop ends within the grace time`, async () => {
    const collector = await startCollector(answering);
    const url = what === "gone" ? "http://127.0.0.1:9" : collector.url;
    const { cluster } = await Stage.set();
    const flags = processFlags(cluster.kubeconfigPath, await temporaryDirectory());
    const gateway = await GatewayProcess.start(
      [...flags, "--shutdown-grace", "1s", "--log-level", "warn"],
      envOf({ url }),
    );
    const api = await gateway.url();
    await (await fetch(`${api}/api/v1/events`)).text();
    const durations: number[] = [];
    for (let times = 0; times < 3_000; times++) {
      const startedAt = performance.now();
      const answer = await fetch(`${api}/api/v1/events?limit=${(times % 50) + 1}`);
      await answer.text();
      expect(answer.status).toBe(200);
      durations.push(performance.now() - startedAt);
    }
    expect(durations.sort((a, b) => a - b)[1_500]).toBeLessThan(50);
    const stoppedAt = performance.now();
    gateway.kill("SIGTERM");
    expect(await gateway.exited).toEqual({ code: 0, signal: null });
    expect(performance.now() - stoppedAt).toBeLessThan(3_000);
    expect(gateway.stderr).toContain("traces could not be sent");
  }, 40_000);
}

test("what was not sent yet is sent at a stop", async () => {
  const collector = await startCollector();
  const stage = await Stage.set();
  const gateway = await stage.gateway({ env: { ...envOf(collector), OTEL_BSP_SCHEDULE_DELAY: "3600000" } });
  await (await fetch(`${gateway.url}/api/v1/hooks`)).text();
  expect(collector.spans).toEqual([]);
  await gateway.gateway.stop();
  expect(collector.spans.map(({ name }) => name)).toContain("GET /api/v1/hooks");
});

test("without an endpoint nothing of it is loaded, and nobody is connected to", async () => {
  const collector = await startCollector();
  const hook = `
    import { registerHooks } from "node:module";
    registerHooks({ load(url, context, next) {
      if (url.includes("opentelemetry")) process.stderr.write("loaded " + url + "\\n");
      return next(url, context);
    } });`;
  const { cluster } = await Stage.set();
  const loaded = async (env: Readonly<Record<string, string>>) => {
    const flags = processFlags(cluster.kubeconfigPath, await temporaryDirectory());
    const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(hook)}`;
    const gateway = await GatewayProcess.start(flags, { ...env, NODE_OPTIONS });
    await (await fetch(`${await gateway.url()}/api/v1/events`)).text();
    gateway.kill("SIGTERM");
    await gateway.exited;
    return [...gateway.stderr.matchAll(/^loaded .*?(opentelemetry\.js|@opentelemetry\/[^/]+)/gm)].map(
      ([, name]) => name,
    );
  };
  // prom-client brings the API's package along; it does nothing by itself.
  expect(new Set(await loaded({}))).toEqual(new Set(["@opentelemetry/api"]));
  expect(collector.connections).toBe(0);
  expect(await loaded(envOf(collector))).toContain("@opentelemetry/sdk-trace");
  expect(collector.connections).toBeGreaterThan(0);
});
