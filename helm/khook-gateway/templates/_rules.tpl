{{/*
The rights that the gateway needs: each is used by a call that it makes, and each call has its right.
*/}}

{{/* What it watches: in all namespaces, or in some. */}}
{{- define "khook-gateway.watchRules" -}}
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [list, watch]
- apiGroups: [kagent.dev]
  resources: [hooks]
  verbs: [list, watch]
{{- end }}

{{/* What there is once in a cluster, or is looked for in all of it. */}}
{{- define "khook-gateway.clusterRules" -}}
# For health: khook's Lease, wherever khook is.
- apiGroups: [coordination.k8s.io]
  resources: [leases]
  resourceNames: [khook]
  verbs: [list]
# For judging manifests of hooks: the resource as it is installed, and which namespaces there are.
- apiGroups: [apiextensions.k8s.io]
  resources: [customresourcedefinitions]
  resourceNames: [hooks.kagent.dev]
  verbs: [get]
- apiGroups: [""]
  resources: [namespaces]
  verbs: [list]
{{- if has "kubernetes" .Values.auth.modes }}
# Who a caller is.
- apiGroups: [authentication.k8s.io]
  resources: [tokenreviews]
  verbs: [create]
{{- end }}
{{- if not (has "none" .Values.auth.modes) }}
# What a caller may see.
- apiGroups: [authorization.k8s.io]
  resources: [subjectaccessreviews]
  verbs: [create]
{{- end }}
{{- end }}

{{- define "khook-gateway.subjects" -}}
- kind: ServiceAccount
  name: {{ include "khook-gateway.serviceAccountName" . }}
  namespace: {{ .Release.Namespace }}
{{- end }}

{{/* Names of what has no namespace, or is in the namespaces of others: no two releases share one. */}}
{{- define "khook-gateway.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "khook-gateway.fullname" .) }}
{{- end }}
