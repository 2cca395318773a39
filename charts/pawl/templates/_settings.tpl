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

{{/* Where browsers find the page: the value given, or the address of the Ingress or the HTTPRoute. */}}
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

{{/* The environment for ui.oidc. */}}
{{- define "pawl.oidcEnv" -}}
{{- if .issuerUrl }}
- name: PAWL_OIDC_ISSUER_URL
  value: {{ .issuerUrl | quote }}
- name: PAWL_OIDC_CLIENT_ID
  value: {{ .clientId | quote }}
{{- if .clientSecret.name }}
- name: PAWL_OIDC_CLIENT_SECRET_FILE
  value: /etc/pawl/oidc-client/client-secret
{{- end }}
{{- if .caSecret.name }}
- name: PAWL_OIDC_CA_FILE
  value: /etc/pawl/oidc-ca/ca.crt
{{- end }}
{{- range $name := list "scopes" "usernameClaim" "usernamePrefix" "groupsClaim" "groupsPrefix" }}
{{- with get $ $name }}
- name: PAWL_OIDC_{{ $name | snakecase | upper }}
  value: {{ . | quote }}
{{- end }}
{{- end }}
{{- end }}
{{- end -}}
