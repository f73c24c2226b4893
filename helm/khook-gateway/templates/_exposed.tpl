{{/*
What Ingress and HTTPRoute lead to.
*/}}

{{- define "khook-gateway.exposedPaths" -}}
{{- if .Values.api.graphql.exposed }}
- /graphql
{{- end }}
{{- if .Values.api.rest.exposed }}
- /api/v1
{{- end }}
{{- end }}
