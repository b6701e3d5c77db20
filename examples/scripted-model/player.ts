import { PROPERTIES, THINGS, type Property } from '../twenty-questions/world.ts';
import { textOf, type Reply, type WireMessage, type WireRequest } from './wire.ts';

/** The model was asked something it has no script for. Message for the caller; becomes a 400. */
export class UnscriptedError extends Error {
  override readonly name = 'UnscriptedError';
}

const TOOL = 'ask';
const MAX_QUESTIONS = 20;
const MAX_FAILURES_IN_A_ROW = 3;

/**
 * Plays twenty questions by the conversation alone: the candidates are the things that fit all answers so far, the next
 * question is the one that halves them best, the last one left is the answer. Throws UnscriptedError for any other task.
 */
export function play(request: WireRequest): Reply {
  const system = request.messages.filter(({ role }) => role === 'system' || role === 'developer').map(textOf);
  if (!system.join('\n').toLowerCase().includes('twenty questions')) {
    throw new UnscriptedError(
      'This scripted model plays twenty questions only: no system message mentions the game.',
    );
  }
  if (request.tools?.some((tool) => tool.function.name === TOOL) !== true) {
    throw new UnscriptedError(`This scripted model needs a tool named "${TOOL}" that takes {question}.`);
  }

  const asked = questionsOf(request.messages);
  const lastAnswer = asked.findLastIndex(({ answer }) => answer !== undefined);
  if (asked.length - 1 - lastAnswer >= MAX_FAILURES_IN_A_ROW) {
    return { text: `I give up: ${MAX_FAILURES_IN_A_ROW} questions in a row got no answer.` };
  }
  const candidates = [...THINGS].filter(([, holds]) =>
    asked.every(({ property, answer }) => answer === undefined || holds.has(property.name) === answer),
  );
  const [first] = candidates;
  if (first === undefined) return { text: 'I give up: nothing I know fits all the answers.' };
  const next = bestQuestion(candidates.map(([, holds]) => holds));
  if (candidates.length > 1 && asked.length < MAX_QUESTIONS && next !== undefined) {
    return { call: { name: TOOL, arguments: { question: next.question } } };
  }
  const [thing] = first;
  return { text: `It is ${/^[aeiou]/.test(thing) ? 'an' : 'a'} ${thing}.` };
}

interface Asked {
  readonly property: Property;
  /** undefined: the tool failed. */
  readonly answer: boolean | undefined;
}

function questionsOf(messages: readonly WireMessage[]): readonly Asked[] {
  const outcomes = new Map(
    messages.filter(({ role }) => role === 'tool').map((message) => [message.tool_call_id, message]),
  );
  return messages
    .flatMap((message) => message.tool_calls ?? [])
    .map(({ id, function: { arguments: text } }) => {
      const property = PROPERTIES.find(({ question }) => question === questionIn(text));
      if (property === undefined)
        throw new UnscriptedError('The conversation holds a question this model never asks.');
      if (!outcomes.has(id))
        throw new UnscriptedError(`The conversation lacks the tool message for call ${id}.`);
      return { property, answer: answerIn(textOf(outcomes.get(id))) };
    });
}

function questionIn(text: string): unknown {
  try {
    return (JSON.parse(text) as { question?: unknown }).question;
  } catch {
    return undefined;
  }
}

/** Whatever the worker puts around it, the answer is the answerer's JSON; a failure has none. */
function answerIn(text: string): boolean | undefined {
  const found = /"answer"\s*:\s*"(yes|no)"/.exec(text)?.[1];
  return found === undefined ? undefined : found === 'yes';
}

/** The question that splits the candidates most evenly; undefined when none splits them. */
function bestQuestion(candidates: readonly ReadonlySet<string>[]): Property | undefined {
  const splits = PROPERTIES.map((property) => {
    const yes = candidates.filter((holds) => holds.has(property.name)).length;
    return { property, smaller: Math.min(yes, candidates.length - yes) };
  });
  return splits.filter(({ smaller }) => smaller > 0).toSorted((a, b) => b.smaller - a.smaller)[0]?.property;
}
