// Where the cluster is and who we are there: a kubeconfig, the account of the pod we run in, or nothing.
// Having none is an ordinary answer with a reason, not an error: a cluster may come later.
import { existsSync } from "node:fs";
import { delimiter } from "node:path";
import { KubeConfig } from "@kubernetes/client-node";

export interface ClusterChoice {
  /** Kubeconfig files, joined like $KUBECONFIG; without them `~/.kube/config`, then the account of the pod. */
  readonly kubeconfig?: string | undefined;
  /** Without it the kubeconfig's current context. */
  readonly context?: string | undefined;
}

export type LoadedKubeConfig =
  | { readonly found: true; readonly config: KubeConfig; readonly target: ClusterTarget }
  | { readonly found: false; readonly reason: string };

export interface ClusterTarget {
  /** `https://host:port`, perhaps with a path. */
  readonly server: string;
  /** Name of the context, as a person would type it. */
  readonly context: string;
  /** Name of the cluster that the context names. */
  readonly cluster: string;
}

/** The name client-node gives the context it makes up when it found nothing. */
const MADE_UP_CONTEXT = "loaded-context";
const IN_CLUSTER_CONTEXT = "inClusterContext";

export function loadKubeConfig({ kubeconfig, context }: ClusterChoice): LoadedKubeConfig {
  try {
    const config = kubeconfig === undefined ? fromDefaults() : fromFiles(kubeconfig.split(delimiter).filter(Boolean));
    if (context !== undefined) config.setCurrentContext(context);
    return settle(config);
  } catch (error) {
    return { found: false, reason: messageOf(error) };
  }
}

/** As loadKubeConfig gives it, for a server that is known without any file. */
export function kubeConfigFor(server: string, token?: string): LoadedKubeConfig {
  const config = new KubeConfig();
  const user = token === undefined ? { name: "anonymous" } : { name: "bearer", token };
  config.loadFromClusterAndUser({ name: "given", server, skipTLSVerify: false }, user);
  config.contexts = config.contexts.map((context) => ({ ...context, name: "given" }));
  config.setCurrentContext("given");
  return settle(config);
}

function fromDefaults(): KubeConfig {
  const config = new KubeConfig();
  config.loadFromDefault();
  if (config.getCurrentContext() === MADE_UP_CONTEXT) {
    throw new Error("there is no kubeconfig, and this is not a pod with a service account");
  }
  return config;
}

/** Like kubectl: files that are missing do not matter as long as one is there; the first to name something wins. */
function fromFiles(files: readonly string[]): KubeConfig {
  const present = files.filter((file) => existsSync(file));
  if (present.length === 0) throw new Error(`kubeconfig ${files.join(", ")}: no such file`);
  const merged = new KubeConfig();
  for (const file of present) {
    const config = new KubeConfig();
    try {
      config.loadFromFile(file);
    } catch (error) {
      throw new Error(`kubeconfig ${file}: ${messageOf(error)}`, { cause: error });
    }
    merged.clusters = withNew(merged.clusters, config.clusters);
    merged.users = withNew(merged.users, config.users);
    merged.contexts = withNew(merged.contexts, config.contexts);
    merged.currentContext ||= config.currentContext;
  }
  return merged;
}

function withNew<T extends { readonly name: string }>(known: readonly T[], more: readonly T[]): T[] {
  return [...known, ...more.filter((item) => known.every((other) => other.name !== item.name))];
}

function settle(config: KubeConfig): LoadedKubeConfig {
  const name = config.getCurrentContext();
  if (!name) return { found: false, reason: "the kubeconfig has no current context" };
  const context = config.getContextObject(name);
  if (!context) {
    const names = config.getContexts().map((known) => known.name);
    return { found: false, reason: `context "${name}" is not in the kubeconfig; it has ${names.join(", ") || "none"}` };
  }
  const cluster = config.getCurrentCluster();
  if (!cluster)
    return { found: false, reason: `context "${name}" names cluster "${context.cluster}", which is not there` };

  // client-node applies a cluster's CA only together with a user, and takes plain http only from those who waive TLS.
  if (!config.getCurrentUser()) config.users = [...config.users, { name: context.user }];
  config.clusters = config.clusters.map((known) =>
    known.server.startsWith("http:") ? { ...known, skipTLSVerify: true } : known,
  );
  const inCluster = name === IN_CLUSTER_CONTEXT;
  return {
    found: true,
    config,
    target: {
      server: cluster.server,
      context: inCluster ? "in-cluster" : name,
      cluster: inCluster ? "in-cluster" : context.cluster,
    },
  };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
