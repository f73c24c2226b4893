// Whether kagent answers, asked of a small real server: well, slowly, badly, not in time, not at all, and well again.
import { once } from "node:events";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { KagentProbe, type KagentProbeOptions } from "../../src/health/kagentProbe.ts";

const NOW = Date.UTC(2026, 10, 23);
const { signal } = new AbortController();

async function kagent(answer: RequestListener, port = 0) {
  const server = createServer(answer).listen(port, "127.0.0.1");
  await once(server, "listening");
  const close = async (): Promise<void> => {
    server.close();
    server.closeAllConnections();
  };
  onTestFinished(close);
  const address = server.address() as AddressInfo; // a string only for a pipe
  return { host: `127.0.0.1:${address.port}`, port: address.port, close };
}

function probeOf(url: string | undefined, more: Partial<KagentProbeOptions> = {}): KagentProbe {
  return new KagentProbe({ url, now: () => NOW, elapsed: () => performance.now(), ...more });
}

test("without one it is disabled, and nothing is asked", async () => {
  const probe = probeOf(undefined);
  await probe.ask(signal);
  expect(probe.verdict).toEqual({ status: "DISABLED", message: "no kagent is configured" });
  expect(probe.findings.url).toBeNull();
});

test("before it was asked nothing is known of it", () => {
  expect(probeOf("http://kagent").verdict).toEqual({ status: "UNKNOWN", message: "not asked yet" });
});

test("it is asked at /health below its path, with the credentials of its URL, which are shown nowhere", async () => {
  const asked: [string | undefined, string | undefined][] = [];
  const { host, close } = await kagent((request, response) => {
    asked.push([request.url, request.headers.authorization]);
    response.end("ok");
  });
  const probe = probeOf(`http://user%40x:pass%word@${host}/api//?key=secret`);
  await probe.ask(signal);
  expect(probe.verdict).toEqual({ status: "HEALTHY", message: "it answers" });
  expect(asked).toEqual([["/api/health?key=secret", `Basic ${Buffer.from("user@x:pass%word").toString("base64")}`]]);
  expect(probe.findings).toMatchObject({ url: `http://${host}/api//`, checkedAt: NOW, lastError: null });
  expect(probe.findings.latencySeconds).toBeGreaterThanOrEqual(0);
  await close();
  await probe.ask(signal);
  expect(probe.verdict.status).toBe("DEGRADED");
  expect(JSON.stringify([probe.verdict, probe.findings])).not.toMatch(/pass|secret|user/);
});

test("an answer that is no success, a slow one, one that does not come, a port that refuses: degraded, and why", async () => {
  let answer: RequestListener = (_request, response) => response.writeHead(500).end();
  const server = await kagent((request, response) => answer(request, response));
  const probe = probeOf(`http://${server.host}`, { timeout: 400, slow: 100 });

  await probe.ask(signal);
  expect(probe.verdict).toEqual({ status: "DEGRADED", message: "answered 500" });
  expect(probe.findings).toMatchObject({ latencySeconds: null, lastError: "answered 500", lastErrorAt: NOW });

  answer = (_request, response) => void setTimeout(() => response.end(), 150);
  await probe.ask(signal);
  expect(probe.verdict).toEqual({
    status: "DEGRADED",
    message: expect.stringMatching(/^slow: it took [1-3]\d\dms to answer$/),
  });
  expect(probe.findings.lastError).toBe("answered 500");

  answer = () => undefined;
  await probe.ask(signal);
  expect(probe.verdict).toEqual({ status: "DEGRADED", message: "no answer within 400ms" });

  await server.close();
  await probe.ask(signal);
  expect(probe.verdict.message).toContain("ECONNREFUSED");

  await kagent((_request, response) => response.end(), server.port);
  await probe.ask(signal);
  expect(probe.verdict).toEqual({ status: "HEALTHY", message: "it answers" });
  expect(probe.findings.lastError).toContain("ECONNREFUSED"); // it stays
});

test("an end in the middle of asking leaves what was known", async () => {
  const { host } = await kagent(() => undefined);
  const ending = new AbortController();
  const probe = probeOf(`http://${host}`);
  const asking = probe.ask(ending.signal);
  ending.abort();
  await asking;
  expect(probe.verdict.status).toBe("UNKNOWN");
});
