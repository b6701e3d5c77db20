/** A run as others see it: the answer of the state query, and the line in Temporal's UI. */
import type { RunState } from '../../crds/v1alpha1/run-protocol.ts';
import type { AgentState } from './machine-state.ts';
import type { RunPlan } from './protocol.ts';
import { pendingQuestions } from './questions.ts';

/** `ended`: how the run ended when it was not by its own result. */
export function runState(
  state: AgentState,
  plan: RunPlan | undefined,
  ended: 'open' | 'Canceled' | 'Failed',
): RunState {
  const waiting = ended !== 'open' || plan === undefined ? [] : pendingQuestions(state, plan);
  return {
    phase: phaseOf(state, ended, waiting.length > 0),
    turns: state.turns,
    toolCalls: state.toolCalls + state.open.filter((call) => call.observation !== undefined).length,
    usage: state.usage,
    waiting,
  };
}

/** Shown in Temporal's UI as the current details of the run. */
export function describeRun(state: AgentState, plan: RunPlan): string {
  const { waiting, turns, toolCalls } = runState(state, plan, 'open');
  const ids = waiting.map((question) => question.id).join(', ');
  return `${turns} turns, ${toolCalls} tool calls${waiting.length === 0 ? '' : `; waits for a person to answer ${ids}`}`;
}

function phaseOf(
  state: AgentState,
  ended: 'open' | 'Canceled' | 'Failed',
  isWaiting: boolean,
): RunState['phase'] {
  if (ended !== 'open') return ended;
  if (state.end !== undefined) return state.end.kind === 'completed' ? 'Completed' : 'Failed';
  return isWaiting ? 'Waiting' : 'Running';
}
