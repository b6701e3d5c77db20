{{/*
What the operator may do where it watches. Each line is needed: operator/kube/resource-types.ts lists the kinds, and
operator/kube/port.ts the calls (apply is patch; it needs create for an object that is not there yet).
*/}}
{{- define "durable-agents.rules" -}}
- apiGroups: [durableagents.dev]
  resources: [durableagents]
  verbs: [get, list, watch, patch]
- apiGroups: [durableagents.dev]
  resources: [agentruns]
  # delete: spec.ttlSecondsAfterFinished.
  verbs: [get, list, watch, patch, delete]
- apiGroups: [durableagents.dev]
  resources: [temporalconnections]
  verbs: [get, list, watch]
- apiGroups: [durableagents.dev]
  resources: [durableagents/status, agentruns/status, temporalconnections/status]
  verbs: [patch]
- apiGroups: [durableagents.dev]
  # Asked for by OwnerReferencesPermissionEnforcement, for ownerReferences with blockOwnerDeletion.
  resources: [durableagents/finalizers]
  verbs: [update]
- apiGroups: [apps]
  resources: [deployments]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [policy]
  resources: [poddisruptionbudgets]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [configmaps]
  verbs: [get, list, watch, create, patch, delete]
- apiGroups: [""]
  resources: [pods]
  verbs: [list, watch]
- apiGroups: [""]
  # One by one, by name: the operator cannot list Secrets.
  resources: [secrets]
  verbs: [get]
- apiGroups: [events.k8s.io]
  resources: [events]
  verbs: [create, patch]
{{- end -}}
