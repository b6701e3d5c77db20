import { LABELS, MANAGED_BY } from '../../../crds/v1alpha1/contract.ts';

/** Labels of every object of a version. */
export function versionLabels(agent: string, buildID: string): Readonly<Record<string, string>> {
  return {
    [LABELS.managedBy]: MANAGED_BY,
    [LABELS.name]: 'durable-agent',
    [LABELS.component]: 'worker',
    ...selectorLabels(agent, buildID),
  };
}

/** What selects the pods of a version. A Deployment's selector is immutable: nothing may ever be added here. */
export function selectorLabels(agent: string, buildID: string): Readonly<Record<string, string>> {
  return { [LABELS.agent]: agent, [LABELS.buildID]: buildID };
}

/** `selectorLabels` as kubectl and the scale subresource write it. */
export function selectorText(agent: string, buildID: string): string {
  return Object.entries(selectorLabels(agent, buildID))
    .map(([key, value]) => `${key}=${value}`)
    .join(',');
}
