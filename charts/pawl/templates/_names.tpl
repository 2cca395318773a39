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

{{- define "pawl.namespace" -}}
{{- default .Release.Namespace .Values.namespaceOverride -}}
{{- end -}}

{{/* The name of objects without a namespace: two releases of one name in two namespaces must not share them. */}}
{{- define "pawl.clusterName" -}}
{{- printf "%s-%s" (include "pawl.namespace" .) (include "pawl.fullname" .) -}}
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
{{- $name := empty .registry | ternary .repository (printf "%s/%s" .registry .repository) -}}
{{- $name = include "pawl.fromRegistry" (dict "root" $ "image" $name) -}}
{{- if .digest -}}
{{- printf "%s@%s" $name .digest -}}
{{- else -}}
{{- printf "%s:%s" $name (default $.Chart.AppVersion .tag) -}}
{{- end -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" . "image" "docker.io/library/postgres:18"): the same image from global.imageRegistry, if that is set. A
first part with a dot or a colon is a registry's name, as for Docker. */}}
{{- define "pawl.fromRegistry" -}}
{{- $registry := dig "imageRegistry" "" (default dict .root.Values.global) -}}
{{- $first := splitList "/" .image | first -}}
{{- $named := and (contains "/" .image) (or (contains "." $first) (contains ":" $first) (eq $first "localhost")) -}}
{{- if not $registry -}}
{{- .image -}}
{{- else -}}
{{- printf "%s/%s" $registry ($named | ternary (trimPrefix (printf "%s/" $first) .image) .image) -}}
{{- end -}}
{{- end -}}

{{/* The pull secrets of every pod: the chart's own and those of an umbrella chart, which are names or {name}. */}}
{{- define "pawl.imagePullSecrets" -}}
{{- $names := list -}}
{{- range concat (default list .Values.imagePullSecrets) (dig "imagePullSecrets" list (default dict .Values.global)) -}}
{{- $names = append $names (kindIs "map" . | ternary . (dict "name" .)) -}}
{{- end -}}
{{- with uniq $names -}}
imagePullSecrets:
{{ toYaml . }}
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

{{/* ipFamilyPolicy and ipFamilies of the Services. */}}
{{- define "pawl.ipFamilies" -}}
{{- $set := dict -}}
{{- with .Values.service.ipFamilyPolicy }}{{ $_ := set $set "ipFamilyPolicy" . }}{{ end -}}
{{- with .Values.service.ipFamilies }}{{ $_ := set $set "ipFamilies" . }}{{ end -}}
{{- with $set }}{{ toYaml . }}{{ end -}}
{{- end -}}

{{/* dnsPolicy and dnsConfig of the pods that speak to PostgreSQL. */}}
{{- define "pawl.podDns" -}}
{{- $set := dict -}}
{{- with .Values.dnsPolicy }}{{ $_ := set $set "dnsPolicy" . }}{{ end -}}
{{- with .Values.dnsConfig }}{{ $_ := set $set "dnsConfig" . }}{{ end -}}
{{- with $set }}{{ toYaml . }}{{ end -}}
{{- end -}}
