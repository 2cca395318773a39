{{/* How a container reaches PostgreSQL: environment, mounts, volumes. Secrets that are files are read again when
they change; a URL is read when the pod starts. */}}

{{- define "pawl.databaseMode" -}}
{{- if .Values.postgresql.bundled -}}
disable
{{- else if .Values.database.tls.mode -}}
{{- .Values.database.tls.mode -}}
{{- else if or .Values.database.host .Values.database.tls.caSecret.name .Values.database.tls.clientCertSecret.name -}}
verify-full
{{- end -}}
{{- end -}}

{{/* (dict "root" . "client" clientCertSecret): what every way of naming the server shares. */}}
{{- define "pawl.databaseTlsEnv" -}}
{{- with include "pawl.databaseMode" .root }}
- name: PAWL_DATABASE_SSL_MODE
  value: {{ . }}
{{- end }}
{{- if .root.Values.database.tls.caSecret.name }}
- name: PAWL_DATABASE_CA_FILE
  value: /etc/pawl/database/ca/ca.crt
{{- end }}
{{- if .client.name }}
- name: PAWL_DATABASE_CERT_FILE
  value: /etc/pawl/database/client/tls.crt
- name: PAWL_DATABASE_KEY_FILE
  value: /etc/pawl/database/client/tls.key
{{- end }}
{{- end -}}

{{- define "pawl.databaseEnv" -}}
{{- with .Values.database -}}
{{- if .existingSecret.name }}
- name: DATABASE_URL
  valueFrom:
    secretKeyRef: {name: {{ .existingSecret.name | quote }}, key: {{ .existingSecret.key | quote }}}
{{- else if .host }}
- name: PAWL_DATABASE_HOST
  value: {{ .host | quote }}
- name: PAWL_DATABASE_PORT
  value: {{ .port | quote }}
- name: PAWL_DATABASE_NAME
  value: {{ .name | quote }}
- name: PAWL_DATABASE_USER
  value: {{ .user | quote }}
{{- else }}
- name: PAWL_DATABASE_HOST
  value: {{ include "pawl.fullname" $ }}-postgresql
- name: PAWL_DATABASE_PORT
  value: "5432"
- name: PAWL_DATABASE_NAME
  value: pawl
- name: PAWL_DATABASE_USER
  value: pawl_app
{{- end }}
{{- if include "pawl.passwordSecret" $ }}
- name: PAWL_DATABASE_PASSWORD_FILE
  value: /etc/pawl/database/password/password
{{- else if .passwordFile }}
- name: PAWL_DATABASE_PASSWORD_FILE
  value: {{ .passwordFile | quote }}
{{- end }}
{{- end }}
{{- include "pawl.databaseTlsEnv" (dict "root" . "client" .Values.database.tls.clientCertSecret) }}
- name: PAWL_DATABASE_POOLER
  value: {{ .Values.database.pooler | quote }}
{{- end -}}

{{/* Whom the migration lets work as an operator: the role the operator logs in as. */}}
{{- define "pawl.grantEnv" -}}
- name: PAWL_MIGRATE_GRANT_TO
{{- if .Values.migration.grantTo }}
  value: {{ .Values.migration.grantTo | quote }}
{{- else if .Values.postgresql.bundled }}
  value: pawl_app
{{- else if .Values.database.host }}
  value: {{ .Values.database.user | quote }}
{{- else }}
  valueFrom:
    secretKeyRef: {name: {{ .Values.database.existingSecret.name | quote }}, key: {{ .Values.database.existingSecret.key | quote }}}
{{- end }}
{{- end -}}

{{/* Name of the Secret with the password; empty when the URL has it, or a certificate takes its place. */}}
{{- define "pawl.passwordSecret" -}}
{{- if .Values.postgresql.bundled -}}
{{- include "pawl.fullname" . }}-postgresql
{{- else if .Values.database.host -}}
{{- .Values.database.passwordSecret.name -}}
{{- end -}}
{{- end -}}

{{/* (dict "root" . "password" true "client" clientCertSecret) */}}
{{- define "pawl.databaseMounts" -}}
{{- if and .password (include "pawl.passwordSecret" .root) }}
- {name: database-password, mountPath: /etc/pawl/database/password, readOnly: true}
{{- end }}
{{- if .root.Values.database.tls.caSecret.name }}
- {name: database-ca, mountPath: /etc/pawl/database/ca, readOnly: true}
{{- end }}
{{- if .client.name }}
- {name: database-client, mountPath: /etc/pawl/database/client, readOnly: true}
{{- end }}
{{- end -}}

{{/* As pawl.databaseMounts. */}}
{{- define "pawl.databaseVolumes" -}}
{{- $passwordSecret := include "pawl.passwordSecret" .root }}
{{- if and .password $passwordSecret }}
- name: database-password
  secret:
    secretName: {{ $passwordSecret | quote }}
    defaultMode: 288
    items:
      - {key: {{ .root.Values.postgresql.bundled | ternary "operator-password" .root.Values.database.passwordSecret.key | quote }}, path: password}
{{- end }}
{{- with .root.Values.database.tls.caSecret }}
{{- if .name }}
- name: database-ca
  secret:
    secretName: {{ .name | quote }}
    defaultMode: 288
    items:
      - {key: {{ .key | quote }}, path: ca.crt}
{{- end }}
{{- end }}
{{- with .client }}
{{- if .name }}
- name: database-client
  secret:
    secretName: {{ .name | quote }}
    defaultMode: 288
    items:
      - {key: {{ .certKey | quote }}, path: tls.crt}
      - {key: {{ .keyKey | quote }}, path: tls.key}
{{- end }}
{{- end }}
{{- end -}}
