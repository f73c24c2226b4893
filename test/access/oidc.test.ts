// Tokens of an OpenID Connect provider, judged against a real one on loopback: what is good, what is not, and who it names.
// The provider rotates its keys, is slow and goes away; the clock is the test's.
import { createHmac } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import { exportSPKI, importJWK, UnsecuredJWT } from "jose";
import { beforeAll, describe, expect, test } from "vitest";
import type { Credentials, Verdict } from "../../src/access/authenticator.ts";
import { checkOidc, type OidcOptions, oidcAuthenticator } from "../../src/access/oidc.ts";
import { keptLog, type LogLine } from "../http/listening.ts";
import { CLIENT, Issuer, type IssuerOptions, NOON, type SigningKey, signingKey } from "./issuer.ts";

const TLS = fileURLToPath(new URL("../fixtures/tls/", import.meta.url));
const MINUTE = 60_000;

let first: SigningKey;
let second: SigningKey;
beforeAll(async () => {
  [first, second] = await Promise.all([signingKey("first"), signingKey("second")]);
});

interface Given {
  readonly issuer: Issuer;
  /** Moves on by what is added to it. */
  readonly clock: { now: number };
  readonly lines: LogLine[];
  judge(token: string | undefined): Promise<Verdict>;
}

async function given(options: Partial<OidcOptions> = {}, provider: Partial<IssuerOptions> = {}): Promise<Given> {
  const issuer = await Issuer.start({ keys: [first], ...provider });
  const clock = { now: NOON };
  const lines: LogLine[] = [];
  const authenticator = await oidcAuthenticator({
    issuerUrl: issuer.url,
    clientId: CLIENT,
    usernameClaim: "sub",
    usernamePrefix: "-",
    groupsClaim: "groups",
    now: () => clock.now,
    elapsed: () => clock.now,
    log: keptLog(lines),
    ...options,
  });
  return { issuer, clock, lines, judge: (token) => authenticator.authenticate(bringing(token)) };
}

function bringing(token: string | undefined): Credentials {
  return { token, headers: {}, address: "127.0.0.1", hasClientCertificate: false };
}

function refused(reason: string): Verdict {
  return { outcome: "refused", reason };
}

const ABSENT: Verdict = { outcome: "absent" };
const AWAY: Verdict = { outcome: "unavailable", reason: "the identity provider cannot be asked for its keys" };
const NO_KEY = refused("the token is signed by no key of the identity provider");

function known(username: string, groups: readonly string[] = [], expiresAt = NOON + 10 * MINUTE): Verdict {
  return { outcome: "known", identity: { username, groups, expiresAt } };
}

describe("a token", () => {
  test("that the provider has signed for us names its user, and says until when", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ groups: ["dev", "ops"] }))).toEqual(known("jane", ["dev", "ops"]));
    expect(issuer.asked).toEqual(["/.well-known/openid-configuration", "/keys"]);
  });

  test.each(["RS256", "PS384", "EdDSA"] as const)("is good when it is signed by %s", async (algorithm) => {
    const { issuer, judge } = await given({}, { keys: [await signingKey("other", algorithm)] });
    expect(await judge(await issuer.token())).toEqual(known("jane"));
  });

  test("is good for thirty seconds more and less than it says, as clocks differ, and for no longer", async () => {
    const { issuer, clock, judge } = await given();
    const token = await issuer.token({ nbf: NOON / 1_000 });
    clock.now = NOON - 30_000;
    expect(await judge(token)).toEqual(known("jane"));
    clock.now = NOON - 32_000;
    expect(await judge(token)).toEqual(refused("the token is not good yet"));
    clock.now = NOON + 10 * MINUTE + 29_000;
    expect(await judge(token)).toEqual(known("jane"));
    clock.now = NOON + 10 * MINUTE + 30_000;
    expect(await judge(token)).toEqual(refused("the token has expired"));
  });

  test("for somebody else is refused; one for several of whom we are one is good", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ aud: "grafana" }))).toEqual(
      refused("the token is made for another audience"),
    );
    expect(await judge(await issuer.token({ aud: ["grafana", CLIENT] }))).toEqual(known("jane"));
  });

  test("of another issuer, or that is no JWT, is left to who is asked next, and nobody is asked about it", async () => {
    const { issuer, judge } = await given();
    const others = [
      await issuer.token({ iss: "https://kubernetes.default.svc" }),
      await issuer.token({ iss: `${issuer.url}/` }),
      await issuer.token({ iss: undefined }),
      await issuer.token({ iss: [issuer.url] }),
      "k8s-aws-v1.aHR0cHM6Ly9zdHM",
      "a.b.c",
      "..",
      "",
      undefined,
    ];
    for (const token of others) expect(await judge(token)).toEqual(ABSENT);
    expect(issuer.asked).toEqual([]);
  });

  test.each(["exp", "aud"])("without %s is refused", async (claim) => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ [claim]: undefined }))).toEqual(refused(`the token has no claim ${claim}`));
  });

  test("whose times are no numbers is refused", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ exp: "never" }))).toEqual(
      refused("the token's claim exp is none that can be accepted"),
    );
  });

  test("that never expires has an end that can be named all the same", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ exp: 1e300 }))).toEqual(known("jane", [], 8.64e15));
  });

  test("that is not signed, or by a secret that everybody knows, is refused", async () => {
    const { issuer, judge } = await given();
    const claims = { iss: issuer.url, aud: CLIENT, sub: "jane", exp: NOON / 1_000 + 600 };
    const notAccepted = refused("the token is signed in a way that is not accepted");
    expect(await judge(new UnsecuredJWT(claims).encode())).toEqual(notAccepted);
    const published = await importJWK(first.jwk, "ES256", { extractable: true });
    const secrets = [await exportSPKI(published as CryptoKey), JSON.stringify(first.jwk)]; // an EC key is one
    for (const secret of secrets) {
      const text = [{ alg: "HS256", kid: "first" }, claims]
        .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
        .join(".");
      const signature = createHmac("sha256", secret).update(text).digest("base64url");
      expect(await judge(`${text}.${signature}`)).toEqual(notAccepted);
    }
  });

  test("that was changed is refused", async () => {
    const { issuer, judge } = await given();
    const [head, , signature] = (await issuer.token()).split(".");
    const [, body] = (await issuer.token({ sub: "root" })).split(".");
    expect(await judge(`${head}.${body}.${signature}`)).toEqual(refused("the token's signature does not hold"));
  });

  test("that asks for what we do not know is refused", async () => {
    const { issuer, judge } = await given();
    const [, body, signature] = (await issuer.token()).split(".");
    const head = Buffer.from(JSON.stringify({ alg: "ES256", kid: "first", crit: ["b65"], b65: true })).toString(
      "base64url",
    );
    expect(await judge(`${head}.${body}.${signature}`)).toEqual(refused("the token could not be verified"));
  });

  test("that is huge is refused before it is looked at", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ padding: "x".repeat(20_000) }))).toEqual(
      refused("the token is longer than 16384 characters"),
    );
    expect(issuer.asked).toEqual([]);
  });

  test("is never told in a reason or a log line, nor are the values of its claims", async () => {
    const { issuer, judge, lines } = await given({ usernamePrefix: "system:" });
    const secret = "value-of-a-claim";
    const bad = [{ sub: secret }, { aud: secret }, { exp: secret }, { groups: { secret } }, { nbf: secret }];
    for (const claims of bad) expect(JSON.stringify(await judge(await issuer.token(claims)))).not.toContain(secret);
    expect(JSON.stringify(lines)).not.toContain(secret);
  });
});

test("whatever is brought as a token, nobody is known by it and nothing breaks", async () => {
  const { issuer, judge } = await given();
  const part = fc.oneof(
    fc.json(),
    fc.string(),
    fc.constant(JSON.stringify({ iss: issuer.url, aud: CLIENT, exp: 1e12 })),
  );
  const head = fc.oneof(
    part,
    fc.record({ alg: fc.constantFrom("ES256", "none", "HS256"), kid: fc.json() }).map((each) => JSON.stringify(each)),
  );
  const parts = fc
    .tuple(head, part, part)
    .map((each) => each.map((text) => Buffer.from(text).toString("base64url")).join("."));
  await fc.assert(
    fc.asyncProperty(fc.oneof(fc.string(), parts), async (token) => {
      expect((await judge(token)).outcome).toMatch(/^(absent|refused)$/);
    }),
    { numRuns: 500 },
  );
});

describe("keys", () => {
  test("that the provider has taken up since are fetched when a token names one", async () => {
    const { issuer, clock, judge } = await given();
    expect(await judge(await issuer.token())).toEqual(known("jane"));
    issuer.keys = [second, first];
    clock.now += MINUTE;
    expect(await judge(await issuer.token())).toEqual(known("jane"));
    expect(await judge(await issuer.token({}, first))).toEqual(known("jane"));
    expect(issuer.asked).toHaveLength(4);
  });

  test("that nobody has heard of make nobody ask the provider more often than every ten seconds", async () => {
    const { issuer, clock, judge } = await given();
    await judge(await issuer.token());
    const strange = await issuer.token({}, second);
    clock.now += 9_000;
    for (let time = 0; time < 5; time++) expect(await judge(strange)).toEqual(NO_KEY);
    expect(issuer.asked).toHaveLength(2);
    clock.now += 1_000;
    for (let time = 0; time < 5; time++) expect(await judge(strange)).toEqual(NO_KEY);
    expect(issuer.asked).toHaveLength(4);
    expect(await judge(await issuer.token())).toEqual(known("jane"));
  });

  test("that were replaced under the name they had are fetched when a signature does not hold", async () => {
    const { issuer, clock, judge } = await given({}, { keys: [await signingKey("same")] });
    expect(await judge(await issuer.token())).toEqual(known("jane"));
    issuer.keys = [await signingKey("same")];
    clock.now += MINUTE;
    expect(await judge(await issuer.token())).toEqual(known("jane"));
  });

  test("that have no names are tried one after the other", async () => {
    const nameless = await Promise.all([signingKey(null), signingKey(null), signingKey(null)]);
    const { issuer, judge } = await given({}, { keys: nameless });
    for (const key of nameless) expect(await judge(await issuer.token({}, key))).toEqual(known("jane"));
    expect(await judge(await issuer.token({}, await signingKey(null)))).toEqual(
      refused("the token's signature does not hold"),
    );
  });

  test("that were withdrawn are good for ten minutes at most", async () => {
    const { issuer, clock, judge } = await given();
    const token = await issuer.token({ exp: NOON / 1_000 + 3_600 });
    await judge(token);
    issuer.keys = [second];
    clock.now += 10 * MINUTE + 1;
    await judge(token); // by the keys that are known, while it is looked whether there are others
    await expect.poll(() => judge(token)).toEqual(NO_KEY);
  });

  test("are fetched once for all who wait for them", async () => {
    const { issuer, judge } = await given();
    issuer.delay = 50;
    const token = await issuer.token();
    const verdicts = await Promise.all(Array.from({ length: 20 }, () => judge(token)));
    expect(verdicts).toEqual(Array.from({ length: 20 }, () => known("jane")));
    expect(issuer.asked).toHaveLength(2);
  });

  test("are fetched from where a setting says, without asking the provider about itself", async () => {
    const elsewhere = await Issuer.start({ keys: [first] });
    const { issuer, judge } = await given({ jwksUrl: `${elsewhere.url}/keys` });
    expect(await judge(await issuer.token())).toEqual(known("jane"));
    expect(issuer.asked).toEqual([]);
    expect(elsewhere.asked).toEqual(["/keys"]);
  });
});

describe("a provider", () => {
  const tls = { cert: readFileSync(`${TLS}server.crt`, "utf8"), key: readFileSync(`${TLS}server.key`, "utf8") };

  test("that is away leaves the keys that are known good, and says of other tokens that it cannot tell", async () => {
    const { issuer, clock, judge, lines } = await given();
    const [token, strange] = [await issuer.token({ exp: NOON / 1_000 + 7_200 }), await issuer.token({}, second)];
    expect(await judge(token)).toEqual(known("jane", [], NOON + 120 * MINUTE));
    await issuer.stop();
    clock.now += MINUTE;
    expect(await judge(strange)).toEqual(AWAY);
    clock.now += 60 * MINUTE;
    expect(await judge(token)).toEqual(known("jane", [], NOON + 120 * MINUTE));
    expect(lines.map(({ message }) => message)).toEqual(["the identity provider cannot be asked"]);
  });

  test("that is not there yet is waited for, and nobody is known before", async () => {
    const { issuer, clock, judge, lines } = await given();
    const token = await issuer.token();
    await issuer.stop();
    expect(await judge(token)).toEqual(AWAY);
    expect(await judge(token)).toEqual(AWAY);
    await Issuer.start({ keys: [first], port: issuer.port });
    clock.now += 10_000;
    expect(await judge(token)).toEqual(known("jane"));
    expect(lines.map(({ message }) => message)).toEqual([
      "the identity provider cannot be asked",
      "the identity provider is back",
    ]);
  });

  test("that does not answer in time is away", async () => {
    const { issuer, judge, lines } = await given({ patience: 100 });
    issuer.delay = 60_000;
    expect(await judge(await issuer.token())).toEqual(AWAY);
    expect(lines[0]?.details.reason).toContain("it did not answer in time");
  });

  test.each<[string, (answer: Parameters<NonNullable<Issuer["instead"]>>[0], path: string) => void]>([
    ["it answers 500", (answer) => answer.writeHead(500).end()],
    ["it answers 302", (answer) => answer.writeHead(302, { Location: "/keys" }).end()],
    ["it answers no JSON", (answer) => answer.end("<html>")],
    ["it answers no JSON object", (answer) => answer.end("null")],
    ["it answers more than 1048576 bytes", (answer) => answer.end(`"${"x".repeat(2 ** 20)}"`)],
    ["it did not answer in time", (answer) => answer.write('{"issuer":')],
    ["it says that it is another issuer", (answer) => answer.end('{"issuer":"https://evil.example"}')],
  ])("of which is to be said that %s is away", async (reason, instead) => {
    const { issuer, judge, lines } = await given({ patience: 300 });
    issuer.instead = instead;
    expect(await judge(await issuer.token())).toEqual(AWAY);
    expect(lines[0]?.details.reason).toContain(reason);
  });

  test("that has no keys to show, or shows them to whoever listens, is away", async () => {
    for (const description of [{ jwks_uri: undefined }, { jwks_uri: "http://keys.example/keys" }]) {
      const { issuer, judge, lines } = await given();
      issuer.description = description;
      expect(await judge(await issuer.token())).toEqual(AWAY);
      expect(lines[0]?.details.reason).toContain("its jwks_uri is no https URL");
    }
    const { issuer, judge, lines } = await given();
    issuer.description = { jwks_uri: `${issuer.url}/.well-known/openid-configuration` };
    expect(await judge(await issuer.token())).toEqual(AWAY);
    expect(lines[0]?.details.reason).toContain("it answers no key set");
  });

  test("is asked over TLS by the authorities of a file, and by no others", async () => {
    const trusting = await given({ caFile: `${TLS}ca.crt` }, { tls });
    expect(await trusting.judge(await trusting.issuer.token())).toEqual(known("jane"));
    const wary = await given({}, { tls });
    expect(await wary.judge(await wary.issuer.token())).toEqual(AWAY);
    expect(wary.lines[0]?.details.reason).toContain("unable to verify the first certificate");
  });
});

describe("a user", () => {
  test("is named by a claim that can be chosen, behind the issuer unless something else is said", async () => {
    const { issuer, judge } = await given({ usernamePrefix: undefined });
    expect(await judge(await issuer.token())).toEqual(known(`${issuer.url}#jane`));
    const chosen = await given({ usernameClaim: "upn", usernamePrefix: "corp:" });
    expect(await chosen.judge(await chosen.issuer.token({ upn: "jane@corp" }))).toEqual(known("corp:jane@corp"));
  });

  test("is named by a mail address as it is, if that is verified where it says whether it is", async () => {
    const { issuer, judge } = await given({ usernameClaim: "email", usernamePrefix: undefined });
    const email = "jane@example.com";
    expect(await judge(await issuer.token({ email, email_verified: true }))).toEqual(known(email));
    expect(await judge(await issuer.token({ email }))).toEqual(known(email));
    for (const unverified of [false, "true", null]) {
      expect(await judge(await issuer.token({ email, email_verified: unverified }))).toEqual(
        refused("the token's email is not verified"),
      );
    }
  });

  test.each([undefined, null, "", 7, ["jane"], { name: "jane" }])("is not named by %j", async (sub) => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ sub }))).toEqual(refused("the token's claim sub names no user"));
  });

  test("is none of Kubernetes' own, whatever the prefix", async () => {
    const reason = "the token's user is one of system:, which Kubernetes alone names";
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ sub: "system:admin" }))).toEqual(refused(reason));
    const split = await given({ usernamePrefix: "sys" });
    expect(await split.judge(await split.issuer.token({ sub: "tem:admin" }))).toEqual(refused(reason));
    const prefixed = await given({ usernamePrefix: "oidc:" });
    expect(await prefixed.judge(await prefixed.issuer.token({ sub: "system:admin" }))).toEqual(
      known("oidc:system:admin"),
    );
  });

  test("has the groups of a list, or of one text, each once and behind their prefix", async () => {
    const { issuer, judge } = await given({ groupsClaim: "roles", groupsPrefix: "oidc:" });
    const groups = async (roles: unknown) => judge(await issuer.token({ roles }));
    expect(await groups(["dev", "ops", "dev", ""])).toEqual(known("jane", ["oidc:dev", "oidc:ops"]));
    expect(await groups("dev")).toEqual(known("jane", ["oidc:dev"]));
    for (const none of [undefined, null, [], ""]) expect(await groups(none)).toEqual(known("jane"));
    for (const bad of [7, { dev: true }, ["dev", 7]]) {
      expect(await groups(bad)).toEqual(refused("the token's claim roles is neither a text nor a list of texts"));
    }
  });

  test("loses the groups that are Kubernetes' own", async () => {
    const { issuer, judge } = await given();
    expect(await judge(await issuer.token({ groups: ["system:masters", "dev", "system:nodes"] }))).toEqual(
      known("jane", ["dev"]),
    );
  });
});

describe("what is missing at the start is said", () => {
  test.each([
    [{ issuerUrl: undefined, clientId: CLIENT }, "oidc needs --oidc-issuer-url"],
    [{ issuerUrl: "https://login.example.com", clientId: undefined }, "oidc needs --oidc-client-id"],
  ])("%j", (settings, message) => {
    expect(() => checkOidc(settings)).toThrow(message);
  });

  test("also when the file of authorities cannot be read", async () => {
    await expect(given({ caFile: `${TLS}none.crt` })).rejects.toThrow("--oidc-ca-file: ENOENT");
  });
});
