{{/* Names and labels. The selector labels never change: a Deployment's selector is immutable. */}}

{{- define "pawl.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" -}}
{{- end -}}

{{/* 52 characters leave room for the suffixes and for what Kubernetes appends to pods. */}}
{{- define "pawl.fullname" -}}
{{- if .Values.fullnameOverride -}}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" -}}
{{- else if contains (include "pawl.name" .) .Release.Name -}}
{{- .Release.Name | trunc 52 | trimSuffix "-" -}}
{{- else -}}
{{- printf "%s-%s" .Release.Name (include "pawl.name" .) | trunc 52 | trimSuffix "-" -}}
{{- end -}}
{{- end -}}

{{/* The name of objects without a namespace: two releases of one name in two namespaces must not share them. */}}
{{- define "pawl.clusterName" -}}
{{- printf "%s-%s" .Release.Namespace (include "pawl.fullname" .) -}}
{{- end -}}

{{- define "pawl.serviceAccountName" -}}
{{- if .Values.serviceAccount.create -}}
{{- default (include "pawl.fullname" .) .Values.serviceAccount.name -}}
{{- else -}}
{{- default "default" .Values.serviceAccount.name -}}
{{- end -}}
{{- end -}}

{{- define "pawl.leaseName" -}}
{{- default (include "pawl.fullname" .) .Values.leaderElection.leaseName -}}
{{- end -}}

{{- define "pawl.image" -}}
{{- with .Values.image -}}
{{- if .digest -}}
{{- printf "%s@%s" .repository .digest -}}
{{- else -}}
{{- printf "%s:%s" .repository (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{- define "pawl.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" | trunc 63 | trimSuffix "-" }}
app.kubernetes.io/name: {{ include "pawl.name" . | quote }}
app.kubernetes.io/instance: {{ .Release.Name | quote }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/part-of: pawl
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}

{{/* (dict "root" . "component" "operator"): what selects the pods of one component, and nothing else. */}}
{{- define "pawl.selector" -}}
app.kubernetes.io/name: {{ include "pawl.name" .root | quote }}
app.kubernetes.io/instance: {{ .root.Release.Name | quote }}
app.kubernetes.io/component: {{ .component }}
{{- end -}}

{{/* (dict "root" . "component" "operator"): labels of a pod. Not the chart's version, which would restart pods that
stay the same. */}}
{{- define "pawl.podLabels" -}}
{{ include "pawl.selector" . }}
app.kubernetes.io/part-of: pawl
{{- with .root.Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- with .root.Values.podLabels }}
{{ toYaml . }}
{{- end }}
{{- end -}}
