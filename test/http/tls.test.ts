// HTTPS: everything that goes over plain connections goes over TLS, and certificates change while it goes on.
// The clients are real ones that check the server's certificate; files change as the kubelet changes them.

import { X509Certificate } from "node:crypto";
import { once } from "node:events";
import { rm, writeFile } from "node:fs/promises";
import { Agent, request } from "node:https";
import { connect as connectPlain } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { type ConnectionOptions, connect, type TLSSocket } from "node:tls";
import { afterEach, beforeAll, describe, expect, onTestFinished, test } from "vitest";
import { OPEN_ACCESS } from "../../src/access/access.ts";
import { type Certificates, openCertificates } from "../../src/http/certificates.ts";
import { RateLimits } from "../../src/http/limits/rateLimits.ts";
import { NO_RATES } from "../../src/http/limits/rates.ts";
import { hasClientCertificate } from "../../src/http/listener.ts";
import { startMetricsServer } from "../../src/http/metricsServer.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { FIRST, MOUNTED, Mount, OTHER, opened, trustBoth } from "./certificateFiles.ts";
import { keptLog, type ListeningServer, type LogLine, listening } from "./listening.ts";
import { told } from "./live/edge.ts";
import { EDGES } from "./live/edges.ts";
import { LiveServer, until } from "./live/liveServer.ts";

beforeAll(trustBoth);

interface Served extends ListeningServer {
  readonly mount: Mount;
  readonly certificates: Certificates;
  /** What the log said of certificates. */
  said(): readonly string[];
}

async function served(): Promise<Served> {
  const mount = await Mount.with(MOUNTED);
  const lines: LogLine[] = [];
  const certificates = await opened(mount.files, lines);
  const server = await listening(
    [
      (ctx) => {
        ctx.body = { path: ctx.path, hasClientCertificate: hasClientCertificate(ctx.req) };
      },
    ],
    lines,
    { certificates },
  );
  onTestFinished(() => server.server.close(0));
  const said = () => lines.flatMap(({ level, message }) => (/certificate/.test(message) ? `${level}: ${message}` : []));
  return { ...server, mount, certificates, said };
}

async function handshake(port: number, options: ConnectionOptions = {}): Promise<TLSSocket> {
  const socket = connect({ port, host: "127.0.0.1", ...options });
  onTestFinished(() => void socket.destroy());
  await once(socket, "secureConnect");
  return socket;
}

/** Which of the two certificates is served to who connects now. */
async function servedNow(port: number): Promise<"first" | "other" | "neither"> {
  const socket = await handshake(port);
  const { fingerprint256 } = socket.getPeerCertificate();
  socket.destroy();
  const isOf = (pem: string) => new X509Certificate(pem).fingerprint256 === fingerprint256;
  return isOf(FIRST.server.cert) ? "first" : isOf(OTHER.server.cert) ? "other" : "neither";
}

const SWAPPED = "info: serving with the certificate that the files hold now";
const KEPT = "error: the certificate files cannot be served with: going on with what they held before";

describe("over TLS", () => {
  test("requests are answered as they are without, by a server whose certificate holds", async () => {
    const { url, port } = await served();
    expect(url).toBe(`https://127.0.0.1:${port}`);
    const answer = await fetch(`${url}/a`);
    expect([answer.status, await answer.json()]).toEqual([200, { path: "/a", hasClientCertificate: false }]);
  });

  test("what is older than TLS 1.2 is not spoken", async () => {
    const { port } = await served();
    const old = { minVersion: "TLSv1", maxVersion: "TLSv1.1", ciphers: "DEFAULT@SECLEVEL=0" } as const;
    await expect(handshake(port, old)).rejects.toThrow(/protocol version/);
    expect((await handshake(port, { maxVersion: "TLSv1.2" })).getProtocol()).toBe("TLSv1.2");
    expect((await handshake(port)).getProtocol()).toBe("TLSv1.3");
  });

  test("who speaks plain HTTP to it is cut off, and nobody else notices", async () => {
    const { url, port, lines } = await served();
    const socket = connectPlain(port, "127.0.0.1");
    socket.write("GET / HTTP/1.1\r\nHost: gateway\r\n\r\n");
    expect(await text(socket)).not.toContain("HTTP/1.1");
    expect((await fetch(url)).status).toBe(200);
    expect(lines.filter(({ level }) => level === "error")).toEqual([]);
  });

  test("what is no HTTP is answered with a problem", async () => {
    const { port } = await served();
    const socket = await handshake(port);
    socket.write("nonsense\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 400 .*This is not an HTTP request/s);
  });

  test("metrics are served on a port of their own as well", async () => {
    const certificates = await opened((await Mount.with(MOUNTED)).files);
    const scrape = async () => ({ text: "up 1\n", contentType: "text/plain" });
    const metrics = await startMetricsServer({
      prover: { access: OPEN_ACCESS, rates: new RateLimits(NO_RATES) },
      scrape,
      host: "127.0.0.1",
      port: 0,
      certificates,
    });
    onTestFinished(() => metrics.close());
    expect(metrics.url).toMatch(/^https:\/\/127\.0\.0\.1:\d+\/metrics$/);
    expect(await (await fetch(metrics.url)).text()).toBe("up 1\n");
    const idle = connectPlain(Number(new URL(metrics.url).port), "127.0.0.1");
    await once(idle, "connect");
    await metrics.close(); // also with somebody who has not said anything yet
  });
});

describe("streams over TLS", () => {
  let server: LiveServer;
  afterEach(() => server.close());

  async function started(): Promise<Mount & { readonly certificates: Certificates }> {
    const mount = await Mount.with(MOUNTED);
    const certificates = await opened(mount.files);
    server = await LiveServer.start({ certificates, store: { ring: { changes: 200, bytes: 1_000_000 } } });
    return Object.assign(mount, { certificates });
  }

  test.each(EDGES)("$name: tells changes, also behind a change of the certificate", async (edge) => {
    const mount = await started();
    const stream = await edge.open(server.url);
    const before = await server.happen(3);
    await until(() => stream.heard.length === 3, "what happened before");
    await mount.swap({ ...OTHER.server, ca: OTHER.ca });
    await mount.certificates.reload();
    expect(await servedNow(Number(new URL(server.url).port))).toBe("other");
    const after = await server.happen(2);
    await until(() => stream.heard.length === 5, "what happened behind it");
    expect(told(stream)).toEqual([...before, ...after].map(({ record: { event } }) => `ADDED ${event.id} FIRING`));
    await stream.leave();
  });

  test.each(EDGES)("$name: a slow reader holds nobody up, costs a bounded sum and loses nothing", async (edge) => {
    await started();
    const [slow, quick] = await Promise.all([edge.open(server.url), edge.open(server.url)]);
    slow.pause();
    const expected: string[] = [];
    while (expected.length < 2_500) {
      const happened = await server.happen(250, { message: "x".repeat(4_000) });
      expected.push(...happened.map(({ record: { event } }) => `ADDED ${event.id} FIRING`));
      for (const socket of server.sockets) expect(socket.writableLength).toBeLessThan(512 * 1024);
    }
    await until(() => quick.heard.length === expected.length, "all of it, for the quick one");
    expect(told(quick)).toEqual(expected);
    expect(slow.heard.length).toBeLessThan(expected.length);
    slow.resume();
    await until(() => slow.heard.length === expected.length, "all of it, for the slow one");
    expect(told(slow)).toEqual(expected);
    await Promise.all([slow.leave(), quick.leave()]);
  });

  test.each(EDGES)("$name: is told of a shutdown", async (edge) => {
    await started();
    const stream = await edge.open(server.url);
    const closing = server.shutDown(2_000);
    expect(await stream.ending).toBe("shutdown");
    await closing;
  });
});

describe("certificates in files", () => {
  test("are served with as they are now, and connections from before go on", async () => {
    const { url, port, mount, certificates, said } = await served();
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    onTestFinished(() => agent.destroy());
    const ask = async (): Promise<boolean> => {
      const asked = request(`${url}/kept`, { agent }).end();
      const [answer] = (await once(asked, "response")) as [Parameters<typeof text>[0]]; // as the event has it
      await text(answer);
      return asked.reusedSocket;
    };
    expect(await ask()).toBe(false);
    expect(await servedNow(port)).toBe("first");
    await certificates.reload();
    expect(said()).toEqual([]);
    await mount.swap({ ...OTHER.server, ca: OTHER.ca });
    await certificates.reload();
    expect(await servedNow(port)).toBe("other");
    expect(await ask()).toBe(true);
    expect(said()).toEqual([SWAPPED]);
  });

  test("that do not fit are said once, and those from before are served with until they do", async () => {
    const { port, mount, certificates, said } = await served();
    await mount.swap({ cert: OTHER.server.cert, key: FIRST.server.key, ca: FIRST.ca });
    for (let time = 0; time < 3; time++) await certificates.reload();
    expect(await servedNow(port)).toBe("first");
    expect(said()).toEqual([KEPT]);
    await mount.swap({ ...OTHER.server, ca: FIRST.ca });
    await certificates.reload();
    expect(await servedNow(port)).toBe("other");
    expect(said()).toEqual([KEPT, SWAPPED]);
  });

  test("that cannot be read are said once, too", async () => {
    const { port, mount, certificates, said } = await served();
    await rm(mount.files.keyFile);
    for (let time = 0; time < 3; time++) await certificates.reload();
    expect(await servedNow(port)).toBe("first");
    expect(said()).toEqual([KEPT]);
    await writeFile(mount.files.keyFile, OTHER.server.key);
    await mount.swap({ ...OTHER.server, ca: FIRST.ca });
    await certificates.reload();
    expect(await servedNow(port)).toBe("other");
  });

  test("of neither kind are no TLS", async () => {
    const none = { certFile: undefined, keyFile: undefined, clientCaFile: undefined };
    await expect(
      openCertificates(none, keptLog([]) as Parameters<typeof openCertificates>[1]),
    ).resolves.toBeUndefined();
  });

  const { cert, key, ca } = MOUNTED;
  test.each<[string, Partial<Record<"cert" | "key" | "ca", string>>, string]>([
    ["a certificate alone", { cert }, "--tls-cert-file needs --tls-key-file"],
    ["a key alone", { key }, "--tls-key-file needs --tls-cert-file"],
    ["authorities alone", { ca }, "--tls-client-ca-file needs --tls-cert-file and --tls-key-file"],
    ["another's key", { cert, key: OTHER.server.key }, "do not fit: the key is another certificate's"],
    ["what is no certificate", { cert: "nothing", key }, "--tls-cert-file holds no certificate in PEM"],
    ["what is no key", { cert, key: cert }, "--tls-key-file holds no private key in PEM"],
    [
      "no authorities",
      { cert, key, ca: "" },
      "--tls-client-ca-file holds what is no certificate in PEM: there is none",
    ],
    [
      "a broken authority",
      { cert, key, ca: ca.replace(/M/g, "") },
      "--tls-client-ca-file holds what is no certificate",
    ],
  ])("that are %s are refused at the start, in one line that says what is wrong", async (_, contents, message) => {
    const directory = await temporaryDirectory();
    const file = async (name: string, content: string | undefined): Promise<string | undefined> => {
      if (content === undefined) return undefined;
      await writeFile(join(directory, name), content);
      return join(directory, name);
    };
    const files = {
      certFile: await file("tls.crt", contents.cert),
      keyFile: await file("tls.key", contents.key),
      clientCaFile: await file("ca.crt", contents.ca),
    };
    const log = keptLog([]) as Parameters<typeof openCertificates>[1]; // as above
    const refusal = await openCertificates(files, log).then(
      () => "none",
      (error: unknown) => String(error),
    );
    expect(refusal).toContain(message);
    expect(refusal).not.toContain("\n");
  });

  test("that are not there are refused with the flag that named them", async () => {
    await expect(opened({ certFile: "/nowhere/tls.crt", keyFile: "/nowhere/tls.key" })).rejects.toThrow(
      "--tls-cert-file: ENOENT",
    );
  });
});

describe("a client certificate", () => {
  async function shown(port: number, options: ConnectionOptions = {}): Promise<boolean> {
    const socket = await handshake(port, options);
    socket.write("GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
    const [, body = ""] = (await text(socket)).split("\r\n\r\n");
    return (JSON.parse(body) as { readonly hasClientCertificate: boolean }).hasClientCertificate; // as it is served here
  }

  test("counts when one of our authorities has signed it, and need not be shown", async () => {
    const { port } = await served();
    expect(await shown(port)).toBe(false);
    expect(await shown(port, FIRST.client)).toBe(true);
    expect(await shown(port, OTHER.client)).toBe(false);
  });

  test("is shown anew by each connection: no session is taken up again", async () => {
    const { port } = await served();
    const first = await handshake(port, FIRST.client);
    const session = once(first, "session");
    first.write("GET / HTTP/1.1\r\nHost: gateway\r\nConnection: close\r\n\r\n");
    await text(first);
    const [kept] = (await session) as [Buffer]; // as the event has it
    expect((await handshake(port, { ...FIRST.client, session: kept })).isSessionReused()).toBe(false);
    expect(await shown(port, { session: kept })).toBe(false);
  });

  test("counts by the authorities that the file holds now", async () => {
    const { port, mount, certificates } = await served();
    await mount.swap({ ...FIRST.server, ca: OTHER.ca });
    await certificates.reload();
    expect(await shown(port, FIRST.client)).toBe(false);
    expect(await shown(port, OTHER.client)).toBe(true);
  });

  test("is none over plain HTTP", async () => {
    const server = await listening([
      (ctx) => {
        ctx.body = String(hasClientCertificate(ctx.req));
      },
    ]);
    onTestFinished(() => server.server.close(0));
    expect(await (await fetch(server.url)).text()).toBe("false");
  });
});

describe("a stop", () => {
  test("does not wait for who has connected and not agreed on TLS", async () => {
    const { server, port } = await served();
    const silent = connectPlain(port, "127.0.0.1");
    await once(silent, "connect");
    await server.close(100);
    await expect(fetch(`https://127.0.0.1:${port}`)).rejects.toThrow();
  });

  test("answers what is under way, and whoever still asks on a connection that is kept", async () => {
    const { server, port } = await served();
    const socket = await handshake(port);
    const closing = server.close(2_000);
    socket.write("GET / HTTP/1.1\r\nHost: gateway\r\n\r\n");
    expect(await text(socket)).toMatch(/^HTTP\/1.1 503 /);
    await closing;
  });
});
