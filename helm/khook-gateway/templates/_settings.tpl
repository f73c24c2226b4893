{{/*
The gateway's own configuration file, from the values. It refuses a key that it does not know, and so does its schema.
*/}}

{{- define "khook-gateway.settings" -}}
{{- $settings := include "khook-gateway.ownSettings" . | fromYaml }}
{{- mergeOverwrite $settings .Values.settings | toYaml }}
{{- end }}

{{- define "khook-gateway.ownSettings" -}}
host: {{ .Values.api.host | quote }}
port: {{ .Values.api.port }}
metricsBindAddress: {{ ternary (printf ":%s" (include "khook-gateway.metricsPort" .)) "0" .Values.metrics.enabled | quote }}
healthProbeBindAddress: {{ printf ":%s" (include "khook-gateway.probePort" .) | quote }}
dataDir: /data
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
