// The probes, as a kubelet and as somebody who means no good ask them.
import { once } from "node:events";
import { connect } from "node:net";
import { expect, onTestFinished, test } from "vitest";
import { createProbes } from "../../src/http/probes.ts";

async function probes(notReady: () => string | undefined = () => undefined) {
  const server = createProbes({ host: "127.0.0.1", port: 0, notReady });
  const { port } = await server.listen();
  onTestFinished(() => server.close());
  return { url: `http://127.0.0.1:${port}`, port, server };
}

const ask = async (url: string, init?: RequestInit): Promise<[number, string]> => {
  const answer = await fetch(url, init);
  return [answer.status, await answer.text()];
};

test("each says ok, or with ?verbose each check by a line", async () => {
  const { url } = await probes();
  for (const name of ["livez", "readyz", "healthz"]) expect(await ask(`${url}/${name}`)).toEqual([200, "ok"]);
  expect(await ask(`${url}/readyz?verbose`)).toEqual([200, "[+]ping ok\n[+]sync ok\nreadyz check passed\n"]);
  expect(await ask(`${url}/livez?verbose=1`)).toEqual([200, "[+]ping ok\nlivez check passed\n"]);
});

test("who is not ready says why, and is alive all the same", async () => {
  const { url } = await probes(() => "shutting down");
  const told = "[+]ping ok\n[-]sync failed: shutting down\nreadyz check failed\n";
  expect(await ask(`${url}/readyz`)).toEqual([503, told]);
  expect(await ask(`${url}/readyz?verbose`)).toEqual([503, told]);
  expect(await ask(`${url}/livez`)).toEqual([200, "ok"]);
  expect(await ask(`${url}/healthz`)).toEqual([200, "ok"]);
});

test("other paths and methods are 404 and 405, HEAD has no body, and nothing is to be kept", async () => {
  const { url } = await probes();
  expect((await ask(url))[0]).toBe(404);
  expect((await ask(`${url}/toString`))[0]).toBe(404);
  expect((await ask(`${url}/readyz/`))[0]).toBe(404);
  const post = await fetch(`${url}/readyz`, { method: "POST" });
  expect([post.status, post.headers.get("allow")]).toEqual([405, "GET, HEAD"]);
  expect(await ask(`${url}/readyz`, { method: "HEAD" })).toEqual([200, ""]);
  expect((await fetch(`${url}/livez`)).headers.get("cache-control")).toBe("no-store");
});

test("nothing that can be asked ends it", async () => {
  const { url, port } = await probes();
  for (const target of ["//", "http://", "?", "*", "/%", "/readyz?%", `/${"a".repeat(8_000)}`, "NONSENSE"]) {
    const socket = connect(port, "127.0.0.1");
    socket.write(`GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`);
    const [bytes] = (await once(socket, "data")) as [Buffer]; // without an encoding set
    expect(String(bytes)).toMatch(/^HTTP\/1\.1 (200|400|404) /);
    socket.destroy();
  }
  expect(await ask(`${url}/livez`)).toEqual([200, "ok"]);
});

test("an address that is taken is an error, and closing twice is closing", async () => {
  const { port, server } = await probes();
  const second = createProbes({ host: "127.0.0.1", port, notReady: () => undefined });
  await expect(second.listen()).rejects.toThrow("EADDRINUSE");
  await second.close();
  await server.close();
  await server.close();
});
