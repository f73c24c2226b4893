{{/*
Names and labels: what everything is called, and what pods are known by.
In khook's pod the labels and the account are khook's.
*/}}

{{- define "khook-gateway.name" -}}
{{- .Values.nameOverride | default .Chart.Name | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "khook-gateway.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- $name := include "khook-gateway.name" . }}
{{- /* Kubernetes adds to the names of StatefulSets, and the sum has to be a label. */ -}}
{{- ternary .Release.Name (printf "%s-%s" .Release.Name $name) (contains $name .Release.Name) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{- define "khook-gateway.selectorLabels" -}}
{{- if .Values.sidecar.enabled }}
{{- toYaml .Values.sidecar.podLabels }}
{{- else -}}
app.kubernetes.io/name: {{ include "khook-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
{{- end }}

{{/* What the chart's own objects are found by, whose pods they ever select. */}}
{{- define "khook-gateway.labels" -}}
{{- include "khook-gateway.labelsWith" (list . dict) }}
{{- end }}

{{/* These and more; of two by one name, those that things are found by stay. */}}
{{- define "khook-gateway.labelsWith" -}}
{{- $root := index . 0 }}
{{- merge (include "khook-gateway.ownLabels" $root | fromYaml) (index . 1) $root.Values.commonLabels | toYaml }}
{{- end }}

{{- define "khook-gateway.ownLabels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
app.kubernetes.io/name: {{ include "khook-gateway.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
app.kubernetes.io/version: {{ .Values.image.tag | default .Chart.AppVersion | trunc 63 | trimAll "-_." | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: khook
{{- end }}

{{- define "khook-gateway.serviceAccountName" -}}
{{- if .Values.sidecar.enabled }}
{{- .Values.sidecar.serviceAccountName }}
{{- else if .Values.serviceAccount.create }}
{{- .Values.serviceAccount.name | default (include "khook-gateway.fullname" .) }}
{{- else }}
{{- .Values.serviceAccount.name | default "default" }}
{{- end }}
{{- end }}

{{- define "khook-gateway.image" -}}
{{- with .Values.image.registry }}{{ . }}/{{ end }}{{ .Values.image.repository }}
{{- if .Values.image.digest }}@{{ .Values.image.digest }}{{ else }}:{{ .Values.image.tag | default .Chart.AppVersion }}{{ end }}
{{- end }}

{{- define "khook-gateway.claimName" -}}
{{- .Values.store.persistence.existingClaim | default (include "khook-gateway.fullname" .) }}
{{- end }}

{{- define "khook-gateway.metricsPort" -}}
{{- ternary .Values.sidecar.metricsPort .Values.metrics.port .Values.sidecar.enabled }}
{{- end }}

{{- define "khook-gateway.probePort" -}}
{{- ternary .Values.sidecar.probePort .Values.healthCheck.port .Values.sidecar.enabled }}
{{- end }}

{{/* Names of ports are the pod's, and khook has its own. */}}
{{- define "khook-gateway.portPrefix" -}}
{{- ternary "gateway-" "" .Values.sidecar.enabled }}
{{- end }}
