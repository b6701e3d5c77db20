import type { Worker } from '../../../crds/v1alpha1/worker.ts';

type Amounts = Readonly<Record<string, string>>;

/** A worker that plays one agent needs about 160 MiB idle; disk is for modules and what tools put into /tmp. */
const DEFAULT_REQUESTS: Amounts = { cpu: '100m', memory: '256Mi', 'ephemeral-storage': '64Mi' };
const DEFAULT_LIMITS: Amounts = { memory: '512Mi', 'ephemeral-storage': '1Gi' };

/** A default stands only where the spec says nothing of that resource: half a default could contradict the other half. */
export function resourcesOf(resources: Worker['resources']): {
  readonly requests: Amounts;
  readonly limits: Amounts;
} {
  const requests = definedOf(resources?.requests);
  const limits = definedOf(resources?.limits);
  const unsaid = ([name]: readonly [string, string]) => !(name in requests) && !(name in limits);
  return {
    requests: { ...Object.fromEntries(Object.entries(DEFAULT_REQUESTS).filter(unsaid)), ...requests },
    limits: { ...Object.fromEntries(Object.entries(DEFAULT_LIMITS).filter(unsaid)), ...limits },
  };
}

function definedOf(amounts: Readonly<Record<string, string | undefined>> | undefined): Amounts {
  return Object.fromEntries(
    Object.entries(amounts ?? {}).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
