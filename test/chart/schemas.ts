// Kubernetes' own schemas, and those of the kinds of others that the chart makes, as packages of npm bring them along.
// A field that no schema has is a fault too: their validators look at every field they know, and are watched while they do.
import type { Manifest } from "./manifest.ts";

const MODULES = new URL("../../node_modules/", import.meta.url);
const CORE = "kubernetes-models/_schemas/IoK8sApi";
const MONITORING =
  "@kubernetes-models/prometheus-operator/_schemas/ComGithubPrometheusOperatorPrometheusOperatorPkgApisMonitoringV1";

/** By apiVersion and kind, the file that holds its validator. */
const SCHEMAS: Readonly<Record<string, string>> = {
  "v1 ConfigMap": `${CORE}CoreV1ConfigMap.js`,
  "v1 PersistentVolumeClaim": `${CORE}CoreV1PersistentVolumeClaim.js`,
  "v1 Service": `${CORE}CoreV1Service.js`,
  "v1 ServiceAccount": `${CORE}CoreV1ServiceAccount.js`,
  "apps/v1 Deployment": `${CORE}AppsV1Deployment.js`,
  "apps/v1 StatefulSet": `${CORE}AppsV1StatefulSet.js`,
  "batch/v1 Job": `${CORE}BatchV1Job.js`,
  "networking.k8s.io/v1 Ingress": `${CORE}NetworkingV1Ingress.js`,
  "networking.k8s.io/v1 NetworkPolicy": `${CORE}NetworkingV1NetworkPolicy.js`,
  "policy/v1 PodDisruptionBudget": `${CORE}PolicyV1PodDisruptionBudget.js`,
  "rbac.authorization.k8s.io/v1 ClusterRole": `${CORE}RbacV1ClusterRole.js`,
  "rbac.authorization.k8s.io/v1 ClusterRoleBinding": `${CORE}RbacV1ClusterRoleBinding.js`,
  "rbac.authorization.k8s.io/v1 Role": `${CORE}RbacV1Role.js`,
  "rbac.authorization.k8s.io/v1 RoleBinding": `${CORE}RbacV1RoleBinding.js`,
  "gateway.networking.k8s.io/v1 HTTPRoute":
    "@kubernetes-models/gateway-api/_schemas/IoK8sSigsGatewayApiApisV1HTTPRoute.js",
  "monitoring.coreos.com/v1 PrometheusRule": `${MONITORING}PrometheusRule.js`,
  "monitoring.coreos.com/v1 ServiceMonitor": `${MONITORING}ServiceMonitor.js`,
};

interface Fault {
  readonly instancePath: string;
  readonly message?: string;
  readonly keyword: string;
  readonly params: unknown;
}

interface Validator {
  (data: unknown): boolean;
  readonly errors: readonly Fault[] | null;
}

/** Everything that is wrong with it; nothing when all is well. */
export async function schemaFaults(manifest: Manifest): Promise<readonly string[]> {
  const about = `${manifest.apiVersion} ${manifest.kind}`;
  const file = SCHEMAS[about];
  if (file === undefined) return [`there is no schema for ${about}`];
  const { validate } = (await import(new URL(file, MODULES).href)) as { readonly validate: Validator }; // as the packages have it
  const looks = new Looks();
  const isValid = validate(looks.watch(manifest, ""));
  const faults = (validate.errors ?? []).map(
    ({ instancePath, message, keyword, params }) => `${instancePath} ${message ?? keyword} ${JSON.stringify(params)}`,
  );
  if (!isValid) return faults;
  return looks.unseen().map((path) => `${path} is no field of ${about}`);
}

/** Which fields of something have been looked at. */
class Looks {
  readonly #seen: { readonly path: string; readonly value: object; readonly keys: Set<PropertyKey> }[] = [];

  watch(value: unknown, path: string): unknown {
    if (typeof value !== "object" || value === null) return value;
    const keys = new Set<PropertyKey>();
    const inner = new Map<PropertyKey, unknown>();
    this.#seen.push({ path, value, keys });
    return new Proxy(value, {
      get: (target, key, receiver) => {
        keys.add(key);
        if (!inner.has(key)) inner.set(key, this.watch(Reflect.get(target, key, receiver), `${path}/${String(key)}`));
        return inner.get(key);
      },
    });
  }

  unseen(): readonly string[] {
    return this.#seen.flatMap(({ path, value, keys }) =>
      Object.keys(value).flatMap((key) => (keys.has(key) ? [] : [`${path}/${key}`])),
    );
  }
}
