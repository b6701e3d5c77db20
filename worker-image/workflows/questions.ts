/** Questions to a person: which are open, what they ask, and which answers are taken. */
import type { AnswerInput, PendingQuestion } from '../../crds/v1alpha1/run-protocol.ts';
import type { AgentState, OpenCall } from './machine-state.ts';
import { questionID } from './machine.ts';
import type { RunPlan } from './protocol.ts';
import { cutText } from './text-size.ts';

/** An AgentRun's status has room for 16384 characters of a prompt. */
const MAX_PROMPT_BYTES = 16_000;
/** An answer becomes an observation; this is the default limit of one. */
const MAX_ANSWER_BYTES = 65_536;

export function pendingQuestions(state: AgentState, plan: RunPlan): PendingQuestion[] {
  if (state.end !== undefined) return [];
  return state.open.flatMap((call, index) => {
    if (call.observation !== undefined || plan.tools[call.name]?.kind !== 'question') return [];
    const id = questionID(state, index + 1);
    return [
      {
        id,
        kind: 'Question' as const,
        tool: call.name,
        prompt: promptOf(call),
        since: state.openSince ?? '',
      },
    ];
  });
}

/**
 * What an answer means now: the number of the call it answers, `repeated` when it was accepted before, or why it is
 * refused.
 */
export function judgeAnswer(
  state: AgentState,
  plan: RunPlan | undefined,
  input: unknown,
): { readonly call: number } | 'repeated' | { readonly refused: string } {
  if (!isAnswer(input))
    return {
      refused: 'an answer is {"id": "<turn>/<call>", "answer": "<text>"}; the ids are in the state query',
    };
  if (new TextEncoder().encode(input.answer).length > MAX_ANSWER_BYTES) {
    return { refused: `the answer is longer than ${MAX_ANSWER_BYTES} bytes` };
  }
  const earlier = Object.hasOwn(state.answers, input.id) ? state.answers[input.id] : undefined;
  if (earlier !== undefined) {
    return earlier === input.answer
      ? 'repeated'
      : { refused: `question ${input.id} has been answered already, with another text` };
  }
  const waiting = plan === undefined ? [] : pendingQuestions(state, plan).map((question) => question.id);
  if (!waiting.includes(input.id)) {
    const open = waiting.length === 0 ? 'no question is open' : `open questions: ${waiting.join(', ')}`;
    return { refused: `no question ${cutText(input.id, 64)} waits for an answer; ${open}` };
  }
  return { call: Number(input.id.slice(input.id.indexOf('/') + 1)) };
}

function isAnswer(input: unknown): input is AnswerInput {
  if (typeof input !== 'object' || input === null) return false;
  const { id, answer } = input as Partial<Record<keyof AnswerInput, unknown>>;
  return typeof id === 'string' && typeof answer === 'string';
}

/** The tool's only argument is the question; a model that sent more is shown as it is. */
function promptOf(call: OpenCall): string {
  const { question, ...rest } = call.arguments;
  const text =
    typeof question === 'string' && Object.keys(rest).length === 0
      ? question
      : JSON.stringify(call.arguments);
  return cutText(text, MAX_PROMPT_BYTES);
}
