// Hooks put to the API server by a whole gateway: as whoever asks, judged as if they were applied, and nothing is stored.
// Over every way to ask: REST, and GraphQL by POST, by GET and over a socket.
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { failure } from "../../src/demo/server/statusError.ts";
import { GOOD } from "../hooks/marked.ts";
import { WAYS } from "../http/graphqlWays.ts";
import { startCollector } from "./collector.ts";
import { Stage, type StageOptions, type TestGateway, temporaryDirectory } from "./gateway.ts";
import { type GuardedCaller, GuardedStage } from "./guarded.ts";
import { until } from "./storedEvents.ts";

const WRITERS = [{ namespaces: ["shop"], verbs: ["get", "list", "create", "update"], resources: ["hooks"] }];
const QUERY = `query ($manifest: String!, $dryRun: Boolean!) { validateHook(manifest: $manifest, dryRun: $dryRun) {
  valid errors { code path message document line origin } warnings { code path message document line origin }
} }`;

interface Finding {
  readonly code: string;
  readonly path: string;
  readonly message: string;
  readonly document: number;
}

interface Said {
  readonly code: string | undefined;
  readonly message: string;
  readonly valid?: boolean;
  readonly errors: readonly Finding[];
  readonly warnings: readonly Finding[];
}

type Headers = Readonly<Record<string, string>>;
type Ask = (url: string, manifest: string, headers?: Headers) => Promise<Said>;

const EDGES: readonly (readonly [string, Ask])[] = [
  [
    "REST",
    async (url, manifest, headers = {}) => {
      const answer = await posted(url, "dryRun=true", manifest, headers);
      // biome-ignore lint/suspicious/noExplicitAny: read as the JSON it is
      const json = (await answer.json()) as any;
      if (answer.status === 200) expect(answer.headers.get("cache-control")).toBe("no-store");
      return { errors: [], warnings: [], message: json.detail ?? "", ...json };
    },
  ],
  ...WAYS.map(({ name, ask }): readonly [string, Ask] => [
    `GraphQL by ${name}`,
    async (url, manifest, headers) => {
      const { data, errors = [] } = await ask(url, { query: QUERY, variables: { manifest, dryRun: true } }, headers);
      const { validateHook } = (data ?? {}) as { validateHook?: Said }; // as it was asked for
      const failed = { code: errors[0]?.extensions?.code, message: errors[0]?.message ?? "", errors: [], warnings: [] };
      return validateHook ? { ...failed, ...validateHook } : failed;
    },
  ]),
];

function posted(url: string, query: string, manifest: string, headers: Headers): Promise<Response> {
  return fetch(`${url}/api/v1/hooks/validate?${query}`, {
    method: "POST",
    headers: { "Content-Type": "application/yaml", ...headers },
    body: manifest,
  });
}

async function guardedStage(options: StageOptions = {}): Promise<GuardedStage> {
  const guarded = await GuardedStage.set(options);
  withNamespace(guarded.stage);
  return guarded;
}

function withNamespace(stage: Stage): Stage {
  stage.cluster.storage.create("namespaces", { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } });
  return stage;
}

/** Requests for hooks that are no list and no watch. */
function asked({ cluster }: Stage) {
  return [...cluster.server.requests]
    .filter(({ resource, verb }) => resource === "hooks" && !["list", "watch"].includes(verb))
    .map(({ verb, user, namespace, query }) => ({ verb, user, namespace, dryRun: query.get("dryRun") }));
}

function denying(stage: Stage, message: string): void {
  const body = JSON.stringify(failure({ code: 403, message, reason: "Forbidden", details: {} }));
  const effect = { do: "answer", code: 403, body, headers: { "Content-Type": "application/json" } } as const;
  stage.cluster.faults.add({ match: { resource: "hooks", verb: "create" }, effect });
}

const told = (findings: readonly Finding[]) => findings.map(({ code, path }) => `${code} ${path}`);

describe.each(EDGES)("by %s", (_, ask) => {
  test("the API server is asked as the caller, with the caller's token, and nothing is stored", async () => {
    const guarded = await guardedStage();
    const gateway = await guarded.gateway();
    const caller = guarded.caller(WRITERS);
    guarded.stage.cluster.hook("shop", "there", ["pod-restart"]);
    const { revision } = guarded.stage.cluster.storage;
    const manifest = [GOOD, GOOD.replace("name: restarts", "name: there").replace("pod-restart", "oom-kill")].join(
      "---\n",
    );
    const said = await ask(gateway.url, manifest, caller.headers);
    expect([said.code, said.valid, said.errors]).toEqual([undefined, true, []]);
    const by = { user: caller.user.username, namespace: "shop" };
    const requests = asked(guarded.stage).toSorted((a, b) => a.verb.localeCompare(b.verb));
    expect(requests).toEqual([
      { verb: "create", dryRun: "All", ...by },
      { verb: "create", dryRun: "All", ...by },
      { verb: "get", dryRun: null, ...by },
      { verb: "update", dryRun: "All", ...by },
    ]);
    expect(guarded.stage.cluster.storage.revision).toBe(revision);
    const there = guarded.stage.cluster.storage.get("hooks", "shop", "there");
    expect(JSON.stringify(there)).toContain("pod-restart");
    expect(gateway.log).not.toContain(caller.token);
    expect(gateway.errors).toEqual([]);
  }, 60_000);

  test("who may not do it is told where it may not do what", async () => {
    const guarded = await guardedStage();
    const { url } = await guarded.gateway();
    guarded.stage.cluster.hook("shop", "there", ["pod-restart"]);
    const there = GOOD.replace("name: restarts", "name: there");
    const reader = guarded.caller([{ namespaces: ["shop"], resources: ["hooks"] }]);
    expect(await ask(url, GOOD, reader.headers)).toMatchObject({
      code: "FORBIDDEN",
      message: 'A dry run is judged as a write, and you may not create hooks (kagent.dev) in "shop".',
    });
    const creator = guarded.caller([{ namespaces: ["shop"], verbs: ["create"], resources: ["hooks"] }]);
    expect(await ask(url, there, creator.headers)).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining('may not get hooks (kagent.dev) in "shop"'),
    });
    const elsewhere = GOOD.replace("namespace: shop", "namespace: billing");
    const both = await ask(url, `${GOOD}---\n${elsewhere}`, guarded.caller(WRITERS).headers);
    expect(both).toMatchObject({
      code: "FORBIDDEN",
      message: expect.stringContaining('create hooks (kagent.dev) in "billing"'),
    });
    expect(both.message).not.toContain("shop");
  }, 60_000);

  test("what only the API server knows is told beside all else, of each document by itself", async () => {
    const guarded = await guardedStage();
    const { url } = await guarded.gateway();
    const caller = guarded.caller([{ verbs: ["create"], resources: ["hooks"] }]);
    denying(guarded.stage, 'admission webhook "v.example.com" denied the request: not on Fridays');
    const nowhere = GOOD.replace("  namespace: shop\n", "");
    const broken = GOOD.replace("  name: restarts", "  name: broken\n  name: broken");
    const bad = GOOD.replace("name: restarts", "name: bad").replace("pod-restart", "pod-restrt");
    const { valid, errors, warnings } = await ask(url, [GOOD, nowhere, broken, bad].join("---\n"), caller.headers);
    expect(valid).toBe(false);
    expect(errors.map(({ code, path, document }) => [code, path, document])).toEqual([
      ["REFUSED", "", 1],
      ["DUPLICATE_KEY", "", 3],
      ["REFUSED", "", 4],
      ["NOT_SUPPORTED", "spec.eventConfigurations[0].eventType", 4],
    ]);
    expect(errors[0]?.message).toContain("not on Fridays");
    expect(warnings.filter(({ code }) => code === "NOT_ASKED")).toMatchObject([{ document: 2 }]);
    expect(asked(guarded.stage)).toHaveLength(2);
  }, 60_000);

  test("an answer is made for who asks, each time anew", async () => {
    const guarded = await guardedStage();
    const { url } = await guarded.gateway();
    const caller = guarded.caller(WRITERS);
    for (let time = 0; time < 3; time++) expect(await ask(url, GOOD, caller.headers)).toMatchObject({ valid: true });
    const twin = guarded.caller([{ namespaces: ["shop"], verbs: ["get", "list"], resources: ["hooks"] }]);
    expect((await ask(url, GOOD, twin.headers)).code).toBe("FORBIDDEN"); // it may see the same
    denying(guarded.stage, 'admission webhook "v.example.com" denied the request: no');
    expect(told((await ask(url, GOOD, caller.headers)).errors)).toEqual(["REFUSED "]);
    expect(asked(guarded.stage)).toHaveLength(5);
  }, 60_000);

  test("while the API server does not answer, it is unavailable, and nothing unexpected", async () => {
    const guarded = await guardedStage();
    const gateway = await guarded.gateway();
    const caller = guarded.caller(WRITERS);
    const { faults } = guarded.stage.cluster;
    const match = { resource: "hooks", verb: "create" };
    faults.add({ match, effect: { do: "refuse" }, times: 2 }); // a kept connection is tried once more
    expect(await ask(gateway.url, GOOD, caller.headers)).toMatchObject({
      code: "UNAVAILABLE",
      message: "The API server cannot be asked now: it does not answer.",
    });
    faults.clear();
    faults.add({ match, effect: { do: "answer", code: 429 } });
    expect((await ask(gateway.url, GOOD, caller.headers)).code).toBe("UNAVAILABLE");
    faults.clear();
    expect(await ask(gateway.url, GOOD, caller.headers)).toMatchObject({ valid: true });
    expect(gateway.said("unexpected error, masked")).toEqual([]);
  }, 60_000);
});

test("an API server that is stuck is waited for ten seconds", async () => {
  const guarded = await guardedStage();
  const { url } = await guarded.gateway();
  const caller = guarded.caller(WRITERS);
  guarded.stage.cluster.faults.add({ match: { resource: "hooks", verb: "create" }, effect: { do: "stall" } });
  const answering = posted(url, "dryRun=true", GOOD, caller.headers);
  await until(() => asked(guarded.stage).length === 1, "the question");
  guarded.stage.clock.advance(10_000);
  const answer = await answering;
  expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
    503,
    "The API server cannot be asked now: it did not answer within 10 s.",
  ]);
}, 60_000);

test("unless it is asked for, nobody is asked", async () => {
  const guarded = await guardedStage();
  const { url } = await guarded.gateway();
  const caller = guarded.caller([{ resources: ["hooks"] }]);
  for (const query of ["", "dryRun=false"]) expect((await posted(url, query, GOOD, caller.headers)).status).toBe(200);
  expect(asked(guarded.stage)).toEqual([]);
  const unclear = await posted(url, "dryRun=yes", GOOD, caller.headers);
  expect([unclear.status, await unclear.text()]).toEqual([400, expect.stringContaining("neither true nor false")]);
}, 60_000);

test("more than 20 hooks are too many, and more than one dry run of an operation too", async () => {
  const guarded = await guardedStage();
  const { url } = await guarded.gateway();
  const caller = guarded.caller(WRITERS);
  const hooks = Array.from({ length: 21 }, (_, index) => GOOD.replace("name: restarts", `name: hook-${index}`));
  const many = await posted(url, "dryRun=true", hooks.join("---\n"), caller.headers);
  expect([many.status, await many.json()]).toMatchObject([
    400,
    { code: "BAD_USER_INPUT", detail: "manifest: has 21 hooks: a dry run takes at most 20, so give less at once" },
  ]);
  const again = `query ($manifest: String!) {
    a: validateHook(manifest: $manifest, dryRun: true) { valid } b: validateHook(manifest: $manifest, dryRun: true) { valid }
  }`;
  for (const { ask } of WAYS) {
    const { errors = [] } = await ask(url, { query: again, variables: { manifest: GOOD } }, caller.headers);
    expect(errors.map(({ extensions }) => extensions?.code)).toEqual(["QUERY_TOO_COMPLEX"]);
  }
  expect(asked(guarded.stage)).toEqual([]);
  expect((await posted(url, "dryRun=true", hooks.slice(1).join("---\n"), caller.headers)).status).toBe(200);
  expect(asked(guarded.stage)).toHaveLength(20);
}, 60_000);

test("a namespace or a resource that is not there is what is wrong with the hook", async () => {
  const guarded = await guardedStage({ crd: false });
  const gateway = await guarded.stage.startGateway({ flags: ["--auth-modes", "kubernetes"] });
  const caller = guarded.caller([{ verbs: ["create"], resources: ["hooks"] }]);
  const elsewhere = GOOD.replace("namespace: shop", "namespace: shpo");
  expect(await errorsOf(gateway, GOOD, caller)).toEqual(["NOT_INSTALLED apiVersion"]);
  guarded.stage.cluster.installCrd();
  expect(await errorsOf(gateway, elsewhere, caller)).toEqual(["UNKNOWN_NAMESPACE metadata.namespace"]);
}, 60_000);

async function errorsOf(
  { url }: TestGateway,
  manifest: string,
  { headers }: GuardedCaller,
): Promise<readonly string[]> {
  const answer = await posted(url, "dryRun=true", manifest, headers);
  return told(((await answer.json()) as Said).errors);
}

test("no token is in the log, in a trace or in an answer, whatever becomes of the request", async () => {
  const collector = await startCollector();
  const guarded = await guardedStage();
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: collector.url, OTEL_BSP_SCHEDULE_DELAY: "50" };
  const gateway = await guarded.gateway({ env, flags: ["--log-level", "debug"] });
  const caller = guarded.caller(WRITERS);
  const { faults } = guarded.stage.cluster;
  const match = { resource: "hooks", verb: "create" };
  const answers: string[] = [];
  for (const effect of [
    { do: "refuse" },
    { do: "answer", code: 401 },
    { do: "answer", code: 500 },
    undefined,
  ] as const) {
    if (effect) faults.add({ match, effect });
    answers.push(await (await posted(gateway.url, "dryRun=true", GOOD, caller.headers)).text());
    faults.clear();
  }
  expect(answers.map((text) => JSON.parse(text).code)).toEqual(["UNAVAILABLE", "FORBIDDEN", "UNAVAILABLE", undefined]);
  await until(() => collector.spans.filter(({ name }) => name === "POST hooks").length >= 4, "the requests' spans");
  const metrics = await (await fetch(`${gateway.url}/api/v1/metrics`, { headers: caller.headers })).text();
  for (const text of [...answers, gateway.log, JSON.stringify(collector.spans), metrics]) {
    expect(text).not.toContain(caller.token);
  }
}, 60_000);

test("a token that is for somebody else than the API server is refused by it", async () => {
  const guarded = await guardedStage();
  const { url } = await guarded.gateway({ flags: ["--auth-audiences", "khook-gateway"] });
  const caller = guarded.caller(WRITERS, { audiences: ["khook-gateway"] });
  const answer = await posted(url, "dryRun=true", GOOD, caller.headers);
  expect([answer.status, ((await answer.json()) as { detail: string }).detail]).toEqual([
    403,
    'The API server does not take your token, so it lets nobody create hooks in "shop".',
  ]);
}, 60_000);

test("whom a proxy vouches for has no token of its own, and one that comes along is not used", async () => {
  const stage = withNamespace(await Stage.set({ pace: 1 }));
  const secretFile = join(await temporaryDirectory(), "secret");
  await writeFile(secretFile, "s3cret-of-the-proxy");
  const proxy = ["--proxy-trusted-addresses", "127.0.0.1", "--proxy-secret-file", secretFile];
  const { url } = await stage.gateway({ flags: ["--auth-modes", "proxy", ...proxy] });
  const vouched = { "X-Forwarded-User": "jane", "X-Forwarded-Secret": "s3cret-of-the-proxy" };
  for (const headers of [vouched, { ...vouched, Authorization: "Bearer demo-admin-token" }]) {
    for (const [, ask] of EDGES) {
      expect(await ask(url, GOOD, headers)).toMatchObject({
        code: "FORBIDDEN",
        message: "A dry run asks the API server in your own name, which takes a bearer token of yours in the request.",
      });
    }
  }
  expect(asked(stage)).toEqual([]);
}, 60_000);

test("where nobody has to say who it is, the gateway asks in its own name, whatever token is brought", async () => {
  const stage = withNamespace(await Stage.set({ pace: 1 }));
  const { url } = await stage.gateway();
  for (const [, ask] of EDGES) {
    expect(await ask(url, GOOD, { Authorization: "Bearer somebody-elses" })).toMatchObject({ valid: true, errors: [] });
  }
  expect(new Set(asked(stage).map(({ user }) => user))).toEqual(new Set(["kubernetes-admin"]));
  expect(asked(stage)).toHaveLength(EDGES.length);
  await stage.cluster.faults.down();
  expect((await posted(url, "dryRun=true", GOOD, {})).status).toBe(503);
}, 60_000);
