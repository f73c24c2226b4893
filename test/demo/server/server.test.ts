// What no recording shows: methods, bodies, forms, endings.
import { gunzipSync } from "node:zlib";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parse } from "yaml";
import { EVENTS, event, HOOKS, hook, Rig, told } from "./rig.ts";

let rig: Rig;
beforeEach(async () => {
  rig = await Rig.start();
});
afterEach(() => rig[Symbol.asyncDispose]());

const newEvent = (name: string, message: string) => ({ ...event(name), message });
const CORE_EVENTS = "/api/v1/namespaces/shop/events";

describe("bodies", () => {
  // Recordings 236, 237 and 238, which hold no request.
  it.each([
    [200_000, 201, undefined],
    [3_500_000, 413, "Request entity too large: limit is 3145728"],
    [1_600_000, 500, "etcdserver: request is too large"],
  ])("an Event with a message of %i bytes: %i", async (size, code, message) => {
    const answer = await rig.send("POST", CORE_EVENTS, newEvent("large", "y".repeat(size)));
    expect(answer.code).toBe(code);
    if (message !== undefined) expect(JSON.parse(answer.body.toString()).message).toBe(message);
  });

  it("YAML is taken and given", async () => {
    const body = [
      "apiVersion: kagent.dev/v1alpha2",
      "kind: Hook",
      "metadata: {name: y}",
      "spec:",
      "  eventConfigurations:",
      "  - {eventType: oom-kill, agentRef: {name: a}, prompt: p}",
    ].join("\n");
    const headers = { "Content-Type": "application/yaml", Accept: "application/yaml" };
    const answer = await rig.ask(HOOKS, { method: "POST", body, headers });
    expect([answer.code, answer.headers["content-type"]]).toEqual([201, ["application/yaml"]]);
    expect(parse(answer.body.toString())).toMatchObject({ kind: "Hook", metadata: { name: "y", generation: 1 } });
  });

  describe("a Namespace as protobuf", () => {
    const create = (bytes: Buffer, path = "/api/v1/namespaces", query = "") => {
      const headers = { "Content-Type": "application/vnd.kubernetes.protobuf", Accept: KUBECTL_ACCEPT };
      return rig.ask(path + query, { method: "POST", body: bytes, headers });
    };
    const KUBECTL_ACCEPT = "application/vnd.kubernetes.protobuf,application/json";
    /** The bytes of `kubectl create namespace fresh`, in version 1.32. */
    const FRESH = Buffer.from(
      "6b3873000a0f0a02763112094e616d657370616365121d0a150a05667265736812001a0022002a0032003800420012001a020a001a002200",
      "hex",
    );

    it("is made as kubectl sends it, as if it were sent as JSON", async () => {
      const answer = await create(FRESH, undefined, "?fieldManager=kubectl-create&fieldValidation=Strict");
      expect([answer.code, answer.headers["content-type"]]).toEqual([201, ["application/json"]]);
      const made = JSON.parse(answer.body.toString());
      const other = { apiVersion: "v1", kind: "Namespace", metadata: { name: "other" }, spec: {}, status: {} };
      const likewise = JSON.parse((await rig.send("POST", "/api/v1/namespaces", other)).body.toString());
      expect(made.metadata).toMatchObject({ name: "fresh", labels: { "kubernetes.io/metadata.name": "fresh" } });
      expect(Object.keys(made.metadata)).toEqual(Object.keys(likewise.metadata));
      expect([made.kind, made.apiVersion, made.spec, made.status]).toEqual([
        likewise.kind,
        likewise.apiVersion,
        likewise.spec,
        likewise.status,
      ]);
      expect((await create(FRESH)).code).toBe(409);
    });

    it("has its labels and annotations, long ones too", async () => {
      const note = "n".repeat(20_000);
      const metadata = [
        text(1, "marked"),
        bytes(11, Buffer.concat([text(1, "team"), text(2, "shop")])),
        bytes(11, Buffer.concat([text(1, "empty"), text(2, "")])),
        bytes(12, Buffer.concat([text(1, "note"), text(2, note)])),
        Buffer.from([7 << 3, 0x96, 0x01]), // generation, which is not taken
      ];
      const answer = await create(envelope("Namespace", bytes(1, Buffer.concat(metadata))));
      expect(answer.code).toBe(201);
      expect(JSON.parse(answer.body.toString()).metadata).toMatchObject({
        labels: { team: "shop", empty: "", "kubernetes.io/metadata.name": "marked" },
        annotations: { note },
      });
    });

    it("is refused for what it says, like any other", async () => {
      const answer = await create(envelope("Namespace", bytes(1, text(1, "No_Name"))));
      expect(answer.code).toBe(422);
      expect(answer.body.toString()).toContain('"field":"metadata.name"');
      expect((await create(envelope("Pod", bytes(1, text(1, "pod"))))).code).toBe(400);
    });

    it.each([
      ["another message", Buffer.from("hello"), "expected prefix [107 56 115 0]"],
      ["nothing", Buffer.alloc(0), "expected prefix [107 56 115 0]"],
      ["a message cut short", FRESH.subarray(0, 30), "unexpected EOF"],
      ["a number without end", Buffer.concat([Buffer.from("k8s\0"), Buffer.alloc(11, 0xff)]), "integer overflow"],
      ["a group", Buffer.from("k8s\0\u000b"), "illegal wireType 3"],
    ])("%s is no Namespace: 400 with the reason", async (_what, body, reason) => {
      const answer = await create(body);
      expect(answer.code).toBe(400);
      expect(JSON.parse(answer.body.toString()).message).toContain(reason);
    });

    it("is the only kind taken so", async () => {
      expect((await create(envelope("Event", Buffer.alloc(0)), CORE_EVENTS)).code).toBe(415);
      expect((await create(envelope("Hook", Buffer.alloc(0)), HOOKS)).code).toBe(415);
    });
  });

  it("a large list is compressed for who asks, and a watch for nobody", async () => {
    for (let index = 0; index < 200; index += 1) rig.event(`e${index}`, { message: `${index}`.repeat(300) });
    const plain = await rig.ask(EVENTS);
    const packed = await rig.ask(EVENTS, { headers: { "Accept-Encoding": "gzip" } });
    expect([plain.headers["content-encoding"], packed.headers["content-encoding"]]).toEqual([undefined, ["gzip"]]);
    expect(gunzipSync(packed.body).equals(plain.body)).toBe(true);
    const refused = await rig.ask(EVENTS, { headers: { "Accept-Encoding": "gzip;q=0, identity" } });
    expect(refused.headers["content-encoding"]).toBeUndefined();
  });
});

describe("methods", () => {
  it.each([
    ["PUT", HOOKS],
    ["PATCH", HOOKS],
    ["POST", `${EVENTS}/a`],
    ["POST", `${HOOKS}/h/status`],
    ["GET", "/apis/authentication.k8s.io/v1/tokenreviews"],
    ["DELETE", "/api/v1/namespaces"],
  ])("%s %s is 405", async (method, path) => {
    rig.hook("h");
    const answer = await rig.ask(path, { method });
    expect([answer.code, JSON.parse(answer.body.toString()).reason]).toEqual([405, "MethodNotAllowed"]);
  });

  it("a subresource nobody has is 404", async () => {
    expect((await rig.ask(`${HOOKS}/h/scale`)).body.toString()).toBe("404 page not found\n");
  });

  it("a path that is no URL ends nothing but its own connection", async () => {
    for (const path of ["//", "/api/v1/namespaces/%zz/events", "/apis/%2F/%2E%2E?watch=%"]) {
      expect((await rig.ask(path)).code).toBeLessThan(500);
    }
    expect((await rig.ask("/readyz")).code).toBe(200);
  });

  it("HEAD answers like GET, without the body", async () => {
    const answer = await rig.ask("/readyz", { method: "HEAD" });
    expect([answer.code, answer.body.length]).toEqual([200, 0]);
  });
});

describe("writes", () => {
  it("a dry run answers like the real thing and changes nothing", async () => {
    rig.hook("h");
    const { revision } = rig.storage;
    const created = await rig.send("POST", `${HOOKS}?dryRun=All`, hook("new"));
    const changed = await rig.send(
      "PATCH",
      `${HOOKS}/h?dryRun=All`,
      { metadata: { labels: { a: "b" } } },
      "application/merge-patch+json",
    );
    const deleted = await rig.ask(`${HOOKS}/h?dryRun=All`, { method: "DELETE" });
    const all = await rig.ask(`${HOOKS}?dryRun=All`, { method: "DELETE" });
    expect([created, changed, deleted, all].map(({ code }) => code)).toEqual([201, 200, 200, 200]);
    expect(JSON.parse(changed.body.toString()).metadata.labels).toEqual({ a: "b" });
    expect(rig.storage.revision).toBe(revision);
  });

  it("what has finalizers goes when the last of them is taken away", async () => {
    await rig.send("POST", HOOKS, { ...hook("h"), metadata: { name: "h", finalizers: ["example.com/wait"] } });
    using watch = await rig.watch(HOOKS);
    const deleting = await rig.ask(`${HOOKS}/h`, { method: "DELETE" });
    expect(JSON.parse(deleting.body.toString()).metadata.deletionTimestamp).toMatch(/^\d{4}-.*Z$/);
    await rig.send("PATCH", `${HOOKS}/h`, { metadata: { finalizers: [] } }, "application/merge-patch+json");
    await watch.untilLines(4);
    expect(told(watch)).toEqual(["ADDED h", "MODIFIED h", "MODIFIED h", "DELETED h"]);
  });

  it("the rights and the life of an Event are the same in both of its versions", async () => {
    await rig.send("POST", CORE_EVENTS, newEvent("a", "m"));
    const gone = await rig.ask(`${EVENTS}/a`, { method: "DELETE" });
    expect(gone.code).toBe(200);
    expect((await rig.ask(`${CORE_EVENTS}/a`)).code).toBe(404);
  });

  it("an Event whose hour is over goes by itself, and watches are told", async () => {
    rig.event("a");
    using watch = await rig.watch(EVENTS);
    rig.later(3_600_000);
    await watch.untilLines(2);
    expect(told(watch)).toEqual(["ADDED a", "DELETED a"]);
  });
});

describe("lists", () => {
  it("a list from the watch cache does not page", async () => {
    for (const name of ["a", "b", "c"]) rig.hook(name);
    const cached = await rig.json(`${HOOKS}?limit=1&resourceVersion=0`);
    const paged = await rig.json(`${HOOKS}?limit=1`);
    expect([cached.items.length, paged.items.length, paged.metadata.remainingItemCount]).toEqual([3, 1, 2]);
  });

  it.each([
    [
      "resourceVersion=0&resourceVersionMatch=Exact",
      422,
      'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
    ],
    ["resourceVersion=5&resourceVersionMatch=Near", 422, 'Unsupported value: "Near"'],
    ["limit=many", 400, 'strconv.ParseInt: parsing "many": invalid syntax'],
    ["continue=!", 400, "illegal base64 data at input byte 0"],
    [`continue=${Buffer.from('{"v":"v0","rv":1,"start":"a"}').toString("base64url")}`, 400, 'encoded version "v0"'],
    [`continue=${Buffer.from('{"v":"meta.k8s.io/v1","rv":1}').toString("base64url")}`, 400, "encoded start key empty"],
  ])("%s is refused", async (query, code, message) => {
    const answer = await rig.ask(`${EVENTS}?${query}`);
    expect(answer.code).toBe(code);
    expect(JSON.parse(answer.body.toString()).message).toContain(message);
  });

  it("50,000 Events come in pages, each exactly once, in order", async () => {
    for (let index = 0; index < 50_000; index += 1) rig.event(`e${(index * 7919) % 50_000}`);
    const names: string[] = [];
    let token = "";
    do {
      const page = await rig.json(`${EVENTS}?limit=5000&continue=${token}`);
      names.push(...page.items.map((item: { metadata: { name: string } }) => item.metadata.name));
      token = page.metadata.continue ?? "";
    } while (token !== "");
    expect(names).toHaveLength(50_000);
    expect(names).toEqual([...new Set(names)].sort());
  });
});

describe("endings", () => {
  it("closing ends every connection, and a signal closes", async () => {
    const stop = new AbortController();
    await using other = await Rig.start({ signal: stop.signal });
    using watch = await other.watch(EVENTS);
    stop.abort();
    await watch.untilEnd();
    await expect(other.ask(EVENTS)).rejects.toThrow(/ECONNREFUSED/);
  });

  it("a signal that has aborted before leaves nothing running", async () => {
    await using other = await Rig.start({ signal: AbortSignal.abort() });
    await expect(other.ask(EVENTS)).rejects.toThrow();
  });

  it("a port that is taken is an error, with nothing left running", async () => {
    await expect(Rig.start({ port: rig.server.port })).rejects.toThrow(/EADDRINUSE/);
  });

  it("a fresh server has its namespaces and the definition of Hooks, and leaves alone what was there", async () => {
    const { items } = await rig.json("/api/v1/namespaces");
    const names = items.map((item: { metadata: { name: string } }) => item.metadata.name);
    expect(names).toEqual(["default", "kube-node-lease", "kube-public", "kube-system", "shop"]);
    expect((await rig.ask("/apis/apiextensions.k8s.io/v1/customresourcedefinitions/hooks.kagent.dev")).code).toBe(200);
  });
});

/** A field of protobuf that holds bytes. */
function bytes(number: number, value: Buffer): Buffer {
  const length: number[] = [];
  let rest = value.length;
  for (; rest > 0x7f; rest >>= 7) length.push((rest & 0x7f) | 0x80);
  return Buffer.concat([Buffer.from([(number << 3) | 2, ...length, rest]), value]);
}

function text(number: number, value: string): Buffer {
  return bytes(number, Buffer.from(value));
}

/** As Kubernetes wraps an object of version v1. */
function envelope(kind: string, raw: Buffer): Buffer {
  return Buffer.concat([Buffer.from("k8s\0"), bytes(1, Buffer.concat([text(1, "v1"), text(2, kind)])), bytes(2, raw)]);
}
