// The official client library against our API server, through the kubeconfig we write.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import {
  ApiException,
  AuthenticationV1Api,
  AuthorizationV1Api,
  CustomObjectsApi,
  EventsV1Api,
  KubeConfig,
  VersionApi,
  Watch,
} from "@kubernetes/client-node";
import { afterEach, beforeEach, expect, it } from "vitest";
import { ADMIN_TOKEN } from "../../../src/demo/server/access.ts";
import { writeKubeconfig } from "../../../src/demo/server/kubeconfig.ts";
import { hook, Rig } from "./rig.ts";

let rig: Rig;
let folder: string;
const config = () => {
  const loaded = new KubeConfig();
  loaded.loadFromFile(join(folder, "kubeconfig"));
  return loaded;
};
beforeEach(async () => {
  rig = await Rig.start();
  rig.server.access.withoutToken = undefined;
  folder = await mkdtemp(join(tmpdir(), "client-node-"));
  await writeKubeconfig(join(folder, "kubeconfig"), { url: rig.server.url });
});
afterEach(async () => {
  await rig[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

const HOOKS = { group: "kagent.dev", version: "v1alpha2", namespace: "shop", plural: "hooks" } as const;

it("asks for the version, with its token", async () => {
  expect((await config().makeApiClient(VersionApi).getCode()).gitVersion).toBe("v1.36.2");
  expect([...rig.server.requests].at(-1)?.user).toBe("kubernetes-admin");
});

it("pages through Events", async () => {
  for (let index = 10; index < 22; index += 1) rig.event(`e${index}`);
  const api = config().makeApiClient(EventsV1Api);
  const names: (string | undefined)[] = [];
  let token: string | undefined;
  do {
    const page = await api.listEventForAllNamespaces({
      limit: 5,
      ...(token === undefined ? {} : { _continue: token }),
    });
    names.push(...page.items.map((item) => item.metadata?.name));
    token = page.metadata?._continue;
  } while (token !== undefined && token !== "");
  expect(names).toEqual(Array.from({ length: 12 }, (_, index) => `e${index + 10}`));
});

it("creates, changes and deletes Hooks, and is told what is wrong with one", async () => {
  const api = config().makeApiClient(CustomObjectsApi);
  const made = await api.createNamespacedCustomObject({ ...HOOKS, body: hook("h") });
  made.spec.eventConfigurations[0].prompt = "Stare.";
  const changed = await api.replaceNamespacedCustomObject({ ...HOOKS, name: "h", body: made });
  expect(changed.metadata.generation).toBe(2);
  await api.deleteNamespacedCustomObject({ ...HOOKS, name: "h" });
  const refused = api.createNamespacedCustomObject({ ...HOOKS, body: { ...hook("bad"), spec: {} } });
  await expect(refused).rejects.toThrow(ApiException);
  await expect(refused).rejects.toMatchObject({ code: 422 });
});

it("watches from where a list ended, across lines cut anywhere", async () => {
  rig.event("before", { message: "試験" });
  const from = (await config().makeApiClient(EventsV1Api).listEventForAllNamespaces()).metadata?.resourceVersion;
  rig.server.faults.add({ match: { verb: "watch" }, effect: { do: "split", sizes: [3] } });
  const told: string[] = [];
  let ended: (error: unknown) => void = () => {};
  const end = new Promise((resolve) => {
    ended = resolve;
  });
  await new Watch(config()).watch(
    "/apis/events.k8s.io/v1/events",
    { resourceVersion: from ?? "", timeoutSeconds: 1 },
    (type, object) => told.push(`${type} ${object.metadata.name} ${object.note}`),
    ended,
  );
  rig.event("after", { message: "naïve 試験" });
  rig.storage.delete("events", "shop", "before");
  expect(await end).toBeNull();
  expect(told).toEqual(["ADDED after naïve 試験", "DELETED before 試験"]);
});

it("reviews tokens and access", async () => {
  const reviewed = await config()
    .makeApiClient(AuthenticationV1Api)
    .createTokenReview({ body: { spec: { token: ADMIN_TOKEN } } });
  expect(reviewed.status?.user?.username).toBe("kubernetes-admin");
  const unknown = await config()
    .makeApiClient(AuthenticationV1Api)
    .createTokenReview({ body: { spec: { token: "unknown" } } });
  expect([unknown.status?.authenticated, unknown.status?.error]).toEqual([undefined, "invalid bearer token"]);
  const access = await config()
    .makeApiClient(AuthorizationV1Api)
    .createSubjectAccessReview({
      body: { spec: { user: "nobody", nonResourceAttributes: { path: "/metrics", verb: "get" } } },
    });
  expect(access.status?.allowed).toBe(false);
});
