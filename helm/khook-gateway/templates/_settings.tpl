{{/*
The gateway's configuration, from the values: what the pod has to agree with as flags, which win over all else, and the rest
in its own file. It refuses a key that it does not know, and so does the schema of the values.
*/}}

{{- define "khook-gateway.flags" -}}
- --config=/etc/khook-gateway/settings/config.yaml
- --data-dir=/data
- --host={{ .Values.api.host }}
- --port={{ .Values.api.port }}
- --metrics-bind-address={{ ternary (printf ":%s" (include "khook-gateway.metricsPort" .)) "0" .Values.metrics.enabled }}
- --health-probe-bind-address=:{{ include "khook-gateway.probePort" . }}
{{- end }}

{{- define "khook-gateway.settings" -}}
{{- $settings := include "khook-gateway.ownSettings" . | fromYaml }}
{{- mergeOverwrite $settings .Values.settings | toYaml }}
{{- end }}

{{- define "khook-gateway.ownSettings" -}}
logLevel: {{ .Values.controller.logLevel | quote }}
dedupWindow: {{ printf "%dm" (int .Values.controller.deduplication.timeoutMinutes) }}
controllerStallTimeout: {{ .Values.controller.stallTimeout | quote }}
retentionAge: {{ .Values.store.retention.age | quote }}
retentionSize: {{ .Values.store.retention.size | quote }}
shutdownDelay: {{ .Values.shutdown.delay | quote }}
shutdownGrace: {{ .Values.shutdown.grace | quote }}
graphqlMode: {{ .Values.api.graphql.mode | quote }}
graphqlIntrospection: {{ .Values.api.graphql.introspection }}
graphqlPlayground: {{ .Values.api.graphql.playground }}
authModes: {{ toJson .Values.auth.modes }}
streamQueryToken: {{ .Values.auth.streamQueryToken }}
rateLimitRequests: {{ .Values.rateLimit.requests | quote }}
rateLimitCost: {{ .Values.rateLimit.cost | quote }}
rateLimitStreams: {{ .Values.rateLimit.streams | quote }}
rateLimitFailures: {{ .Values.rateLimit.failures | quote }}
{{- with .Values.api.corsAllowedOrigins }}
corsAllowedOrigins: {{ toJson . }}
{{- end }}
{{- with .Values.api.allowedHosts }}
allowedHosts: {{ toJson . }}
{{- end }}
{{- if .Values.auth.allowUnauthenticated }}
allowUnauthenticated: true
{{- end }}
{{- with .Values.auth.audiences }}
authAudiences: {{ toJson . }}
{{- end }}
{{- with .Values.clusterName }}
clusterName: {{ . | quote }}
{{- end }}
{{- with .Values.watchNamespaces }}
watchNamespaces: {{ toJson . }}
{{- end }}
{{- with .Values.kagent.apiUrl }}
kagentApiUrl: {{ . | quote }}
{{- end }}
{{- if .Values.eventMappings }}
eventMappings: /etc/khook-gateway/settings/event-mappings.yaml
{{- end }}
{{- if .Values.webhook.secretName }}
webhookSecretFile: /etc/khook-gateway/webhook
{{- end }}
{{- if .Values.tls.secretName }}
tlsCertFile: /etc/khook-gateway/tls/tls.crt
tlsKeyFile: /etc/khook-gateway/tls/tls.key
{{- if .Values.tls.clientCa }}
tlsClientCaFile: /etc/khook-gateway/tls/ca.crt
{{- end }}
http2: {{ .Values.tls.http2 }}
{{- end }}
{{- if has "oidc" .Values.auth.modes }}
{{- include "khook-gateway.oidcSettings" .Values.auth.oidc }}
{{- end }}
{{- if has "proxy" .Values.auth.modes }}
{{- with .Values.auth.proxy }}
proxyTrustedAddresses: {{ toJson .trustedAddresses }}
proxyUserHeader: {{ .userHeader | quote }}
proxyGroupsHeader: {{ .groupsHeader | quote }}
{{- if .secretName }}
proxySecretFile: /etc/khook-gateway/proxy/secret
{{- end }}
{{- end }}
{{- end }}
{{- end }}

{{- define "khook-gateway.oidcSettings" }}
oidcIssuerUrl: {{ .issuerUrl | quote }}
oidcClientId: {{ .clientId | quote }}
oidcUsernameClaim: {{ .usernameClaim | quote }}
oidcGroupsClaim: {{ .groupsClaim | quote }}
{{- with .jwksUrl }}
oidcJwksUrl: {{ . | quote }}
{{- end }}
{{- with .usernamePrefix }}
oidcUsernamePrefix: {{ . | quote }}
{{- end }}
{{- with .groupsPrefix }}
oidcGroupsPrefix: {{ . | quote }}
{{- end }}
{{- if .caConfigMap }}
oidcCaFile: /etc/khook-gateway/oidc/ca.crt
{{- end }}
{{- end }}
