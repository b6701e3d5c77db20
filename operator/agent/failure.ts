import type { AgentReason } from '../../crds/v1alpha1/conditions.ts';
import { KubeError } from '../kube/port.ts';
import { TemporalError } from '../temporal/port.ts';
import { describeAction } from './action.ts';
import type { Executed } from './execute.ts';
import { bounded } from './observe/pod-health.ts';

/**
 * What a failed write means for the agent. `race`: somebody was faster, look again. `waiting`: Temporal is not ready for
 * it. `refused`: a person has to do something. undefined: the engine's business (no answer, or a bug).
 */
export type FailureKind =
  | { readonly kind: 'race' }
  | { readonly kind: 'waiting'; readonly message: string }
  | { readonly kind: 'refused'; readonly reason: AgentReason; readonly message: string }
  | { readonly kind: 'unreachable'; readonly reason: AgentReason; readonly message: string };

export function failureKind({ failure }: Executed): FailureKind | undefined {
  if (failure === undefined) return undefined;
  const { action, error } = failure;
  if (error instanceof TemporalError) {
    const message = `cannot ${describeAction(action)}: ${error.message}`;
    switch (error.reason) {
      case 'Conflict':
        return { kind: 'race' };
      case 'Refused':
        return { kind: 'waiting', message };
      case 'Unreachable':
      case 'Unauthorized':
      case 'TemporalNamespaceNotFound':
      case 'VersioningUnsupported':
        return { kind: 'unreachable', reason: error.reason, message };
    }
  }
  if (error instanceof KubeError) {
    const message = bounded(error.message);
    switch (error.reason) {
      case 'Conflict':
      case 'AlreadyExists':
      case 'NotFound':
      case 'Expired':
        return { kind: 'race' };
      // The spec passed the CRD, so it is the API server's own rules for pods that it breaks.
      case 'Invalid':
        return { kind: 'refused', reason: 'InvalidSpec', message };
      case 'TooLarge':
        return { kind: 'refused', reason: 'SpecTooLarge', message };
      case 'Forbidden':
        return { kind: 'refused', reason: 'ObjectsRefused', message };
      case 'Unauthorized':
        return undefined;
    }
  }
  return undefined;
}

/** Nothing can be made any more in a namespace that is being deleted, so nothing can be kept running there either. */
export function namespaceIsGoing({ failure }: Executed): boolean {
  const error = failure?.error;
  return (
    error instanceof KubeError && error.reason === 'Forbidden' && error.message.endsWith(NAMESPACE_GOING)
  );
}

/** The words of kube/failure.ts for `NamespaceTerminating`; the unit test holds the two together. */
const NAMESPACE_GOING = 'the namespace is being deleted';
