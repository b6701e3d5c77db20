import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import type { RunState } from '../../crds/v1alpha1/run-protocol.ts';
import type { RunDescription, RunOutcome } from '../temporal/port.ts';

/** The agent of a run, as far as starting a run needs it. */
export type AgentView =
  | { readonly kind: 'missing' }
  | { readonly kind: 'deleting'; readonly taskQueue: string | undefined }
  | { readonly kind: 'notReady'; readonly message: string }
  | { readonly kind: 'ready'; readonly taskQueue: string };

/** What Temporal says of the run's workflow ID. */
export type TemporalView =
  /** There was no reason to ask: nothing can have been started, or the run is over and recorded. */
  | { readonly kind: 'notAsked' }
  /** A connection, a secret or Temporal itself is missing. `retry`: waiting helps; otherwise a person must act. */
  | { readonly kind: 'unavailable'; readonly message: string; readonly retry: boolean }
  | { readonly kind: 'none' }
  /** The ID belongs to a workflow that is no run of this agent. Nothing of it is shown and nothing is done to it. */
  | { readonly kind: 'foreign'; readonly message: string }
  | {
      readonly kind: 'open';
      readonly description: RunDescription;
      /** undefined: no worker has answered; what was known before still holds as far as anybody can tell. */
      readonly state: RunState | undefined;
    }
  | { readonly kind: 'closed'; readonly description: RunDescription; readonly outcome: RunOutcome };

/** Everything a pass knows. Made by observe.ts; plan.ts and status.ts read nothing else. */
export interface ObservedRun {
  readonly run: AgentRun;
  /** The status as last written: by the informer, or by this process when the informer is behind. */
  readonly status: NonNullable<AgentRun['status']>;
  readonly namespace: string;
  readonly uid: string;
  readonly workflowID: string;
  readonly agent: AgentView;
  readonly temporal: TemporalView;
  /** Answers of spec.responses the run has refused, by question id. */
  readonly rejected: ReadonlyMap<string, string>;
  /** Temporal has taken a cancel request of this process. */
  readonly cancelSent: boolean;
}
