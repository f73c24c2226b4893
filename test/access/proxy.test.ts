// Callers for whom a proxy vouches: by requests over real sockets, so that headers come as Node reads them.
// What decides is where they come from and what proves the proxy; whatever else sends such headers is nobody.
import { rm, writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { describe, expect, onTestFinished, test } from "vitest";
import { type AddressRange, AddressRanges, readAddressRange } from "../../src/access/addressRange.ts";
import type { Credentials, Verdict } from "../../src/access/authenticator.ts";
import { checkProxy, type ProxyOptions, proxyAuthenticator } from "../../src/access/proxy.ts";
import { temporaryDirectory } from "../gateway/gateway.ts";
import { keptLog, type LogLine } from "../http/listening.ts";

const SECRET = "between the two of us";
const ABSENT: Verdict = { outcome: "absent" };

interface Given {
  readonly secretFile: string;
  /** Moves on by what is added to it. */
  readonly clock: { now: number };
  readonly lines: LogLine[];
  /** What is made of a request with these lines in its head. */
  ask(...head: readonly string[]): Promise<Verdict>;
  /** The same, of a connection that has shown a client certificate. */
  askWithCertificate(...head: readonly string[]): Promise<Verdict>;
  judge(credentials: Partial<Credentials>): Promise<Verdict>;
}

function ranges(...texts: readonly string[]): readonly AddressRange[] {
  return texts.flatMap((text) => readAddressRange(text) ?? []);
}

async function given(options: Partial<ProxyOptions> = {}): Promise<Given> {
  const secretFile = join(await temporaryDirectory(), "secret");
  await writeFile(secretFile, `${SECRET}\n`);
  const clock = { now: 0 };
  const lines: LogLine[] = [];
  const authenticator = await proxyAuthenticator({
    trustedAddresses: ranges("127.0.0.0/8"),
    secretFile,
    hasClientCa: false,
    userHeader: "X-Forwarded-User",
    groupsHeader: "X-Forwarded-Groups",
    elapsed: () => clock.now,
    log: keptLog(lines),
    ...options,
  });
  const judge = (credentials: Partial<Credentials>) =>
    authenticator.authenticate({
      token: undefined,
      headers: {},
      address: "127.0.0.1",
      hasClientCertificate: false,
      ...credentials,
    });
  let hasClientCertificate = false;
  const server = createServer(async ({ headers, socket }, response) => {
    response.end(JSON.stringify(await judge({ headers, address: socket.remoteAddress, hasClientCertificate })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const { port } = server.address() as AddressInfo; // a string only for a pipe
  const ask = async (...head: readonly string[]): Promise<Verdict> => {
    const socket = connect(port, "127.0.0.1");
    socket.write(["GET / HTTP/1.1", "Host: gateway", "Connection: close", ...head, "", ""].join("\r\n"));
    const [, body = ""] = (await text(socket)).split("\r\n\r\n");
    return JSON.parse(body.slice(body.indexOf("{"), body.lastIndexOf("}") + 1)) as Verdict; // as the server writes it
  };
  return {
    secretFile,
    clock,
    lines,
    ask,
    askWithCertificate(...head) {
      hasClientCertificate = true;
      return ask(...head);
    },
    judge,
  };
}

const PROOF = `X-Forwarded-Secret: ${SECRET}`;

function refused(reason: string): Verdict {
  return { outcome: "refused", reason };
}

function known(username: string, groups: readonly string[] = []): Verdict {
  return { outcome: "known", identity: { username, groups } };
}

describe("a user", () => {
  test("is who the proxy says, in the groups that it says", async () => {
    const { ask } = await given();
    expect(await ask(PROOF, "X-Forwarded-User: jane")).toEqual(known("jane"));
    expect(await ask(PROOF, "x-forwarded-user: jane", "x-forwarded-groups: dev, ops,,dev")).toEqual(
      known("jane", ["dev", "ops"]),
    );
    expect(await ask(PROOF, "X-Forwarded-User: jane", "X-Forwarded-Groups: dev", "X-Forwarded-Groups: ops")).toEqual(
      known("jane", ["dev", "ops"]),
    );
  });

  test("may have a name that is not of ASCII, and none that is no text", async () => {
    const { ask } = await given();
    expect(await ask(PROOF, "X-Forwarded-User: jürgen", "X-Forwarded-Groups: größe,開発")).toEqual(
      known("jürgen", ["größe", "開発"]),
    );
    const { judge } = await given();
    const proven = { "x-forwarded-secret": SECRET };
    expect(await judge({ headers: { ...proven, "x-forwarded-user": "j\u00fcrgen" } })).toEqual(
      refused("X-Forwarded-User names more than one user, or is no UTF-8"),
    );
    expect(await judge({ headers: { ...proven, "x-forwarded-user": "jane", "x-forwarded-groups": "\u00ff" } })).toEqual(
      refused("X-Forwarded-Groups is no UTF-8"),
    );
  });

  test("is one: a second name beside it, as somebody may have slipped in, is refused", async () => {
    const { ask, judge } = await given();
    const reason = "X-Forwarded-User names more than one user, or is no UTF-8";
    expect(await ask(PROOF, "X-Forwarded-User: jane", "X-Forwarded-User: root")).toEqual(refused(reason));
    expect(await ask(PROOF, "X-Forwarded-User: jane,root")).toEqual(refused(reason));
    const headers = { "x-forwarded-secret": SECRET, "x-forwarded-user": ["jane", "root"] };
    expect(await judge({ headers })).toEqual(refused(reason));
  });

  test("is none of Kubernetes' own, nor in such groups", async () => {
    const { ask } = await given();
    expect(await ask(PROOF, "X-Forwarded-User: system:admin")).toEqual(
      refused("X-Forwarded-User names a user of system:, which Kubernetes alone names"),
    );
    expect(await ask(PROOF, "X-Forwarded-User: jane", "X-Forwarded-Groups: system:masters, dev")).toEqual(
      known("jane", ["dev"]),
    );
  });

  test("is read from headers of other names when these are set", async () => {
    const { ask } = await given({ userHeader: "Remote-User", groupsHeader: "Remote-Groups" });
    expect(await ask(PROOF, "X-Forwarded-User: root", "Remote-User: jane", "Remote-Groups: dev")).toEqual(
      known("jane", ["dev"]),
    );
    expect(await ask(PROOF, "X-Forwarded-User: root")).toEqual(ABSENT);
  });

  test("that is not named is nobody, whoever asks", async () => {
    const { ask } = await given();
    expect(await ask(PROOF, "X-Forwarded-Groups: dev")).toEqual(ABSENT);
    expect(await ask(PROOF, "X-Forwarded-User:")).toEqual(ABSENT);
    expect(await ask()).toEqual(ABSENT);
  });
});

describe("a proxy", () => {
  test("elsewhere than where it is trusted is not heard, whatever it knows", async () => {
    const { ask, askWithCertificate } = await given({ trustedAddresses: ranges("10.0.0.0/8", "::1") });
    expect(await ask(PROOF, "X-Forwarded-User: jane")).toEqual(ABSENT);
    expect(await askWithCertificate("X-Forwarded-User: jane")).toEqual(ABSENT);
  });

  test("proves itself by the secret, the whole of it", async () => {
    const { ask } = await given();
    const wrong = refused("X-Forwarded-Secret is not the proxy's secret");
    for (const guess of ["no", SECRET.slice(1), `${SECRET} `.repeat(2), `no, ${SECRET}`]) {
      expect(await ask(`X-Forwarded-Secret: ${guess}`, "X-Forwarded-User: jane")).toEqual(wrong);
    }
    expect(await ask("X-Forwarded-Secret: no", PROOF, "X-Forwarded-User: jane")).toEqual(wrong);
    expect(await ask("X-Forwarded-User: jane")).toEqual(refused("a proxy has to prove itself by X-Forwarded-Secret"));
  });

  test("or by a client certificate, which alone does where there is no secret", async () => {
    const both = await given();
    expect(await both.askWithCertificate("X-Forwarded-User: jane")).toEqual(known("jane"));
    const { ask, askWithCertificate } = await given({ secretFile: undefined, hasClientCa: true });
    expect(await ask(PROOF, "X-Forwarded-User: jane")).toEqual(refused("a proxy has to show a client certificate"));
    expect(await askWithCertificate("X-Forwarded-User: jane")).toEqual(known("jane"));
  });

  test("is known by a new secret a second after the file has changed, and by both while both are in it", async () => {
    const { ask, clock, secretFile } = await given();
    const asks = (secret: string) => ask(`X-Forwarded-Secret: ${secret}`, "X-Forwarded-User: jane");
    await writeFile(secretFile, `${SECRET}\nthe next\n`);
    clock.now += 1_000;
    expect([await asks(SECRET), await asks("the next")]).toEqual([known("jane"), known("jane")]);
    await writeFile(secretFile, "the next");
    clock.now += 1_000;
    expect((await asks(SECRET)).outcome).toBe("refused");
    expect(await asks("the next")).toEqual(known("jane"));
  });

  test("is not known while the secret cannot be read, which is said once", async () => {
    const { ask, clock, secretFile, lines } = await given();
    await rm(secretFile);
    clock.now += 1_000;
    for (let time = 0; time < 2; time++) {
      expect(await ask(PROOF, "X-Forwarded-User: jane")).toEqual({
        outcome: "unavailable",
        reason: "the proxy's secret cannot be compared now",
      });
    }
    expect(lines.map(({ message }) => message)).toEqual(["the proxy's secret cannot be read"]);
    await writeFile(secretFile, SECRET);
    clock.now += 1_000;
    expect(await ask(PROOF, "X-Forwarded-User: jane")).toEqual(known("jane"));
  });
});

describe("trusted addresses", () => {
  const has = (texts: readonly string[], address: string | undefined): boolean =>
    new AddressRanges(ranges(...texts)).has(address);

  test("are single ones and ranges of both families", () => {
    const texts = ["10.1.2.3", "192.168.7.9/16", "fd00::/8", "::1"];
    const trusted = ["10.1.2.3", "192.168.255.255", "fdff::1", "::1", "::ffff:10.1.2.3", "::FFFF:192.168.0.1"];
    const strange = ["10.1.2.4", "192.169.0.1", "fe80::1", "::2", "::ffff:10.1.2.4", "", "localhost", undefined];
    expect(trusted.filter((address) => !has(texts, address))).toEqual([]);
    expect(strange.filter((address) => has(texts, address))).toEqual([]);
  });

  test("hold for a link-local one on any interface", () => {
    expect(has(["fe80::/10"], "fe80::1%eth0")).toBe(true);
  });

  test.each(["", "10.0.0", "10.0.0.0/33", "fd00::/129", "10.0.0.0/", "10.0.0.0/-1", "localhost", "10.0.0.1 /8"])(
    "are none of %j",
    (text) => {
      expect(readAddressRange(text)).toBeUndefined();
    },
  );
});

describe("what is missing at the start is said", () => {
  test.each([
    [{ trustedAddresses: [], secretFile: "/secret", hasClientCa: false }, "proxy needs --proxy-trusted-addresses"],
    [{ trustedAddresses: ranges("::1"), secretFile: undefined, hasClientCa: false }, "proxy needs --proxy-secret-file"],
  ])("%j", (settings, message) => {
    expect(() => checkProxy(settings)).toThrow(message);
  });

  test("also when the secret cannot be read, or is none", async () => {
    const secretFile = join(await temporaryDirectory(), "secret");
    await expect(given({ secretFile })).rejects.toThrow("--proxy-secret-file: ENOENT");
    await writeFile(secretFile, " \n\n");
    await expect(given({ secretFile })).rejects.toThrow("holds no secret");
  });
});
