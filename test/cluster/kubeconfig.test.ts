import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { kubeConfigFor, loadKubeConfig } from "../../src/cluster/kubeconfig.ts";

const directory = mkdtempSync(join(tmpdir(), "khook-gateway-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

function config(context: string, server: string, current = context): string {
  return JSON.stringify({
    clusters: [{ name: `${context}-cluster`, cluster: { server } }],
    users: [{ name: `${context}-user`, user: { token: context } }],
    contexts: [{ name: context, context: { cluster: `${context}-cluster`, user: `${context}-user` } }],
    "current-context": current,
  });
}

const ONE = file("one", config("kind-one", "https://one.example:6443"));
const TWO = file("two", config("kind-two", "https://two.example:6443"));

test("the current context says where the cluster is", () => {
  expect(loadKubeConfig({ kubeconfig: ONE })).toMatchObject({
    found: true,
    target: { server: "https://one.example:6443", context: "kind-one", cluster: "kind-one-cluster" },
  });
});

test("several files are one, the first that says something wins, and a missing one does not matter", () => {
  const kubeconfig = [join(directory, "none"), ONE, TWO].join(delimiter);
  expect(loadKubeConfig({ kubeconfig })).toMatchObject({ target: { context: "kind-one" } });
  expect(loadKubeConfig({ kubeconfig, context: "kind-two" })).toMatchObject({
    target: { server: "https://two.example:6443", context: "kind-two" },
  });
});

test.each([
  [{ kubeconfig: join(directory, "none") }, /^kubeconfig .*none: no such file$/],
  [{ kubeconfig: ONE, context: "prod" }, /^context "prod" is not in the kubeconfig; it has kind-one$/],
  [{ kubeconfig: file("empty", "{}") }, /^the kubeconfig has no current context$/],
  [{ kubeconfig: file("blank", "") }, /^kubeconfig .*blank: /],
  [{ kubeconfig: file("broken", "a: [") }, /^kubeconfig .*broken: /],
  [
    {
      kubeconfig: file(
        "dangling",
        JSON.stringify({ contexts: [{ name: "x", context: { cluster: "c", user: "u" } }], "current-context": "x" }),
      ),
    },
    /^context "x" names cluster "c", which is not there$/,
  ],
])("what cannot be used is an answer with a reason, not an error: %j", (choice, reason) => {
  const loaded = loadKubeConfig(choice);
  expect(loaded.found).toBe(false);
  expect(loaded.found ? "" : loaded.reason).toMatch(reason);
});

test("a server may be given without any file", () => {
  expect(kubeConfigFor("http://127.0.0.1:1234", "t")).toMatchObject({
    found: true,
    target: { server: "http://127.0.0.1:1234", context: "given", cluster: "given" },
  });
});

test("in a pod the account of the pod is used", () => {
  const serviceAccount = mkdtempSync(join(directory, "account-"));
  writeFileSync(join(serviceAccount, "token"), "t");
  const env = { KUBERNETES_SERVICE_HOST: "fd00::1", KUBERNETES_SERVICE_PORT: "443" };
  const home = process.env.HOME;
  process.env.HOME = directory; // where there is no .kube
  try {
    expect(loadKubeConfig({ env, serviceAccount })).toMatchObject({
      target: { server: "https://[fd00::1]:443", context: "in-cluster", cluster: "in-cluster" },
      cluster: { caFile: join(serviceAccount, "ca.crt") },
    });
    const nowhere = { found: false, reason: "there is no kubeconfig, and this is not a pod with a service account" };
    expect(loadKubeConfig({ serviceAccount })).toMatchObject({
      target: { server: "https://kubernetes.default.svc:443" },
    });
    expect(loadKubeConfig({ env, serviceAccount: join(directory, "none") })).toEqual(nowhere);
  } finally {
    process.env.HOME = home;
  }
});

test("paths in a kubeconfig are relative to it", () => {
  const cluster = { server: "https://x", "certificate-authority": "ca.crt" };
  const user = { tokenFile: "token", exec: { apiVersion: "v1", command: "./login" }, "client-certificate": "/abs/crt" };
  const kubeconfig = file(
    "relative",
    JSON.stringify({
      clusters: [{ name: "c", cluster }],
      users: [{ name: "u", user }],
      contexts: [{ name: "x", context: { cluster: "c", user: "u" } }],
      "current-context": "x",
    }),
  );
  expect(loadKubeConfig({ kubeconfig })).toMatchObject({
    cluster: { caFile: join(directory, "ca.crt") },
    user: {
      certFile: "/abs/crt",
      authProvider: { config: { tokenFile: join(directory, "token") } },
      exec: { command: join(directory, "login") },
    },
  });
});
