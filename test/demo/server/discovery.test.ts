// What the server says it serves, and that it serves it.
import { afterAll, beforeAll, expect, it } from "vitest";
import { recording } from "./recording.ts";
import { Rig } from "./rig.ts";

let rig: Rig;
beforeAll(async () => {
  rig = await Rig.start();
});
afterAll(() => rig[Symbol.asyncDispose]());

interface Group {
  readonly name: string;
  readonly preferredVersion: { readonly groupVersion: string };
}
interface Listed {
  readonly name: string;
  readonly namespaced: boolean;
  readonly verbs: readonly string[];
}

it("003: the groups that are here are described and ordered as by a real server", async () => {
  const recorded: { groups: Group[] } = JSON.parse(recording("003").response.body.toString());
  const { groups }: { groups: Group[] } = await rig.json("/apis");
  const names = new Set(groups.map(({ name }) => name));
  const theirs = recorded.groups.filter(({ name }) => names.has(name));
  // The recording was made before there were Hooks.
  expect(groups.filter(({ name }) => name !== "kagent.dev")).toEqual(theirs);
  expect(theirs).toHaveLength(5);
  expect(await rig.json("/apis/kagent.dev")).toMatchObject({ kind: "APIGroup", name: "kagent.dev" });
});

it("everything listed can be listed or created, and nothing else is", async () => {
  const { groups }: { groups: Group[] } = await rig.json("/apis");
  const versions = ["/api/v1", ...groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  for (const version of versions) {
    const { resources }: { resources: Listed[] } = await rig.json(version);
    for (const { name, verbs } of resources.filter((resource) => !resource.name.includes("/"))) {
      const path = `${version}/${name}`;
      expect((await rig.ask(path)).code, path).toBe(verbs.includes("list") ? 200 : 405);
    }
  }
});

it("aggregated discovery is not spoken: who asks for it gets the plain one, as from an older server", async () => {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  const answer = await rig.ask("/apis", { headers: { Accept: accept } });
  expect(answer.headers["content-type"]).toEqual(["application/json"]);
  expect(JSON.parse(answer.body.toString()).kind).toBe("APIGroupList");
});

it("the schemas of Hooks can be had in both versions of OpenAPI", async () => {
  const { paths } = await rig.json("/openapi/v3");
  const hooks = paths["apis/kagent.dev/v1alpha2"];
  const document = await rig.json(hooks.serverRelativeURL);
  expect(document.openapi).toMatch(/^3\./);
  expect(JSON.stringify(document)).toContain("eventConfigurations");
  expect(await rig.json("/openapi/v2")).toMatchObject({ swagger: "2.0" });
  expect((await rig.ask("/openapi/v3/apis/none/v1")).code).toBe(404);
});

it.each(["/readyz", "/livez", "/healthz"])("%s is ok", async (path) => {
  expect((await rig.ask(path)).body.toString()).toBe("ok");
  expect((await rig.ask(`${path}?verbose`)).body.toString()).toMatch(/^\[\+\]ping ok\n.*check passed\n$/s);
});
