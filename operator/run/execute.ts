import type { AgentRun } from '../../crds/v1alpha1/kinds.ts';
import type { KubeClient } from '../kube/port.ts';
import { AGENT_RUNS } from '../kube/resource-types.ts';
import { TemporalError, type AnswerOutcome, type TemporalClient } from '../temporal/port.ts';
import type { RunAction } from './plan.ts';

/** How far a plan came. */
export interface ExecutedRun {
  /** Answers sent, by question id. */
  readonly answers: ReadonlyMap<string, { readonly answer: string; readonly outcome: AnswerOutcome }>;
  readonly cancelAccepted: boolean;
  /** Why the rest of the plan was not carried out. */
  readonly failure: Error | undefined;
}

/** Carries out `actions` in order, up to the first failure. */
export async function executeRun(
  kube: Pick<KubeClient, 'setFinalizers' | 'delete'>,
  client: TemporalClient | undefined,
  run: AgentRun,
  actions: readonly RunAction[],
): Promise<ExecutedRun> {
  const answers = new Map<string, { readonly answer: string; readonly outcome: AnswerOutcome }>();
  let cancelAccepted = false;
  const key = { namespace: run.metadata.namespace ?? '', name: run.metadata.name };
  const uid = run.metadata.uid ?? '';
  const temporal = (): TemporalClient => {
    if (client === undefined) throw new Error('the plan asks for Temporal, which was not reached');
    return client;
  };

  const perform = async (action: RunAction): Promise<void> => {
    switch (action.kind) {
      case 'setFinalizers':
        return kube.setFinalizers(AGENT_RUNS, key, action.finalizers, {
          uid,
          resourceVersion: run.metadata.resourceVersion ?? '',
        });
      case 'start': {
        const { workflowID, taskQueue, input, summary } = action;
        return temporal().startRun({ workflowID, taskQueue, input, summary });
      }
      case 'cancel':
        await temporal().cancelRun(action.workflowID);
        cancelAccepted = true;
        return;
      case 'answer': {
        const { workflowID, id, answer } = action;
        answers.set(id, { answer, outcome: await temporal().answer(workflowID, { id, answer }) });
        return;
      }
      case 'delete':
        return kube.delete(AGENT_RUNS, key, { uid });
    }
  };

  try {
    for (const action of actions) await perform(action);
  } catch (error) {
    // What Temporal and the API server answer is for the status and the work queue; anything else is a bug.
    if (!(error instanceof Error)) throw error;
    return { answers, cancelAccepted, failure: error };
  }
  return { answers, cancelAccepted, failure: undefined };
}

/** Temporal's own words for the condition; undefined when something else failed. */
export function temporalFailure({ failure }: ExecutedRun): TemporalError | undefined {
  return failure instanceof TemporalError ? failure : undefined;
}
