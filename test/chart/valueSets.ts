// The values that the chart is rendered with in the tests: each set is an installation that somebody would make.
// Together they use every branch of the templates.
import type { Values } from "./manifest.ts";

const MONITORING = {
  readers: [{ name: "prometheus-k8s", namespace: "monitoring" }],
  serviceMonitor: { enabled: true, labels: { release: "prometheus" }, interval: "15s" },
  prometheusRule: {
    enabled: true,
    labels: { release: "prometheus" },
    ruleLabels: { team: "platform" },
    disabled: ["KhookDown"],
  },
  dashboard: { enabled: true, annotations: { grafana_folder: "Kagent" } },
};

export const VALUE_SETS: Readonly<Record<string, Values>> = {
  defaults: {},
  "nothing kept": { store: { persistence: { enabled: false, size: "512Mi" }, retention: { size: "200MiB" } } },
  "a claim that there is": { store: { persistence: { existingClaim: "events-of-last-year" } } },
  "a volume of one's own": {
    store: {
      retention: { age: "90d", size: "20GiB" },
      persistence: {
        size: "50Gi",
        storageClass: "fast",
        accessModes: ["ReadWriteOncePod"],
        annotations: { backup: "nightly" },
      },
    },
  },
  "some namespaces": { watchNamespaces: ["shop", "billing"], clusterName: "eu-1" },
  "an Ingress": {
    ingress: {
      enabled: true,
      className: "nginx",
      annotations: { "nginx.ingress.kubernetes.io/proxy-read-timeout": "3600" },
      hosts: ["events.example.com", "events.example.org"],
      tls: [{ secretName: "events-tls", hosts: ["events.example.com"] }],
    },
    api: { graphql: { mode: "persisted", exposed: false } },
  },
  "an HTTPRoute": {
    httpRoute: {
      enabled: true,
      parentRefs: [{ name: "public", namespace: "gateways", sectionName: "https" }],
      hostnames: ["events.example.com"],
      annotations: { team: "platform" },
    },
  },
  "locked in": {
    networkPolicy: {
      enabled: true,
      apiFrom: [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "ui" } } }],
      metricsFrom: [{ podSelector: { matchLabels: { app: "prometheus" } } }],
      egress: {
        enabled: true,
        extra: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" } }], ports: [{ port: 4318, protocol: "TCP" }] }],
      },
    },
    pdb: { enabled: true },
  },
  monitored: { metrics: MONITORING },
  "monitored without a token": {
    auth: { modes: ["none"], allowUnauthenticated: true },
    metrics: { serviceMonitor: { enabled: true, authorization: { credentials: { name: "scraper", key: "token" } } } },
  },
  "OpenID Connect": {
    auth: {
      modes: ["oidc", "kubernetes"],
      audiences: ["khook-gateway"],
      streamQueryToken: true,
      oidc: {
        issuerUrl: "https://login.example.com/realms/dev",
        clientId: "khook-gateway",
        jwksUrl: "https://login.example.com/keys",
        caConfigMap: "login-ca",
        usernameClaim: "email",
        usernamePrefix: "-",
        groupsPrefix: "oidc:",
      },
    },
  },
  "behind a proxy, over TLS": {
    auth: {
      modes: ["proxy"],
      proxy: { trustedAddresses: ["10.244.0.0/16", "fd00::/8"], secretName: "proxy", userHeader: "Remote-User" },
    },
    tls: { secretName: "gateway-tls", clientCa: true, http2: true },
    metrics: { serviceMonitor: { enabled: true, tlsConfig: { insecureSkipVerify: true } } },
  },
  "held to rates": {
    api: { corsAllowedOrigins: ["https://ui.example.com"], allowedHosts: ["events.example.com"] },
    rateLimit: { requests: "50/s:200", cost: "off", streams: "60/m" },
    settings: { maxConnections: 2_000, maxRequestsInFlight: 100 },
  },
  "told by others": {
    webhook: { secretName: "webhooks" },
    eventMappings: [
      { eventSource: "alertmanager", eventType: "KubePodCrashLooping", internalType: "pod-restart" },
      {
        eventSource: "kubernetes",
        eventType: "NodeNotReady",
        internalType: "node-not-ready",
        kind: "Node",
        severity: "critical",
      },
    ],
    settings: { keepUnmatched: false, maxStreams: 500, streamMessageSize: "16KiB", khookMetricNames: true },
  },
  "placed and named": {
    fullnameOverride: "events",
    commonLabels: { team: "platform", "app.kubernetes.io/name": "not-this" },
    podLabels: { tier: "backend" },
    podAnnotations: { "sidecar.istio.io/inject": "false" },
    image: { registry: "", repository: "mirror.example.com/khook-gateway", digest: `sha256:${"a".repeat(64)}` },
    imagePullSecrets: [{ name: "mirror" }],
    nodeSelector: { "kubernetes.io/os": "linux" },
    tolerations: [{ key: "infra", operator: "Exists" }],
    affinity: {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchExpressions: [{ key: "infra", operator: "Exists" }] }],
        },
      },
    },
    topologySpreadConstraints: [
      { maxSkew: 1, topologyKey: "kubernetes.io/hostname", whenUnsatisfiable: "ScheduleAnyway" },
    ],
    priorityClassName: "infra",
    extraEnv: [{ name: "OTEL_EXPORTER_OTLP_ENDPOINT", value: "http://collector:4318" }],
    extraEnvFrom: [{ secretRef: { name: "otel" } }],
    extraVolumes: [{ name: "more", emptyDir: {} }],
    extraVolumeMounts: [{ name: "more", mountPath: "/more" }],
    serviceAccount: { annotations: { "eks.amazonaws.com/role-arn": "arn" } },
    rbac: { aggregateToView: true },
    service: { type: "LoadBalancer", annotations: { a: "b" }, labels: { c: "d" } },
    replicaCount: 0,
  },
  "rights by others": {
    rbac: { create: false },
    serviceAccount: { create: false, name: "made-elsewhere" },
    kagent: { apiUrl: "" },
    metrics: { enabled: false },
  },
  "in khook's pod": { sidecar: { enabled: true }, metrics: MONITORING, watchNamespaces: ["shop"] },
  "in khook's pod, nothing kept": {
    sidecar: { enabled: true, apply: true, deployment: "my-khook", serviceAccountName: "my-khook" },
    store: { persistence: { enabled: false } },
  },
};
