import { PROPERTIES, THINGS } from '../world.ts';

export type Answer = { readonly answer: 'yes' | 'no' } | { readonly misunderstood: string };

/**
 * Answers a yes/no question about `thing`: a question in the words of a property (one at a time), or a guess
 * ("Is it a piano?"). `misunderstood` says what can be asked.
 */
export function answerQuestion(thing: string, question: string): Answer {
  const text = question.toLowerCase();
  const holds = THINGS.get(thing) ?? new Set<string>();

  const scripted = PROPERTIES.find((property) => property.question.toLowerCase() === text.trim());
  if (scripted !== undefined) return { answer: holds.has(scripted.name) ? 'yes' : 'no' };

  const guessed = [...THINGS.keys()].find((name) => new RegExp(`\\bis it (an? |the )?${name}\\b`).test(text));
  if (guessed !== undefined) return { answer: guessed === thing ? 'yes' : 'no' };

  const meant = PROPERTIES.filter((property) => property.words.test(text));
  const [only] = meant;
  if (only !== undefined && meant.length === 1) return { answer: holds.has(only.name) ? 'yes' : 'no' };

  const problem =
    only === undefined ? 'I do not understand this question.' : 'Ask about one property at a time.';
  const examples = PROPERTIES.map((property) => property.question).join(' ');
  return { misunderstood: `${problem} Guess a thing ("Is it a piano?") or ask one of: ${examples}` };
}
