// What the server says about itself: version, health, groups, resources.
// Promises plain (not aggregated) discovery, which every client falls back to, and only what is really served.
import type { ApiResource } from "./resources.ts";
import { apiVersionOf } from "./resources.ts";

/** Groups in the order a real server lists them; the first group is the core. */
const GROUPS: readonly {
  readonly name: string;
  readonly versions: readonly string[];
  readonly reviews: readonly Review[];
}[] = [
  { name: "events.k8s.io", versions: ["v1"], reviews: [] },
  {
    name: "authentication.k8s.io",
    versions: ["v1"],
    reviews: [
      { name: "selfsubjectreviews", kind: "SelfSubjectReview", namespaced: false },
      { name: "tokenreviews", kind: "TokenReview", namespaced: false },
    ],
  },
  {
    name: "authorization.k8s.io",
    versions: ["v1"],
    reviews: [
      { name: "localsubjectaccessreviews", kind: "LocalSubjectAccessReview", namespaced: true },
      { name: "selfsubjectaccessreviews", kind: "SelfSubjectAccessReview", namespaced: false },
      { name: "selfsubjectrulesreviews", kind: "SelfSubjectRulesReview", namespaced: false },
      { name: "subjectaccessreviews", kind: "SubjectAccessReview", namespaced: false },
    ],
  },
  { name: "apiextensions.k8s.io", versions: ["v1"], reviews: [] },
  { name: "coordination.k8s.io", versions: ["v1"], reviews: [] },
  { name: "kagent.dev", versions: ["v1alpha2"], reviews: [] },
];

interface Review {
  readonly name: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

const VERSION = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.2",
  gitCommit: "98b35193b2ac7a23a673325f5e9b830ecd5ba406",
  gitTreeState: "clean",
  buildDate: "2026-08-21T11:29:11Z",
  goVersion: "go1.26.10",
  compiler: "gc",
  platform: "linux/amd64",
};

/** Indented: the one JSON answer meant for people as well. */
export function versionBody(): string {
  return JSON.stringify(VERSION, null, 2);
}

export function apiVersions(host: string): unknown {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: host }],
  };
}

export function apiGroups(served: readonly ApiResource[]): unknown {
  const groups = GROUPS.filter((group) => isServed(group, served)).map(describe);
  return { kind: "APIGroupList", apiVersion: "v1", groups };
}

export function apiGroup(name: string, served: readonly ApiResource[]): unknown {
  const group = GROUPS.find((candidate) => candidate.name === name);
  if (group === undefined || !isServed(group, served)) return undefined;
  return { kind: "APIGroup", apiVersion: "v1", ...describe(group) };
}

/** The resources of one group and version, or undefined when there is none of the name. */
export function apiResources(group: string, version: string, served: readonly ApiResource[]): unknown {
  const rows = served.filter((row) => row.group === group && row.version === version);
  const reviews = GROUPS.find((known) => known.name === group && known.versions.includes(version))?.reviews ?? [];
  if (rows.length === 0 && reviews.length === 0) return undefined;
  return {
    kind: "APIResourceList",
    apiVersion: "v1",
    groupVersion: apiVersionOf({ group, version }),
    resources: [
      ...rows.flatMap(resourceEntries),
      ...reviews.map(({ name, kind, namespaced }) => ({
        name,
        singularName: kind.toLowerCase(),
        namespaced,
        kind,
        verbs: ["create"],
      })),
    ],
  };
}

function resourceEntries(row: ApiResource): unknown[] {
  const { plural, singular, namespaced, kind, verbs, shortNames, categories, storageVersionHash } = row;
  return [
    {
      name: plural,
      singularName: singular,
      namespaced,
      kind,
      verbs,
      ...(shortNames === undefined ? {} : { shortNames }),
      ...(categories === undefined ? {} : { categories }),
      ...(storageVersionHash === undefined ? {} : { storageVersionHash }),
    },
    ...row.subresources.map((subresource) => ({
      name: `${plural}/${subresource}`,
      singularName: "",
      namespaced,
      kind,
      verbs: subresource === "finalize" ? ["update"] : ["get", "patch", "update"],
    })),
  ];
}

function isServed(group: (typeof GROUPS)[number], served: readonly ApiResource[]): boolean {
  return group.reviews.length > 0 || served.some((row) => row.group === group.name);
}

function describe(group: (typeof GROUPS)[number]): Record<string, unknown> {
  const versions = group.versions.map((version) => ({ groupVersion: `${group.name}/${version}`, version }));
  return { name: group.name, versions, preferredVersion: versions[0] };
}

const CHECKS = [
  "poststarthook/start-apiserver-admission-initializer",
  "poststarthook/generic-apiserver-start-informers",
  "poststarthook/priority-and-fairness-config-consumer",
  "poststarthook/priority-and-fairness-filter",
  "poststarthook/storage-object-count-tracker-hook",
  "poststarthook/start-apiextensions-informers",
  "poststarthook/start-apiextensions-controllers",
  "poststarthook/crd-informer-synced",
  "poststarthook/start-system-namespaces-controller",
  "poststarthook/peer-endpoint-reconciler-controller",
  "poststarthook/start-cluster-authentication-info-controller",
  "poststarthook/start-kube-apiserver-identity-lease-controller",
  "poststarthook/start-kube-apiserver-identity-lease-garbage-collector",
  "poststarthook/storage-readiness",
  "poststarthook/start-legacy-token-tracking-controller",
  "poststarthook/start-service-ip-repair-controllers",
  "poststarthook/rbac/bootstrap-roles",
  "poststarthook/scheduling/bootstrap-system-priority-classes",
  "poststarthook/priority-and-fairness-config-producer",
  "poststarthook/bootstrap-controller",
  "poststarthook/start-kubernetes-service-cidr-controller",
  "poststarthook/start-kube-aggregator-informers",
  "poststarthook/apiservice-status-local-available-controller",
  "poststarthook/apiservice-status-remote-available-controller",
  "poststarthook/apiservice-registration-controller",
  "poststarthook/apiservice-wait-for-first-sync",
  "poststarthook/apiservice-discovery-controller",
  "poststarthook/kube-apiserver-autoregistration",
  "autoregister-completion",
  "poststarthook/apiservice-openapi-controller",
  "poststarthook/apiservice-openapiv3-controller",
];

/** `ok`, or every check by name when asked verbosely. Undefined for a path that is no health check. */
export function healthBody(path: string, isVerbose: boolean): string | undefined {
  const name = /^\/(readyz|livez|healthz)\/?$/.exec(path)?.[1];
  if (name === undefined) return undefined;
  if (!isVerbose) return "ok";
  const first = name === "readyz" ? ["informer-sync"] : ["loopback-serving-certificate", "etcd"];
  const checks = ["ping", "log", ...first, ...CHECKS, ...(name === "readyz" ? ["shutdown"] : [])];
  return `${checks.map((check) => `[+]${check} ok\n`).join("")}${name} check passed\n`;
}
