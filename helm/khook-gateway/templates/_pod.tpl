{{/*
The pod and its container: the same in a StatefulSet, in a Deployment, and in khook's pod.
*/}}

{{- define "khook-gateway.podTemplate" -}}
metadata:
  annotations:
    kubectl.kubernetes.io/default-container: khook-gateway
    checksum/settings: {{ include "khook-gateway.checksum" . }}
    {{- with .Values.podAnnotations }}
    {{- toYaml . | nindent 4 }}
    {{- end }}
  labels:
    {{- include "khook-gateway.labelsWith" (list . .Values.podLabels) | nindent 4 }}
spec:
  {{- with .Values.imagePullSecrets }}
  imagePullSecrets:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  serviceAccountName: {{ include "khook-gateway.serviceAccountName" . }}
  automountServiceAccountToken: true
  enableServiceLinks: false
  terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
  {{- with .Values.priorityClassName }}
  priorityClassName: {{ . }}
  {{- end }}
  securityContext:
    {{- toYaml .Values.podSecurityContext | nindent 4 }}
  containers:
    - {{- include "khook-gateway.container" . | nindent 6 }}
  volumes:
    {{- include "khook-gateway.volumes" . | nindent 4 }}
  {{- with .Values.nodeSelector }}
  nodeSelector:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.tolerations }}
  tolerations:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.affinity }}
  affinity:
    {{- toYaml . | nindent 4 }}
  {{- end }}
  {{- with .Values.topologySpreadConstraints }}
  topologySpreadConstraints:
    {{- $own := dict "labelSelector" (dict "matchLabels" (include "khook-gateway.selectorLabels" $ | fromYaml)) }}
    {{- range . }}
    - {{- merge . $own | toYaml | nindent 6 }}
    {{- end }}
  {{- end }}
{{- end }}

{{/* The settings are read at the start alone. */}}
{{- define "khook-gateway.checksum" -}}
{{- printf "%s%s" (include "khook-gateway.settings" .) (toJson .Values.eventMappings) | sha256sum }}
{{- end }}

{{- define "khook-gateway.container" -}}
{{- $prefix := include "khook-gateway.portPrefix" . -}}
name: khook-gateway
image: {{ include "khook-gateway.image" . | quote }}
imagePullPolicy: {{ .Values.image.pullPolicy }}
args:
  {{- include "khook-gateway.flags" . | nindent 2 }}
{{- with .Values.extraEnv }}
env:
  {{- toYaml . | nindent 2 }}
{{- end }}
{{- with .Values.extraEnvFrom }}
envFrom:
  {{- toYaml . | nindent 2 }}
{{- end }}
ports:
  - name: {{ $prefix }}http
    containerPort: {{ .Values.api.port }}
    protocol: TCP
  {{- if .Values.metrics.enabled }}
  - name: {{ $prefix }}metrics
    containerPort: {{ include "khook-gateway.metricsPort" . }}
    protocol: TCP
  {{- end }}
  - name: {{ $prefix }}probes
    containerPort: {{ include "khook-gateway.probePort" . }}
    protocol: TCP
startupProbe:
  httpGet: { path: /livez, port: {{ $prefix }}probes }
  {{- toYaml .Values.healthCheck.startupProbe | nindent 2 }}
livenessProbe:
  httpGet: { path: /livez, port: {{ $prefix }}probes }
  {{- toYaml .Values.healthCheck.livenessProbe | nindent 2 }}
readinessProbe:
  httpGet: { path: /readyz, port: {{ $prefix }}probes }
  {{- toYaml .Values.healthCheck.readinessProbe | nindent 2 }}
{{- with .Values.resources }}
resources:
  {{- toYaml . | nindent 2 }}
{{- end }}
securityContext:
  {{- toYaml .Values.securityContext | nindent 2 }}
volumeMounts:
  - name: gateway-data
    mountPath: /data
  - name: gateway-settings
    mountPath: /etc/khook-gateway/settings
    readOnly: true
  {{- if .Values.webhook.secretName }}
  - name: gateway-webhook
    mountPath: /etc/khook-gateway/webhook
    readOnly: true
  {{- end }}
  {{- if .Values.tls.secretName }}
  - name: gateway-tls
    mountPath: /etc/khook-gateway/tls
    readOnly: true
  {{- end }}
  {{- if and (has "proxy" .Values.auth.modes) .Values.auth.proxy.secretName }}
  - name: gateway-proxy
    mountPath: /etc/khook-gateway/proxy
    readOnly: true
  {{- end }}
  {{- if and (has "oidc" .Values.auth.modes) .Values.auth.oidc.caConfigMap }}
  - name: gateway-oidc
    mountPath: /etc/khook-gateway/oidc
    readOnly: true
  {{- end }}
  {{- with .Values.extraVolumeMounts }}
  {{- toYaml . | nindent 2 }}
  {{- end }}
{{- end }}

{{/* gateway-data is made by the StatefulSet when it has a claim of its own for it. */}}
{{- define "khook-gateway.volumes" -}}
{{- $persistence := .Values.store.persistence -}}
- name: gateway-settings
  configMap:
    name: {{ include "khook-gateway.fullname" . }}
{{- if and $persistence.enabled (or $persistence.existingClaim .Values.sidecar.enabled) }}
- name: gateway-data
  persistentVolumeClaim:
    claimName: {{ include "khook-gateway.claimName" . }}
{{- else if not $persistence.enabled }}
- name: gateway-data
  emptyDir:
    sizeLimit: {{ $persistence.size }}
{{- end }}
{{- with .Values.webhook.secretName }}
- name: gateway-webhook
  secret:
    secretName: {{ . }}
{{- end }}
{{- with .Values.tls.secretName }}
- name: gateway-tls
  secret:
    secretName: {{ . }}
{{- end }}
{{- if and (has "proxy" .Values.auth.modes) .Values.auth.proxy.secretName }}
- name: gateway-proxy
  secret:
    secretName: {{ .Values.auth.proxy.secretName }}
{{- end }}
{{- if and (has "oidc" .Values.auth.modes) .Values.auth.oidc.caConfigMap }}
- name: gateway-oidc
  configMap:
    name: {{ .Values.auth.oidc.caConfigMap }}
{{- end }}
{{- with .Values.extraVolumes }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "khook-gateway.claimSpec" -}}
accessModes:
  {{- toYaml .accessModes | nindent 2 }}
{{- with .storageClass }}
storageClassName: {{ . }}
{{- end }}
resources:
  requests:
    storage: {{ .size }}
{{- end }}
