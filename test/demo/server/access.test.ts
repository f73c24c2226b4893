// Who may do what, and that it can change at any moment.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { Access, type Attributes, type Rule, type User } from "../../../src/demo/server/access.ts";
import { EVENTS, HOOKS, Rig, told } from "./rig.ts";

const viewer: User = { username: "viewer", groups: ["viewers", "system:authenticated"] };
const list = (namespace: string, resource = "events"): Attributes => ({
  verb: "list",
  group: "events.k8s.io",
  resource,
  namespace,
});

describe("rules", () => {
  it.each<[string, readonly Rule[], Attributes, boolean]>([
    ["nothing is allowed by itself", [], list("shop"), false],
    ["a rule without conditions allows everything", [{}], list("shop"), true],
    ["a rule for a group", [{ groups: ["viewers"] }], list("shop"), true],
    ["a rule for somebody else", [{ users: ["admin"] }], list("shop"), false],
    ["a namespace", [{ namespaces: ["shop"] }], list("shop"), true],
    ["a namespace does not mean all of them", [{ namespaces: ["shop"] }], list(""), false],
    ["all namespaces at once can be allowed alone", [{ namespaces: [""] }], list(""), true],
    ["a verb", [{ verbs: ["get"] }], list("shop"), false],
    ["a star", [{ verbs: ["*"], resources: ["*"], apiGroups: ["*"] }], list("shop"), true],
    ["the last line that fits decides: a denial", [{}, { effect: "deny", namespaces: ["shop"] }], list("shop"), false],
    [
      "the last line that fits decides: a permission",
      [{ effect: "deny" }, { resources: ["events"] }],
      list("shop"),
      true,
    ],
    [
      "a subresource is a resource of its own",
      [{ resources: ["hooks"] }],
      { verb: "update", group: "kagent.dev", resource: "hooks", subresource: "status", namespace: "shop" },
      false,
    ],
    ["a path", [{ nonResourceURLs: ["/metrics"] }], { verb: "get", path: "/metrics" }, true],
    ["a path with a star", [{ nonResourceURLs: ["/debug/*"] }], { verb: "get", path: "/debug/pprof" }, true],
    ["a rule of paths says nothing of resources", [{ nonResourceURLs: ["*"] }], list("shop"), false],
    ["everybody known may look at the server", [], { verb: "get", path: "/version" }, true],
  ])("%s", (_says, rules, attributes, allowed) => {
    const access = new Access();
    access.rules.push(...rules);
    expect(access.decide(viewer, attributes).allowed).toBe(allowed);
  });
});

describe("requests", () => {
  let rig: Rig;
  const asViewer = { headers: { Authorization: "Bearer viewer-token" } };
  beforeEach(async () => {
    rig = await Rig.start();
    rig.server.access.tokens.set("viewer-token", { user: viewer });
  });
  afterEach(() => rig[Symbol.asyncDispose]());

  it("a rule counts from the next request on, and an open watch outlives it", async () => {
    const { rules } = rig.server.access;
    expect((await rig.ask(EVENTS, asViewer)).code).toBe(403);
    rules.push({ users: ["viewer"], verbs: ["list", "watch"], resources: ["events"], namespaces: ["shop"] });
    expect((await rig.ask(EVENTS, asViewer)).code).toBe(200);
    expect((await rig.ask("/apis/events.k8s.io/v1/events", asViewer)).code).toBe(403);
    rules.pop();
    expect((await rig.ask(EVENTS, asViewer)).code).toBe(403);
  });

  it("403 comes before 404 and before 405", async () => {
    for (const path of [`${EVENTS}/none`, "/apis/none.example/v1/things", "/nonsense"]) {
      expect((await rig.ask(path, asViewer)).code).toBe(403);
      expect((await rig.ask(path)).code).toBe(404);
    }
  });

  it("asking for one by a field selector counts as asking for that one", async () => {
    rig.server.access.rules.push({ users: ["viewer"], resources: ["events"], names: ["mine"] });
    const code = async (name: string) =>
      (await rig.ask(`${EVENTS}?fieldSelector=metadata.name%3D${name}`, asViewer)).code;
    expect([await code("mine"), await code("other")]).toEqual([200, 403]);
  });

  it("a token taken off the table is 401 at once; none at all is let in only where that is wanted", async () => {
    rig.server.access.tokens.delete("viewer-token");
    expect((await rig.ask(EVENTS, asViewer)).code).toBe(401);
    const without = async () => (await fetch(`${rig.server.url}${EVENTS}`)).status;
    expect(await without()).toBe(200);
    rig.server.access.withoutToken = undefined;
    expect(await without()).toBe(401);
  });

  it("who may impersonate is seen as the other; who may not is told so", async () => {
    const asOther = (token: string) => ({ headers: { Authorization: `Bearer ${token}`, "Impersonate-User": "other" } });
    const refused = await rig.ask(HOOKS, asOther("viewer-token"));
    expect(refused.body.toString()).toContain('User \\"viewer\\" cannot impersonate resource \\"users\\"');
    rig.server.access.rules.push({ users: ["other"], resources: ["hooks"] });
    expect((await rig.ask(HOOKS, asOther("demo-admin-token"))).code).toBe(200);
  });

  it("an access review says what the table says, the reason too", async () => {
    const review = (namespace: string) =>
      rig.send("POST", "/apis/authorization.k8s.io/v1/subjectaccessreviews", {
        spec: {
          user: "viewer",
          resourceAttributes: { verb: "list", group: "kagent.dev", resource: "hooks", namespace },
        },
      });
    rig.server.access.rules.push({ users: ["viewer"], resources: ["hooks"], namespaces: ["shop"], reason: "because" });
    const status = async (namespace: string) => JSON.parse((await review(namespace)).body.toString()).status;
    expect(await status("shop")).toEqual({ allowed: true, reason: "because" });
    expect(await status("other")).toEqual({ allowed: false });
  });

  it("requests are recorded with who asked for what and what came of it, the latest thousand of them", async () => {
    await rig.ask(`${EVENTS}?limit=1`, asViewer);
    using watch = await rig.watch(HOOKS);
    expect(told(watch)).toEqual([]);
    const [first, second] = [...rig.server.requests];
    expect(first).toMatchObject({
      user: "viewer",
      verb: "list",
      resource: "events",
      namespace: "shop",
      code: 403,
      isOpen: false,
    });
    expect(second).toMatchObject({
      user: "kubernetes-admin",
      verb: "watch",
      resource: "hooks",
      code: 200,
      isOpen: true,
    });
  });
});
