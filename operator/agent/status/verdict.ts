import type { AgentReason, Condition } from '../../../crds/v1alpha1/conditions.ts';
import type { Confirmation } from '../plan/emptiness.ts';
import type { Executed } from '../execute.ts';
import type { Observed } from '../observed.ts';

export interface Verdict {
  readonly status: Condition['status'];
  readonly reason: AgentReason;
  readonly message: string;
}

/** What the verdicts are made from. */
export interface Judged {
  readonly observed: Observed;
  readonly executed: Executed;
  /** Build ID that is current after the pass. */
  readonly current: string | undefined;
  readonly confirmation: Confirmation;
}

export function blocked(message: string): Verdict {
  return { status: 'Unknown', reason: 'Blocked', message };
}
