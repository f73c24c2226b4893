// Hooks put to an API server that answers as a test tells it to: what is sent, in whose name, and what each answer is taken for.
// Whatever it answers, no write is sent that could be stored.
import { readFileSync } from "node:fs";
import type { TLSSocket } from "node:tls";
import { fileURLToPath } from "node:url";
import { inspect } from "node:util";
import { afterEach, describe, expect, test } from "vitest";
import { type Clock, systemClock } from "../../src/cluster/clock.ts";
import { Connection } from "../../src/cluster/connection.ts";
import { HookDryRuns } from "../../src/cluster/hookDryRuns.ts";
import { kubeConfigFor, type LoadedKubeConfig } from "../../src/cluster/kubeconfig.ts";
import { BearerToken, GATEWAY, type NamedActor } from "../../src/events/actor.ts";
import type { HookDraft } from "../../src/events/hookDryRun.ts";
import { recording } from "../demo/admission/recording.ts";
import { type Answer, type Asked, json, ScriptedServer } from "./scriptedServer.ts";

const CALLER = { kind: "caller", token: new BearerToken("token-of-the-caller") } as const;
const HOOKS = "/apis/kagent.dev/v1alpha2/namespaces/shop/hooks";
const EXISTS = JSON.parse(recording("113-hook-create-again-conflict").answer);
const undo: (() => unknown)[] = [];
afterEach(async () => {
  for (const step of undo.splice(0).reverse()) await step();
});

function draft(name = "restarts"): HookDraft {
  const object = { apiVersion: "kagent.dev/v1alpha2", kind: "Hook", metadata: { name, namespace: "shop" }, spec: {} };
  return { namespace: "shop", name, version: "v1alpha2", object };
}

interface Script {
  readonly tls?: Parameters<typeof ScriptedServer.start>[1];
  readonly load?: (url: string) => LoadedKubeConfig;
  readonly clock?: Clock;
}

async function asking(
  answer: Answer,
  { tls, load = (url) => kubeConfigFor(url, "own-token"), clock = systemClock }: Script = {},
) {
  const server = await ScriptedServer.start(answer, tls);
  const connection = new Connection({ load: () => load(server.url), clock });
  undo.push(
    () => server.close(),
    () => connection.close(),
  );
  const dryRuns = new HookDryRuns({ connection, clock });
  return { server, connection, ask: (drafts = [draft()], actor: NamedActor = CALLER) => dryRuns.ask(drafts, actor) };
}

const status = (code: number, message: string, more: object = {}): Answer => {
  return (response) => json(response, { kind: "Status", status: "Failure", message, code, ...more }, code);
};

function sent({ asked }: ScriptedServer) {
  return asked.map(({ method, path, query }) => [method, path, query.toString()]);
}

async function bodyOf({ request }: Asked): Promise<unknown> {
  const parts: Uint8Array[] = [];
  for await (const chunk of request) parts.push(chunk as Uint8Array); // no encoding is set
  return JSON.parse(Buffer.concat(parts).toString());
}

const DRY = "dryRun=All&fieldValidation=Warn";

test("a new hook is created in a dry run, with the caller's token and not the gateway's", async () => {
  const bodies: unknown[] = [];
  const { server, ask } = await asking(async (response, asked) => {
    bodies.push(await bodyOf(asked));
    json(response, { kind: "Hook" }, 201);
  });
  expect(await ask()).toEqual([{ outcome: "taken", warnings: [] }]);
  expect([sent(server), bodies]).toEqual([[["POST", HOOKS, DRY]], [draft().object]]);
  expect(server.asked[0]?.headers.authorization).toBe("Bearer token-of-the-caller");
});

test("without a caller it is the gateway that asks", async () => {
  const { server, ask } = await asking((response) => json(response, {}, 201));
  await ask([draft()], GATEWAY);
  expect(server.asked[0]?.headers.authorization).toBe("Bearer own-token");
});

test("the gateway's certificate, password and user do not come along with a caller's token, its authority does", async () => {
  const read = (name: string) => readFileSync(fileURLToPath(new URL(`../fixtures/tls/${name}`, import.meta.url)));
  const shown: unknown[] = [];
  const tls = { key: read("server.key"), cert: read("server.crt"), ca: read("ca.crt") };
  const { server, ask } = await asking(
    (response, { request }) => {
      shown.push((request.socket as TLSSocket).getPeerCertificate().subject?.CN ?? null); // it is a TLS server
      json(response, {}, 201);
    },
    {
      tls: { ...tls, requestCert: true, rejectUnauthorized: false },
      load: (url) => {
        const [caData, certData, keyData] = ["ca.crt", "client.crt", "client.key"].map((name) =>
          read(name).toString("base64"),
        );
        const loaded = kubeConfigFor(url);
        if (!loaded.found || !caData || !certData || !keyData) throw new Error("it is given");
        const user = { name: "gateway", certData, keyData, impersonateUser: "somebody", token: "own-token" };
        return { ...loaded, cluster: { ...loaded.cluster, caData }, user };
      },
    },
  );
  await ask([draft()], GATEWAY);
  await ask();
  await ask([draft()], GATEWAY);
  expect(shown.map((name) => name !== null)).toEqual([true, false, true]);
  const { headers } = server.asked[1] ?? {};
  expect([headers?.authorization, headers?.["impersonate-user"]]).toEqual(["Bearer token-of-the-caller", undefined]);
});

test("a hook that is there is replaced in a dry run, on top of its latest state", async () => {
  const bodies: unknown[] = [];
  const { server, ask } = await asking(async (response, asked) => {
    if (asked.method === "POST") return json(response, EXISTS, 409);
    if (asked.method === "GET") return json(response, { metadata: { resourceVersion: "41" } });
    bodies.push(await bodyOf(asked));
    json(response, {}, 200, { Warning: '299 - "careful"' });
  });
  expect(await ask()).toEqual([{ outcome: "taken", warnings: ["careful"] }]);
  const hook = `${HOOKS}/restarts`;
  expect(sent(server)).toEqual([
    ["POST", HOOKS, DRY],
    ["GET", hook, ""],
    ["PUT", hook, DRY],
  ]);
  expect(bodies).toEqual([
    { ...draft().object, metadata: { name: "restarts", namespace: "shop", resourceVersion: "41" } },
  ]);
  expect(new Set(server.asked.map(({ headers }) => headers.authorization))).toEqual(
    new Set(["Bearer token-of-the-caller"]),
  );
});

test("a hook that changes or goes just then is asked about again, and not without end", async () => {
  const conflict = JSON.parse(recording("142-hook-put-status-stale-409").answer);
  let conflicts = 0;
  const { server, ask } = await asking((response, { method }) => {
    if (method === "POST") return json(response, EXISTS, 409);
    if (method === "GET") return json(response, { metadata: { resourceVersion: "41" } });
    if (conflicts-- > 0) return json(response, conflict, 409);
    json(response, {}, 200);
  });
  conflicts = 1;
  expect(await ask()).toEqual([{ outcome: "taken", warnings: [] }]);
  conflicts = 1_000;
  expect(await ask()).toEqual([{ outcome: "unavailable", reason: "shop/restarts changes while it is asked about it" }]);
  expect(server.asked.length).toBeLessThan(20);
});

describe("an answer is taken for what it is", () => {
  const forbidden =
    'hooks.kagent.dev is forbidden: User "jane" cannot create resource "hooks" in API group "kagent.dev" in the namespace "shop"';
  const plain =
    (code: number, text: string): Answer =>
    (response) =>
      void response.writeHead(code, { "content-type": "text/plain" }).end(text);

  test.each<readonly [string, Answer, object]>([
    ["no token of its", status(401, "Unauthorized"), { outcome: "forbidden", verb: "create", isKnown: false }],
    ["a right that is missing", status(403, forbidden), { outcome: "forbidden", verb: "create", isKnown: true }],
    ["a 403 of somebody in between", plain(403, "no"), { outcome: "forbidden", verb: "create", isKnown: true }],
    [
      "a webhook's denial",
      status(403, 'admission webhook "v.example.com" denied the request: User "x" cannot', { reason: "Forbidden" }),
      {
        outcome: "refused",
        message: 'admission webhook "v.example.com" denied the request: User "x" cannot',
        causes: [],
      },
    ],
    [
      "a policy's denial",
      status(422, "hooks.kagent.dev \"restarts\" is forbidden: ValidatingAdmissionPolicy 'p' denied request: no", {
        details: { causes: [{ message: "no" }] },
      }),
      { outcome: "refused", causes: [{ reason: "", field: "", message: "no" }] },
    ],
    [
      "a quota's denial",
      status(403, 'hooks.kagent.dev "restarts" is forbidden: exceeded quota: hooks'),
      { outcome: "refused", causes: [] },
    ],
    [
      "a namespace that ends",
      status(403, 'hooks.kagent.dev "restarts" is forbidden: unable to create new content in namespace shop', {
        details: { causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace", message: "it ends" }] },
      }),
      {
        outcome: "refused",
        causes: [{ reason: "NamespaceTerminating", field: "metadata.namespace", message: "it ends" }],
      },
    ],
    [
      "a namespace that is not there",
      (response) => json(response, JSON.parse(recording("110-hook-create-missing-namespace").answer), 404),
      { outcome: "missing", what: "namespace" },
    ],
    ["a resource that is not there", plain(404, "404 page not found\n"), { outcome: "missing", what: "resource" }],
    ["too much at once", plain(429, "Too many requests"), { outcome: "unavailable", reason: "it answers 429" }],
    [
      "a webhook that cannot be called",
      status(500, 'Internal error occurred: failed calling webhook "v.example.com"'),
      {
        outcome: "unavailable",
        reason: 'it answers 500, Internal error occurred: failed calling webhook "v.example.com"',
      },
    ],
    ["somebody else's answer", plain(302, ""), { outcome: "unavailable", reason: "it answers 302" }],
    ["somebody else's refusal", plain(400, "<html>"), { outcome: "unavailable", reason: "it answers 400" }],
    ["none", (response) => void response.destroy(), { outcome: "unavailable", reason: "it does not answer" }],
  ])("%s", async (_, answer, expected) => {
    const { ask } = await asking(answer);
    expect(await ask()).toMatchObject([expected]);
  });

  test("what it warns of comes with a refusal too, in any script", async () => {
    const body = { kind: "Status", message: "no", code: 422, details: { causes: [] } };
    const { ask } = await asking((response) => {
      const lines = ['299 - "a \\"b\\" \\\\ é 漢"', '299 kube "one", 299 kube "two"', '199 - "not this"'];
      for (const line of lines) response.appendHeader("Warning", Buffer.from(line).toString("latin1")); // as bytes go over the wire
      response.writeHead(422, { "content-type": "application/json" });
      response.end(JSON.stringify(body));
    });
    expect(await ask()).toEqual([
      { outcome: "refused", message: "no", causes: [], warnings: ['a "b" \\ é 漢', "one", "two"] },
    ]);
  });

  test("no cluster is no answer, and says nothing of files", async () => {
    const load = (): LoadedKubeConfig => ({ found: false, reason: "kubeconfig /home/somebody/config: no such file" });
    const { ask } = await asking(() => undefined, { load });
    expect(await ask()).toEqual([{ outcome: "unavailable", reason: "the gateway has no cluster" }]);
  });

  test("a right to look that is missing is told as such", async () => {
    const { ask } = await asking((response, { method }) => {
      if (method === "POST") return json(response, EXISTS, 409);
      json(response, JSON.parse(recording("113-hook-create-again-conflict").answer), 403);
    });
    expect(await ask()).toMatchObject([{ outcome: "forbidden", verb: "get" }]);
  });
});

test("so many at a time, each answered in its place", async () => {
  let open = 0;
  let most = 0;
  const { ask } = await asking(async (response, asked) => {
    most = Math.max(most, ++open);
    const { metadata } = (await bodyOf(asked)) as HookDraft["object"] & { metadata: { name: string } }; // as drafts are
    await new Promise((resolve) => setTimeout(resolve, 20));
    open--;
    json(response, {}, 201, { Warning: `299 - "${metadata.name}"` });
  });
  const names = Array.from({ length: 20 }, (_, index) => `hook-${index}`);
  const answers = await Promise.all([ask(names.map(draft)), ask(names.map(draft))]);
  expect(answers).toEqual([0, 1].map(() => names.map((name) => ({ outcome: "taken", warnings: [name] }))));
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThanOrEqual(8);
});

test("who does not answer in 10 s is not waited for, nor by those who wait behind", async () => {
  const waits: number[] = [];
  const clock: Clock = {
    ...systemClock,
    async sleep(millis, signal) {
      if (millis !== 10_000) return systemClock.sleep(millis, signal);
      waits.push(millis);
      await systemClock.sleep(100, signal);
    },
  };
  const { ask } = await asking(() => undefined, { clock });
  const answers = await ask(Array.from({ length: 20 }, (_, index) => draft(`hook-${index}`)));
  expect(waits).toEqual([10_000]);
  expect(new Set(answers.map((answer) => JSON.stringify(answer)))).toEqual(
    new Set([JSON.stringify({ outcome: "unavailable", reason: "it did not answer within 10 s" })]),
  );
});

test("a token that is refused makes nobody doubt the gateway's own credentials", async () => {
  let loads = 0;
  let skipped = 0;
  const { ask } = await asking(status(401, "Unauthorized"), {
    load: (url) => {
      loads++;
      return kubeConfigFor(url, "own-token");
    },
    clock: { ...systemClock, now: () => Date.now() + skipped },
  });
  await ask();
  skipped = 60_000;
  await ask();
  expect(loads).toBe(1);
});

test("a token shows itself to nobody who prints it", () => {
  const printed = [
    inspect(CALLER, { depth: 9, showHidden: true }),
    JSON.stringify(CALLER),
    String(CALLER.token),
    `${CALLER.token}`,
  ];
  expect(printed.filter((text) => text.includes("token-of-the-caller"))).toEqual([]);
});
