import type { RunConditionType, RunReason } from '../../crds/v1alpha1/conditions.ts';
import type { Finding } from '../connection/condition.ts';

/** A finding whose type and reason are those of an AgentRun. */
export function finding(
  type: RunConditionType,
  status: Finding['status'],
  reason: RunReason,
  message: string,
): Finding {
  return { type, status, reason, message };
}
