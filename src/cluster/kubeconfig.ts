// Where the cluster is and who we are there: a kubeconfig, the account of the pod we run in, or nothing.
// Having none is an ordinary answer with a reason, not an error: a cluster may come later.
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join } from "node:path";
// Only this part of client-node: the whole of it, with its generated API, costs 80 MB and a second of start.
import {
  type Cluster,
  type Context,
  newClusters,
  newContexts,
  newUsers,
  type User,
} from "@kubernetes/client-node/dist/config_types.js";
import { parse } from "yaml";
import { asList, asObject, asWord, type JsonObject } from "./json.ts";

export interface ClusterChoice {
  /** Kubeconfig files, joined like $KUBECONFIG; without them `~/.kube/config`, then the account of the pod. */
  readonly kubeconfig?: string | undefined;
  /** Without it the kubeconfig's current context. */
  readonly context?: string | undefined;
  /** The environment of a pod, for KUBERNETES_SERVICE_HOST and _PORT; without them the API server's name in DNS. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Where a pod finds its account; default: where Kubernetes puts it. */
  readonly serviceAccount?: string;
}

export type LoadedKubeConfig =
  | { readonly found: true; readonly cluster: Cluster; readonly user: User; readonly target: ClusterTarget }
  | { readonly found: false; readonly reason: string };

export interface ClusterTarget {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Name of the context, as a person would type it. */
  readonly context: string;
  /** Name of the cluster that the context names. */
  readonly cluster: string;
}

interface Parts {
  readonly clusters: readonly Cluster[];
  readonly users: readonly User[];
  readonly contexts: readonly Context[];
  readonly current: string | undefined;
}

const SERVICE_ACCOUNT = "/var/run/secrets/kubernetes.io/serviceaccount";

export function loadKubeConfig(choice: ClusterChoice): LoadedKubeConfig {
  const { kubeconfig, context, env = {}, serviceAccount = SERVICE_ACCOUNT } = choice;
  try {
    if (kubeconfig !== undefined) return choose(fromFiles(kubeconfig.split(delimiter).filter(Boolean)), context);
    const usual = join(homedir(), ".kube", "config");
    if (existsSync(usual)) return choose(fromFiles([usual]), context);
    return fromPod(env, serviceAccount);
  } catch (error) {
    return { found: false, reason: messageOf(error) };
  }
}

/** As loadKubeConfig gives it, for a server that is known without any file. */
export function kubeConfigFor(server: string, token?: string): LoadedKubeConfig {
  return {
    found: true,
    cluster: { name: "given", server, skipTLSVerify: false },
    user: token === undefined ? { name: "given" } : { name: "given", token },
    target: { server, context: "given", cluster: "given" },
  };
}

function fromPod(env: Readonly<Record<string, string | undefined>>, serviceAccount: string): LoadedKubeConfig {
  const tokenFile = join(serviceAccount, "token");
  const host = env.KUBERNETES_SERVICE_HOST || "kubernetes.default.svc";
  const port = env.KUBERNETES_SERVICE_PORT || "443";
  if (!existsSync(tokenFile)) {
    return { found: false, reason: "there is no kubeconfig, and this is not a pod with a service account" };
  }
  const server = `https://${host.includes(":") ? `[${host}]` : host}:${port}`;
  return {
    found: true,
    cluster: { name: "in-cluster", server, caFile: join(serviceAccount, "ca.crt"), skipTLSVerify: false },
    user: { name: "in-cluster", authProvider: { name: "tokenFile", config: { tokenFile } } },
    target: { server, context: "in-cluster", cluster: "in-cluster" },
  };
}

/** Like kubectl: files that are missing do not matter as long as one is there; the first to name something wins. */
function fromFiles(files: readonly string[]): Parts {
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) throw new Error(`kubeconfig ${files.join(", ")}: no such file`);
  const parts = present.map((file) => {
    try {
      return fromFile(file);
    } catch (error) {
      throw new Error(`kubeconfig ${file}: ${messageOf(error)}`, { cause: error });
    }
  });
  return {
    clusters: firstOfName(parts.flatMap(({ clusters }) => clusters)),
    users: firstOfName(parts.flatMap(({ users }) => users)),
    contexts: firstOfName(parts.flatMap(({ contexts }) => contexts)),
    current: parts.find(({ current }) => current !== undefined)?.current,
  };
}

/** Paths in a kubeconfig are relative to it. */
function fromFile(file: string): Parts {
  const content = asObject(parse(readFileSync(file, "utf8")));
  if (!content) throw new Error("holds no configuration");
  const beside = (path: string): string => (isAbsolute(path) ? path : join(dirname(file), path));
  const users = newUsers(content.users).map((user) => withPaths(user, rawUser(content, user.name), beside));
  return {
    clusters: newClusters(content.clusters).map((cluster) =>
      cluster.caFile ? { ...cluster, caFile: beside(cluster.caFile) } : cluster,
    ),
    users,
    contexts: newContexts(content.contexts),
    current: asWord(content["current-context"]),
  };
}

function withPaths(user: User, raw: JsonObject | undefined, beside: (path: string) => string): User {
  const tokenFile = asWord(raw?.tokenFile); // which client-node does not read
  const command = asWord(asObject(raw?.exec)?.command);
  return {
    ...user,
    ...(user.certFile ? { certFile: beside(user.certFile) } : {}),
    ...(user.keyFile ? { keyFile: beside(user.keyFile) } : {}),
    ...(tokenFile === undefined
      ? {}
      : { authProvider: { name: "tokenFile", config: { tokenFile: beside(tokenFile) } } }),
    ...(command?.includes("/") ? { exec: { ...user.exec, command: beside(command) } } : {}),
  };
}

function rawUser(content: JsonObject, name: string): JsonObject | undefined {
  return asObject(
    asList(content.users)
      .map(asObject)
      .find((entry) => entry?.name === name)?.user,
  );
}

function choose({ clusters, users, contexts, current }: Parts, asked: string | undefined): LoadedKubeConfig {
  const name = asked ?? current;
  if (name === undefined) return { found: false, reason: "the kubeconfig has no current context" };
  const context = contexts.find((known) => known.name === name);
  if (!context) {
    const names = contexts.map((known) => known.name).join(", ") || "none";
    return { found: false, reason: `context "${name}" is not in the kubeconfig; it has ${names}` };
  }
  const cluster = clusters.find((known) => known.name === context.cluster);
  if (!cluster) {
    return { found: false, reason: `context "${name}" names cluster "${context.cluster}", which is not there` };
  }
  const user = users.find((known) => known.name === context.user) ?? { name: context.user };
  return { found: true, cluster, user, target: { server: cluster.server, context: name, cluster: cluster.name } };
}

function firstOfName<T extends { readonly name: string }>(items: readonly T[]): readonly T[] {
  return items.filter((item, index) => items.findIndex((other) => other.name === item.name) === index);
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
