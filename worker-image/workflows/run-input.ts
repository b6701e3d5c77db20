/** The first argument of a run: what a client sent, or the state a run carries over when it continues as new. */
import type { AgentState } from './machine-state.ts';
import { begin } from './machine.ts';
import { jsonBytes } from './text-size.ts';

/** What a run hands to its continuation. Ours alone: clients send `RunInput`. */
export interface ResumedInput {
  readonly resumed: AgentState;
}

/** Half of what Temporal takes as one payload: the same text must fit once more, escaped, into a query's answer. */
const MAX_INPUT_BYTES = 1_048_576;

/** A conversation has to begin with a message from the user: endpoints refuse one that does not. */
const WITHOUT_INPUT = 'Begin.';

/** The state to start from, or what is wrong with the input. */
export function beginWith(input: unknown): AgentState | { readonly invalid: string } {
  if (input === undefined || input === null) return begin(WITHOUT_INPUT);
  if (typeof input !== 'object' || Array.isArray(input))
    return { invalid: expected(`got ${Array.isArray(input) ? 'a list' : typeof input}`) };
  if ('resumed' in input) return (input as ResumedInput).resumed;
  const { input: value, ...rest } = input as Readonly<Record<string, unknown>>;
  const unknown = Object.keys(rest);
  if (unknown.length > 0) return { invalid: expected(`unknown field ${unknown.join(', ')}`) };
  if (value === undefined || value === null) return begin(WITHOUT_INPUT);
  const message = typeof value === 'string' ? value : JSON.stringify(value);
  const bytes = jsonBytes(message);
  if (bytes > MAX_INPUT_BYTES)
    return { invalid: `the input has ${bytes} bytes, at most ${MAX_INPUT_BYTES} fit` };
  return begin(message);
}

function expected(problem: string): string {
  return `a run takes one argument, {"input": <a string or any JSON>}: ${problem}`;
}
