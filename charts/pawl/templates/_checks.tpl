{{/* Checks that the schema cannot make: values that contradict each other. Names them, and what to set instead. */}}
{{- define "pawl.checks" -}}
{{- $db := .Values.database -}}
{{- $sources := 0 -}}
{{- if $db.existingSecret.name }}{{ $sources = add1 $sources }}{{ end -}}
{{- if $db.host }}{{ $sources = add1 $sources }}{{ end -}}
{{- if .Values.postgresql.bundled }}{{ $sources = add1 $sources }}{{ end -}}
{{- if eq (int $sources) 0 -}}
{{- fail "\nWhere is PostgreSQL? Set one of\n  database.existingSecret.name   a Secret with a connection URL\n  database.host                  and name, user, passwordSecret.name\n  postgresql.bundled=true        a small one inside the release, for trying Pawl out" -}}
{{- end -}}
{{- if gt (int $sources) 1 -}}
{{- fail "\nPostgreSQL is named twice: set only one of database.existingSecret.name, database.host and postgresql.bundled." -}}
{{- end -}}
{{- if and $db.host (not $db.passwordSecret.name) (not $db.passwordFile) (not $db.tls.clientCertSecret.name) -}}
{{- fail "\nHow does the operator prove who it is to PostgreSQL? Set database.passwordSecret.name, database.passwordFile or database.tls.clientCertSecret.name." -}}
{{- end -}}
{{- if and $db.passwordFile (or $db.passwordSecret.name (not $db.host)) -}}
{{- fail "\ndatabase.passwordFile is the password of database.host, instead of database.passwordSecret.name: set just these two." -}}
{{- end -}}
{{- if and .Values.postgresql.bundled .Values.migration.existingSecret.name -}}
{{- fail "\nThe Job of migration.existingSecret runs before a bundled PostgreSQL exists. Leave migration.existingSecret.name empty with postgresql.bundled=true." -}}
{{- end -}}
{{- if and .Values.postgresql.bundled (or $db.tls.mode $db.tls.caSecret.name $db.tls.clientCertSecret.name) -}}
{{- fail "\nThe bundled PostgreSQL has no TLS: leave database.tls as it is with postgresql.bundled=true." -}}
{{- end -}}
{{- if and (eq (toString $db.tls.mode) "disable") (or $db.tls.caSecret.name $db.tls.clientCertSecret.name .Values.migration.clientCertSecret.name) -}}
{{- fail "\nTLS is turned off by database.tls.mode=disable, and yet an authority or a client certificate is named. Leave the mode empty for verify-full, or take the Secrets away." -}}
{{- end -}}
{{- $requestedBy := include "pawl.requestedBy" . -}}
{{- if and (eq $requestedBy "policy") (ne (include "pawl.hasPolicies" .) "true") -}}
{{- fail "\nrequestedBy=policy needs MutatingAdmissionPolicy admissionregistration.k8s.io/v1 (Kubernetes 1.36), which this cluster does not serve. With `webhook`, Pawl's own server stamps who asked." -}}
{{- end -}}
{{- if and (eq $requestedBy "on") (not (include "pawl.stampedBy" .)) -}}
{{- fail "\nrequestedBy=on needs MutatingAdmissionPolicy admissionregistration.k8s.io/v1 (Kubernetes 1.36), which this cluster does not serve, or Pawl's own webhook: set server.enabled=true. With `auto`, who asked is stamped where it can be." -}}
{{- end -}}
{{- if and (eq $requestedBy "webhook") (not .Values.server.enabled) -}}
{{- fail "\nThe webhook that stamps who asked is served at the API's address: set server.enabled=true with requestedBy=webhook." -}}
{{- end -}}
{{- $tls := .Values.server.tls -}}
{{- if and .Values.server.enabled $tls.existingSecret $tls.certManager.enabled -}}
{{- fail "\nThe API's certificate is named twice: set only one of server.tls.existingSecret and server.tls.certManager.enabled." -}}
{{- end -}}
{{- if and .Values.server.enabled (or .Values.server.apiService (eq (include "pawl.stampedBy" .) "webhook")) $tls.existingSecret (not $tls.caBundle) -}}
{{- fail "\nThe API server must know who signed the certificate in server.tls.existingSecret: set server.tls.caBundle." -}}
{{- end -}}
{{- $ui := .Values.ui -}}
{{- if and $ui.enabled (not .Values.server.enabled) -}}
{{- fail "\nThe web page is served at the API's address: set server.enabled=true with ui.enabled=true." -}}
{{- end -}}
{{- if and (not $ui.enabled) (or $ui.ingress.enabled $ui.httpRoute.enabled) -}}
{{- fail "\nui.ingress and ui.httpRoute lead to the web page, which is off: set ui.enabled=true." -}}
{{- end -}}
{{- if and $ui.oidc.issuerUrl (not $ui.oidc.clientId) -}}
{{- fail "\nAs which client does Pawl ask the OpenID provider? Set ui.oidc.clientId." -}}
{{- end -}}
{{- if and $ui.enabled $ui.oidc.issuerUrl (not (hasPrefix "https://" (include "pawl.uiBase" .))) -}}
{{- fail "\nWhere does the OpenID provider send browsers back to? Set ui.base to a whole URL, such as https://example.com/pawl." -}}
{{- end -}}
{{- if and $ui.ingress.enabled (not $ui.ingress.host) -}}
{{- fail "\nUnder which name do browsers find the web page? Set ui.ingress.host." -}}
{{- end -}}
{{- if and $ui.httpRoute.enabled (not $ui.httpRoute.parentRefs) -}}
{{- fail "\nWhich Gateway leads to the web page? Set ui.httpRoute.parentRefs." -}}
{{- end -}}
{{- end -}}

{{/* true where the API server stamps requests by itself, if it is told how. */}}
{{- define "pawl.hasPolicies" -}}
{{- .Capabilities.APIVersions.Has "admissionregistration.k8s.io/v1/MutatingAdmissionPolicy" -}}
{{- end -}}

{{/* What this release has requests stamped by: policy, webhook or, where it does not, nothing. */}}
{{- define "pawl.stampedBy" -}}
{{- $wish := include "pawl.requestedBy" . -}}
{{- if has $wish (list "policy" "webhook") -}}
{{- $wish -}}
{{- else if has $wish (list "auto" "on") -}}
{{- if eq (include "pawl.hasPolicies" .) "true" -}}
policy
{{- else if .Values.server.enabled -}}
webhook
{{- end -}}
{{- end -}}
{{- end -}}

{{/* Bare on and off are true and false to YAML. */}}
{{- define "pawl.requestedBy" -}}
{{- get (dict "true" "on" "false" "off") (toString .Values.requestedBy) | default .Values.requestedBy -}}
{{- end -}}
