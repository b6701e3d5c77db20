import type { AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import type { PendingQuestion } from '../../crds/v1alpha1/run-protocol.ts';
import type { Finding } from '../connection/condition.ts';
import { cutText } from './cut-text.ts';
import { finding } from './finding.ts';

/**
 * Limits of the schema (agent-run.ts). All prompts together stay within the 1.5 MiB etcd takes, with the rest of the object
 * and should every character need the six bytes of a JSON escape.
 */
const MAX_PROMPT = 16_384;
const ALL_PROMPTS = 131_072;
const MAX_QUESTIONS = 256;

/** The Waiting condition: which questions, and which answers the run did not take. */
export function waitingFinding(
  waiting: readonly { readonly id: string; readonly tool: string }[],
  refused: ReadonlyMap<string, string>,
): Finding {
  if (waiting.length === 0) return finding('Waiting', 'False', 'NotWaiting', 'nobody is asked anything');
  const questions = waiting.slice(0, 8).map(({ id, tool }) => {
    const why = refused.get(id);
    return why === undefined
      ? `${id} (${tool})`
      : `${id} (${tool}; the answer in spec.responses was refused: ${why})`;
  });
  const more = waiting.length > 8 ? ` and ${waiting.length - 8} more` : '';
  return finding(
    'Waiting',
    'True',
    'QuestionPending',
    `waits for an answer to ${questions.join(', ')}${more}: add {id, answer} to spec.responses`,
  );
}

/** The questions as far as the schema holds them: many long prompts are cut, the whole of each is in Temporal. */
export function shownQuestions(
  questions: readonly PendingQuestion[],
): NonNullable<AgentRunStatus['waiting']> {
  const shown = questions.slice(0, MAX_QUESTIONS);
  const longest = Math.min(MAX_PROMPT, Math.floor(ALL_PROMPTS / Math.max(1, shown.length)));
  return shown.map(({ id, kind, tool, prompt, since }) => ({
    id,
    kind,
    tool,
    prompt: cutText(prompt, longest),
    since,
  }));
}
