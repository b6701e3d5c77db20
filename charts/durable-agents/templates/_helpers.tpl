{{- define "durable-agents.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 40 | trimSuffix "-" -}}
{{- end -}}

{{/* Prefix of every name: the release, or release-chart when the release is called something else. */}}
{{- define "durable-agents.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- $name := include "durable-agents.name" . -}}
{{- if contains $name .Release.Name -}}
{{- .Release.Name | trunc 40 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name $name | trunc 40 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "durable-agents.operatorName" -}}{{ include "durable-agents.fullname" . }}-operator{{- end -}}
{{- define "durable-agents.temporalName" -}}{{ include "durable-agents.fullname" . }}-temporal{{- end -}}

{{/* Labels of every object. Call with (list $ "component"). */}}
{{- define "durable-agents.labels" -}}
{{- $root := index . 0 -}}
helm.sh/chart: {{ printf "%s-%s" $root.Chart.Name $root.Chart.Version | replace "+" "_" }}
app.kubernetes.io/version: {{ $root.Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ $root.Release.Service }}
app.kubernetes.io/part-of: durable-agents
{{ include "durable-agents.selectorLabels" . }}
{{- end -}}

{{/* What selects pods: immutable in a Deployment, so nothing may be added here. */}}
{{- define "durable-agents.selectorLabels" -}}
{{- $root := index . 0 -}}
app.kubernetes.io/name: {{ include "durable-agents.name" $root }}
app.kubernetes.io/instance: {{ $root.Release.Name }}
app.kubernetes.io/component: {{ index . 1 }}
{{- end -}}

{{- define "durable-agents.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "durable-agents.operatorName" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{/* Reference of an image. Call with (list $ $.Values.x.image). */}}
{{- define "durable-agents.image" -}}
{{- $root := index . 0 -}}
{{- $image := index . 1 -}}
{{- if $image.digest -}}
{{- printf "%s@%s" $image.repository $image.digest -}}
{{- else -}}
{{- printf "%s:%s" $image.repository (default $root.Chart.AppVersion $image.tag | toString) -}}
{{- end -}}
{{- end -}}

{{/* host:port of the Temporal that agents without a connectionRef use.. */}}
{{- define "durable-agents.temporalAddress" -}}
{{- if .Values.temporal.embedded.enabled -}}
{{- if .Values.temporal.address -}}
{{- fail "\n\ntemporal.address and temporal.embedded.enabled are both set. To use your own Temporal: --set temporal.embedded.enabled=false" -}}
{{- end -}}
{{- if .Values.temporal.tls.enabled -}}
{{- fail "\n\ntemporal.tls.enabled is for a Temporal of your own: the embedded one speaks no TLS. Set temporal.embedded.enabled=false and temporal.address." -}}
{{- end -}}
{{- printf "%s.%s.svc:7233" (include "durable-agents.temporalName" .) .Release.Namespace -}}
{{- else if .Values.temporal.address -}}
{{- .Values.temporal.address -}}
{{- else -}}
{{- fail "\n\nNo Temporal to run agents on. Either name yours: --set temporal.address=HOST:PORT, or run the one in this chart: --set temporal.embedded.enabled=true" -}}
{{- end -}}
{{- end -}}

{{/* Restricted Pod Security Standard: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted */}}
{{- define "durable-agents.podSecurityContext" -}}
runAsNonRoot: true
runAsUser: 10001
runAsGroup: 10001
fsGroup: 10001
seccompProfile:
  type: RuntimeDefault
{{- end -}}

{{- define "durable-agents.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities:
  drop: [ALL]
{{- end -}}
