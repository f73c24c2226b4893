// A kubeconfig for a running API server, for kubectl and for every client library.
// Promises plain HTTP, one context, and the token of one user (which kubectl keeps to itself over plain HTTP).
import { writeFile } from "node:fs/promises";
import { stringify } from "yaml";
import { ADMIN_TOKEN } from "./access.ts";

export interface KubeconfigOptions {
  readonly url: string;
  readonly token?: string;
  readonly cluster?: string;
  readonly namespace?: string;
}

export function kubeconfig(options: KubeconfigOptions): string {
  const { url, token = ADMIN_TOKEN, cluster = "khook-demo", namespace = "default" } = options;
  const user = `${cluster}-user`;
  return stringify({
    apiVersion: "v1",
    kind: "Config",
    // client-node wants to be told not to look for a certificate before it speaks plain HTTP.
    clusters: [{ name: cluster, cluster: { server: url, "insecure-skip-tls-verify": true } }],
    users: [{ name: user, user: { token } }],
    contexts: [{ name: cluster, context: { cluster, user, namespace } }],
    "current-context": cluster,
  });
}

/** Writes it so that only the owner can read it. */
export async function writeKubeconfig(path: string, options: KubeconfigOptions): Promise<void> {
  await writeFile(path, kubeconfig(options), { mode: 0o600 });
}
