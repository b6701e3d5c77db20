import { expect, test } from 'vitest';
import { RetryableError } from '../errors.ts';
import { makeLog } from './log.ts';

function recording() {
  const lines: Record<string, unknown>[] = [];
  const log = makeLog('info', {
    write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>),
  });
  return { log, lines };
}

test('a line is JSON with a level by name, a constant message and its fields', () => {
  const { log, lines } = recording();
  log.with({ controller: 'agentrun' }).info('pass failed', { name: 'a' });
  log.debug('not at this level');
  expect(lines).toEqual([
    { level: 'info', time: expect.any(String), controller: 'agentrun', name: 'a', message: 'pass failed' },
  ]);
});

test('secrets that reach a log line in spite of all are not in it', () => {
  const { log, lines } = recording();
  log.info('oops', {
    apiKey: 'hunter2',
    settings: { token: 'hunter2', tls: 'on' },
    secret: { data: { a: 'hunter2' } },
  });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
});

test('of an error only its words: no properties, a stack when it is a bug, the messages of its causes', () => {
  const { log, lines } = recording();
  const cause = Object.assign(new Error('refused'), { request: { headers: 'hunter2' } });
  log.error('bug', { error: Object.assign(new TypeError('x', { cause }), { body: 'hunter2' }) });
  log.error('expected', { error: new RetryableError('no answer') });
  expect(JSON.stringify(lines)).not.toContain('hunter2');
  expect(lines[0]?.['error']).toMatchObject({
    type: 'TypeError',
    message: 'x',
    stack: expect.any(String),
    causes: ['refused'],
  });
  expect(lines[1]?.['error']).toEqual({ type: 'RetryableError', message: 'no answer' });
});
