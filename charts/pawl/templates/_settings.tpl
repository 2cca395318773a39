{{/* resyncMinutes: 60 → PAWL_RESYNC_MINUTES="60". Helm reads whole numbers as floats, which print as 1.048576e+06. */}}
{{- define "pawl.settingsEnv" -}}
{{- range $name, $value := .Values.settings }}
- name: PAWL_{{ $name | snakecase | upper }}
  value: {{ kindIs "float64" $value | ternary (printf "%.0f" (float64 $value)) (toString $value) | quote }}
{{- end }}
{{- end -}}

{{- define "pawl.nodeOptions" -}}
{{- $options := list -}}
{{- with .Values.nodeOptions }}{{ $options = append $options . }}{{ end -}}
{{- if dig "limits" "memory" "" (default dict .Values.resources) -}}
{{- $options = append $options (printf "--max-old-space-size-percentage=%d" (int .Values.heapPercent)) -}}
{{- end -}}
{{- join " " $options -}}
{{- end -}}

{{/* Where browsers find the page: what was said, or what the way in from outside is. */}}
{{- define "pawl.uiBase" -}}
{{- $ui := .Values.ui -}}
{{- if $ui.base -}}
{{- $ui.base -}}
{{- else if $ui.ingress.enabled -}}
{{- printf "https://%s%s" $ui.ingress.host $ui.ingress.path -}}
{{- else if and $ui.httpRoute.enabled (eq (len $ui.httpRoute.hostnames) 1) -}}
{{- printf "https://%s%s" (first $ui.httpRoute.hostnames) $ui.httpRoute.path -}}
{{- else if $ui.httpRoute.enabled -}}
{{- $ui.httpRoute.path -}}
{{- else -}}
/
{{- end -}}
{{- end -}}
