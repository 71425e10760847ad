{{- define "frontdesk.fullname" -}}
{{- default .Release.Name .Values.fullnameOverride | trunc 46 | trimSuffix "-" -}}
{{- end -}}

{{- define "frontdesk.image" -}}
{{- $image := .Values.image -}}
{{- $repository := required "image.repository is required: an image with Frontdesk's programs" $image.repository -}}
{{- if $image.digest -}}{{ $repository }}@{{ $image.digest }}{{- else -}}{{ $repository }}:{{ default .Chart.AppVersion $image.tag }}{{- end -}}
{{- end -}}

{{- define "frontdesk.labels" -}}
helm.sh/chart: {{ .Chart.Name }}-{{ .Chart.Version }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: frontdesk
{{ include "frontdesk.selector" . }}
{{- end -}}

{{- define "frontdesk.selector" -}}
app.kubernetes.io/name: frontdesk
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end -}}

{{/* The ports of the programs' own defaults, so that documentation and cluster say the same. */}}
{{- define "frontdesk.ports" -}}
ingest: {http: 8080, grpc: 9080, admin: 7080}
conversation: {http: 8081, grpc: 9081, admin: 7081}
delivery: {http: 8082, grpc: 9082, admin: 7082}
scheduler: {http: 8083, grpc: 9083, admin: 7083}
alerting: {grpc: 9084, admin: 7084}
{{- end -}}

{{/* Restricted Pod Security. */}}
{{- define "frontdesk.podSecurity" -}}
runAsNonRoot: true
runAsUser: 65532
runAsGroup: 65532
fsGroup: 65532
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "frontdesk.containerSecurity" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}

{{/* What every program reads: database and broker. */}}
{{- define "frontdesk.commonEnv" -}}
- name: FRONTDESK_DATABASE__URL_FILE
  value: /etc/frontdesk/database/url
- name: FRONTDESK_DATABASE__MAX_CONNECTIONS
  value: {{ .Values.database.maxConnections | quote }}
- name: FRONTDESK_NATS__URL
  value: {{ .Values.nats.url | quote }}
- name: FRONTDESK_NATS__REPLICAS
  value: {{ .Values.nats.replicas | quote }}
{{- if .Values.config }}
- name: FRONTDESK_CONFIG
  value: /etc/frontdesk/config/frontdesk.toml
{{- end }}
{{- end -}}

{{/* Environment of one service; takes a dict of root, name and ports. */}}
{{- define "frontdesk.serviceEnv" -}}
{{- $root := .root -}}
{{- $values := $root.Values -}}
{{- $section := upper .name -}}
{{- $host := include "frontdesk.fullname" $root -}}
{{- range $port, $number := .ports }}
- name: FRONTDESK_{{ $section }}__{{ upper $port }}
  value: 0.0.0.0:{{ $number }}
{{- end }}
{{- range $values.auth.roles }}
- name: FRONTDESK_AUTH__{{ upper . }}_TOKEN_FILE
  value: /etc/frontdesk/auth/{{ . }}_token
{{- end }}
{{- if eq .name "ingest" }}
- name: FRONTDESK_INGEST__DELIVERY
  value: http://{{ $host }}-delivery:9082
{{- end }}
{{- if and (eq .name "ingest") $values.publicUrl }}
- name: FRONTDESK_INGEST__PUBLIC_URL
  value: {{ $values.publicUrl | quote }}
{{- end }}
{{- if and (eq .name "conversation") $values.publicUrl }}
- name: FRONTDESK_CONVERSATION__PUBLIC_URL
  value: {{ $values.publicUrl | quote }}
{{- end }}
{{- if and (eq .name "delivery") $values.publicUrl }}
- name: FRONTDESK_DELIVERY__PUBLIC_URL
  value: {{ $values.publicUrl | quote }}
{{- end }}
{{- if eq .name "conversation" }}
- name: FRONTDESK_CONVERSATION__SCHEDULER
  value: http://{{ $host }}-scheduler:9083
- name: FRONTDESK_CONVERSATION__DELIVERY
  value: http://{{ $host }}-delivery:9082
- name: FRONTDESK_MEDIA__FOLDER
  value: /var/lib/frontdesk/media
{{- if $values.media.publicUrl }}
- name: FRONTDESK_MEDIA__PUBLIC_URL
  value: {{ $values.media.publicUrl | quote }}
{{- end }}
{{- if $values.media.existingSecret }}
{{- range $values.media.keys }}
- name: FRONTDESK_MEDIA__{{ upper . }}_FILE
  value: /etc/frontdesk/media/{{ . }}
{{- end }}
{{- end }}
{{- if $values.model.url }}
- name: FRONTDESK_CONVERSATION__MODEL_URL
  value: {{ $values.model.url | quote }}
{{- end }}
{{- if $values.model.name }}
- name: FRONTDESK_CONVERSATION__MODEL_NAME
  value: {{ $values.model.name | quote }}
{{- end }}
{{- if $values.model.existingSecret }}
- name: FRONTDESK_CONVERSATION__MODEL_API_KEY_FILE
  value: /etc/frontdesk/model/key
{{- end }}
{{- end }}
{{- if eq .name "scheduler" }}
- name: FRONTDESK_SCHEDULER__SLOT_SIGNING_KEY_FILE
  value: /etc/frontdesk/slots/key
{{- end }}
{{- if eq .name "alerting" }}
- name: FRONTDESK_ALERTING__CONVERSATION
  value: http://{{ $host }}-conversation:9081
- name: FRONTDESK_ALERTING__DELIVERY
  value: http://{{ $host }}-delivery:9082
- name: FRONTDESK_ALERTING__SCHEDULER
  value: http://{{ $host }}-scheduler:9083
- name: FRONTDESK_ALERTING__INGEST
  value: http://{{ $host }}-ingest:9080
{{- if $values.incidents.existingSecret }}
{{- range $values.incidents.keys }}
- name: FRONTDESK_ALERTING__{{ upper . }}_FILE
  value: /etc/frontdesk/incidents/{{ . }}
{{- end }}
{{- end }}
{{- end }}
{{- if and $values.bootstrap.existingConfigMap (has .name (list "conversation" "scheduler")) }}
- name: FRONTDESK_BOOTSTRAP__FILE
  value: /etc/frontdesk/bootstrap/frontdesk.toml
{{- end }}
{{- end -}}
