import { expect, it } from 'vitest';
import { answerQuestion } from './answer.ts';

it.each([
  ['Is it alive?', { answer: 'no' }],
  ['Does it make music?', { answer: 'yes' }],
  ['is it something that makes MUSIC', { answer: 'yes' }],
  ['Is it a piano?', { answer: 'yes' }],
  ['Is it an elephant?', { answer: 'no' }],
  ['Would you say it has legs', { answer: 'yes' }],
])('%s', (question, expected) => {
  expect(answerQuestion('piano', question)).toEqual(expected);
});

it.each(['What colour is it?', 'Is it a sharp animal?', ''])(
  'says what can be asked when it is asked "%s"',
  (question) => {
    expect(answerQuestion('piano', question)).toHaveProperty('misunderstood');
  },
);
