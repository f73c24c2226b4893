{{/*
The patches of khook's Deployment: what puts the gateway into its pod, and what takes it out again.
*/}}

{{- define "khook-gateway.patch" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Values.sidecar.deployment }}
spec:
  {{- if .Values.store.persistence.enabled }}
  # A volume is for one pod at a time.
  strategy:
    $retainKeys: [type]
    type: Recreate
  {{- end }}
  template:
    metadata:
      annotations:
        khook-gateway/settings: {{ include "khook-gateway.checksum" . }}
    spec:
      terminationGracePeriodSeconds: {{ .Values.terminationGracePeriodSeconds }}
      {{- if and .Values.store.persistence.enabled .Values.podSecurityContext.fsGroup }}
      securityContext:
        fsGroup: {{ .Values.podSecurityContext.fsGroup }}
        fsGroupChangePolicy: OnRootMismatch
      {{- end }}
      containers:
        - {{- include "khook-gateway.container" . | nindent 10 }}
      volumes:
        {{- include "khook-gateway.volumes" . | nindent 8 }}
{{- end }}

{{/* khook's own strategy and time to stop are not known here, and are left as they are. */}}
{{- define "khook-gateway.removal" -}}
spec:
  template:
    metadata:
      annotations:
        khook-gateway/settings: null
    spec:
      containers:
        - name: khook-gateway
          $patch: delete
      volumes:
        {{- range include "khook-gateway.volumes" . | fromYamlArray }}
        - name: {{ .name }}
          $patch: delete
        {{- end }}
{{- end }}
