// The real helm, on our chart. Without one on this machine its tests say so loudly and are skipped.
// $KHOOK_GATEWAY_TEST_HELM names one; else it is looked for on the PATH. It asks no cluster and keeps nothing.
import { execFile, spawnSync } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { parseAllDocuments, stringify } from "yaml";
import { asManifest, type Manifest, type Values } from "./manifest.ts";

const HELM = process.env.KHOOK_GATEWAY_TEST_HELM ?? "helm";
export const CHART = fileURLToPath(new URL("../../helm/khook-gateway", import.meta.url));
/** As helm and Kubernetes read YAML: there `off` and `yes` are no texts. */
const GO = { version: "1.1" } as const;
export const RELEASE = { name: "events", namespace: "khook" } as const;

export const hasHelm = spawnSync(HELM, ["version"], { stdio: "ignore" }).status === 0;
if (!hasHelm) {
  console.warn(`NOT TESTED WITH HELM: there is no ${HELM} on this machine (KHOOK_GATEWAY_TEST_HELM names one).`);
}

export interface Ran {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Rejects when there is no helm; that helm refuses something is an answer. */
export async function helm(...args: readonly string[]): Promise<Ran> {
  const home = await mkdtemp(join(tmpdir(), "helm-"));
  const env = { PATH: process.env.PATH ?? "", HOME: home, KUBECONFIG: join(home, "none") };
  try {
    const { stdout, stderr } = await promisify(execFile)(HELM, args, { env, maxBuffer: 2 ** 26 });
    return { ok: true, stdout, stderr };
  } catch (error) {
    if (error instanceof Error && "stderr" in error && "stdout" in error && "code" in error && error.code === 1) {
      return { ok: false, stdout: String(error.stdout), stderr: String(error.stderr) };
    }
    throw error;
  } finally {
    await rm(home, { recursive: true, force: true });
  }
}

/** `command` with these values in a file, as a user gives them. */
export async function withValues(command: "lint" | "template", values: Values, ...more: string[]): Promise<Ran> {
  const directory = await mkdtemp(join(tmpdir(), "values-"));
  try {
    const file = join(directory, "values.yaml");
    await writeFile(file, stringify(values, GO));
    const about = command === "template" ? [RELEASE.name, CHART, "--namespace", RELEASE.namespace] : [CHART];
    return await helm(command, ...about, "--values", file, ...more);
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}

/** Throws what helm says when it refuses. */
export async function rendered(values: Values = {}): Promise<readonly Manifest[]> {
  const { ok, stdout, stderr } = await withValues("template", values);
  if (!ok) throw new Error(stderr);
  return parseAllDocuments(stdout, GO).flatMap((document) => {
    const [fault] = document.errors;
    if (fault) throw fault;
    const value: unknown = document.toJS();
    return value === null ? [] : [asManifest(value)];
  });
}
