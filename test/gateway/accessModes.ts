// The ways in which callers are known, and who comes in each: with good proof and rights of every kind, and without.
// What they are answered is the same in each way, by the column that a caller has in accessTable.ts.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { CLIENT, Issuer, signingKey } from "../access/issuer.ts";
import { temporaryDirectory } from "./gateway.ts";
import { type Grant, type GuardedStage, KUBERNETES } from "./guarded.ts";

type Headers = Readonly<Record<string, string>>;

export interface Caller {
  readonly name: string;
  /** Of the table. */
  readonly column: string;
  readonly headers: Headers;
}

export interface Mode {
  readonly name: string;
  set(stage: GuardedStage): Promise<ModeSetting>;
}

interface ModeSetting {
  readonly flags: readonly string[];
  readonly callers: readonly Caller[];
}

const AUDIENCE = "khook-gateway";
/** It ended in 2001. */
const EXPIRED = [{ alg: "RS256" }, { sub: "system:serviceaccount:alder:reader", exp: 1_000_000_000 }, "signature"]
  .map((part) => Buffer.from(JSON.stringify(part)).toString("base64url"))
  .join(".");

const GRANTS: Readonly<Record<string, readonly Grant[]>> = {
  rightless: [],
  one: [{ namespaces: ["alder"] }],
  two: [{ namespaces: ["alder", "birch"] }],
  whole: [{}],
  events: [{ namespaces: ["alder"], resources: ["events"] }],
  listing: [{ namespaces: ["alder"], verbs: ["list", "watch"] }],
  admin: [{}, { paths: ["/diagnostics", "/metrics"] }],
};
const EVERYTHING = [{}, { paths: ["*"] }];

function strangers(headers: Readonly<Record<string, Headers>>): readonly Caller[] {
  return Object.entries(headers).map(([name, each]) => ({ name, column: "stranger", headers: each }));
}

/** Who comes with tokens of Kubernetes, and without good ones. */
function kubernetesCallers(stage: GuardedStage): readonly Caller[] {
  const gone = stage.caller([{}], { audiences: [AUDIENCE] });
  gone.vanish();
  return [
    ...strangers({
      "no credentials": {},
      "a bad token": { Authorization: "Bearer nonsense" },
      "another scheme": { Authorization: "Basic YWxkZXI6YmlyY2g=" },
      "an expired token": { Authorization: `Bearer ${EXPIRED}` },
      "a token that is over": gone.headers,
      "a token for another audience": stage.caller(EVERYTHING).headers,
    }),
    ...Object.entries(GRANTS).map(([name, grants]) => {
      return { name, column: name, headers: stage.caller(grants, { audiences: [AUDIENCE] }).headers };
    }),
  ];
}

/** Somebody whose rights go by the name, or by a group that the provider or the proxy says. */
interface Known {
  readonly name: string;
  readonly column: string;
  readonly username: string;
  readonly groups: readonly string[];
}

function knownBySomebodyElse(stage: GuardedStage): readonly Known[] {
  const named = Object.entries(GRANTS).map(([name, grants]) => {
    return { name, column: name, username: stage.caller(grants).user.username, groups: ["nobody's"] };
  });
  stage.caller([{ namespaces: ["alder"], groups: ["alder-readers"] }]);
  return [
    ...named,
    { name: "one, by a group", column: "one", username: "jane", groups: ["others", "alder-readers"] },
    // Its members may do everything, and nobody becomes one by what somebody besides Kubernetes says.
    { name: "a group of Kubernetes", column: "rightless", username: "joe", groups: ["system:masters"] },
  ];
}

/**
 * Who comes with tokens of a provider, and without good ones. Left out: a token that is over before its time, which no
 * provider is asked about.
 */
async function oidcCallers(stage: GuardedStage, issuer: Issuer): Promise<readonly Caller[]> {
  const now = Math.floor(stage.stage.clock.now() / 1_000);
  const admin = stage.caller(EVERYTHING);
  const bearer = async (...[claims, key]: Parameters<Issuer["token"]>): Promise<Headers> => {
    const times = { iat: now, exp: now + 3_600 };
    const token = await issuer.token({ sub: admin.user.username, ...times, ...claims }, key);
    return { Authorization: `Bearer ${token}` };
  };
  const known = knownBySomebodyElse(stage).map(async ({ name, column, username: sub, groups }) => {
    return { name, column, headers: await bearer({ sub, groups }) };
  });
  return [
    ...strangers({
      "no credentials": {},
      "a bad token": { Authorization: "Bearer nonsense" },
      "another scheme": { Authorization: "Basic YWxkZXI6YmlyY2g=" },
      "an expired token": await bearer({ iat: now - 7_200, exp: now - 3_600 }),
      "a token for another audience": await bearer({ aud: "another" }),
      "a token of another signer": await bearer({}, await signingKey("first")),
      "a token of Kubernetes": admin.headers,
      "a user of Kubernetes": await bearer({ sub: "system:serviceaccount:alder:reader" }),
    }),
    ...(await Promise.all(known)),
  ];
}

const PROXY_SECRET = "5b1c3f9a7e2d4860b9f1a3c5d7e90214";

/**
 * For whom a proxy vouches, and for whom none does. Left out: tokens that are bad, have expired, are over or are for
 * somebody else. Nobody is known by a token here, so a good one stands for them all, and a wrong secret for a bad one.
 */
function proxyCallers(stage: GuardedStage): readonly Caller[] {
  const admin = stage.caller(EVERYTHING);
  const { username } = admin.user;
  const forwarded = (user: string, groups: readonly string[], secret: string): Headers => {
    return { "X-Forwarded-User": user, "X-Forwarded-Groups": groups.join(","), "X-Forwarded-Secret": secret };
  };
  return [
    ...strangers({
      "no credentials": {},
      "no user": { "X-Forwarded-Groups": "system:masters", "X-Forwarded-Secret": PROXY_SECRET },
      "no secret": { "X-Forwarded-User": username },
      "a wrong secret": forwarded(username, [], "0123456789abcdef0123456789abcdef"),
      "two users": forwarded(`${username},jane`, [], PROXY_SECRET),
      "a token of Kubernetes": admin.headers,
      "a user of Kubernetes": forwarded("system:serviceaccount:alder:reader", [], PROXY_SECRET),
    }),
    ...knownBySomebodyElse(stage).map(({ name, column, username: user, groups }) => {
      return { name, column, headers: forwarded(user, groups, PROXY_SECRET) };
    }),
  ];
}

export const MODES: readonly Mode[] = [
  {
    name: "kubernetes",
    set: async (stage) => ({
      flags: [...KUBERNETES, "--auth-audiences", AUDIENCE],
      callers: kubernetesCallers(stage),
    }),
  },
  {
    name: "oidc",
    set: async (stage) => {
      const issuer = await Issuer.start({ keys: [await signingKey("first")] });
      const provider = ["--oidc-issuer-url", issuer.url, "--oidc-client-id", CLIENT, "--oidc-username-prefix", "-"];
      return { flags: ["--auth-modes", "oidc", ...provider], callers: await oidcCallers(stage, issuer) };
    },
  },
  {
    name: "proxy",
    set: async (stage) => {
      const secretFile = join(await temporaryDirectory(), "proxy-secret");
      await writeFile(secretFile, PROXY_SECRET);
      const proof = ["--proxy-trusted-addresses", "127.0.0.1", "--proxy-secret-file", secretFile];
      return { flags: ["--auth-modes", "proxy", ...proof], callers: proxyCallers(stage) };
    },
  },
  {
    name: "none",
    set: async (stage) => ({
      flags: ["--auth-modes", "none"],
      callers: kubernetesCallers(stage).map((caller) => ({ ...caller, column: "open" })),
    }),
  },
];
