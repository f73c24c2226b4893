{{/*
What values.schema.json cannot say: values that do not go together. Each fault says what would be right.
*/}}

{{- define "khook-gateway.checks" -}}
{{- $modes := .Values.auth.modes }}
{{- $proxy := .Values.auth.proxy }}
{{- if and (has "none" $modes) (gt (len $modes) 1) }}
{{- fail "auth.modes: none must not stand beside others: then whoever says nothing would see everything" }}
{{- end }}
{{- if and (has "none" $modes) (not .Values.auth.allowUnauthenticated) }}
{{- fail "auth.modes: with none everybody who reaches the gateway sees everything; say auth.allowUnauthenticated=true if that is meant, else use kubernetes" }}
{{- end }}
{{- if and (has "oidc" $modes) (not (and .Values.auth.oidc.issuerUrl .Values.auth.oidc.clientId)) }}
{{- fail "auth.modes: oidc needs auth.oidc.issuerUrl and auth.oidc.clientId" }}
{{- end }}
{{- if and (has "proxy" $modes) (not $proxy.trustedAddresses) }}
{{- fail "auth.modes: proxy needs auth.proxy.trustedAddresses, the addresses that it connects from" }}
{{- end }}
{{- if and (has "proxy" $modes) (not (or $proxy.secretName .Values.tls.clientCa)) }}
{{- fail "auth.modes: proxy needs a proof of the proxy: auth.proxy.secretName, or its certificate by tls.clientCa" }}
{{- end }}
{{- if and (or .Values.tls.clientCa .Values.tls.http2) (not .Values.tls.secretName) }}
{{- fail "tls.clientCa and tls.http2 need tls.secretName" }}
{{- end }}
{{- if and .Values.ingress.enabled (not .Values.ingress.hosts) }}
{{- fail "ingress.enabled needs ingress.hosts, such as [events.example.com]" }}
{{- end }}
{{- if and .Values.httpRoute.enabled (not .Values.httpRoute.parentRefs) }}
{{- fail "httpRoute.enabled needs httpRoute.parentRefs, such as [{name: my-gateway, namespace: gateways}]" }}
{{- end }}
{{- if and (or .Values.ingress.enabled .Values.httpRoute.enabled) (not (or .Values.api.graphql.exposed .Values.api.rest.exposed)) }}
{{- fail "an Ingress or HTTPRoute needs api.graphql.exposed or api.rest.exposed to lead to" }}
{{- end }}
{{- $monitoring := or .Values.metrics.serviceMonitor.enabled .Values.metrics.prometheusRule.enabled .Values.metrics.dashboard.enabled }}
{{- if and $monitoring (not .Values.metrics.enabled) }}
{{- fail "metrics.serviceMonitor, metrics.prometheusRule and metrics.dashboard need metrics.enabled" }}
{{- end }}
{{- if and .Values.sidecar.enabled (or .Values.networkPolicy.enabled .Values.pdb.enabled) }}
{{- fail "networkPolicy and pdb would be for all of khook's pod: with sidecar.enabled they are khook's to have" }}
{{- end }}
{{- $ports := list .Values.api.port (include "khook-gateway.probePort" . | int) }}
{{- if .Values.metrics.enabled }}{{ $ports = append $ports (include "khook-gateway.metricsPort" . | int) }}{{ end }}
{{- range $i, $port := $ports }}
{{- range slice $ports 0 $i }}{{ if eq (int .) (int $port) }}
{{- fail (printf "the ports of the API, of metrics and of the probes must differ: two of them are %d" (int $port)) }}
{{- end }}{{ end }}
{{- end }}
{{- end }}
