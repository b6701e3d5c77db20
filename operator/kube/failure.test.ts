import { describe, expect, test } from 'vitest';
import { RetryableError, TerminalError } from '../errors.ts';
import { failureOf, retryAfterMs } from './failure.ts';
import { KubeError } from './port.ts';

const status = (fields: object) => JSON.stringify({ kind: 'Status', ...fields });
const what = 'apply Deployment shop/assistant';

describe('failureOf', () => {
  test.each([
    [400, status({}), 'Invalid'],
    [401, status({}), 'Unauthorized'],
    [403, status({}), 'Forbidden'],
    [404, status({}), 'NotFound'],
    [409, status({ reason: 'Conflict' }), 'Conflict'],
    [409, status({ reason: 'AlreadyExists' }), 'AlreadyExists'],
    [409, 'no JSON', 'Conflict'],
    [410, status({}), 'Expired'],
    [413, '', 'TooLarge'],
    [422, status({ message: 'spec.replicas: Invalid value' }), 'Invalid'],
    [500, status({ message: 'etcdserver: request is too large' }), 'TooLarge'],
  ])('%i %s is %s', (code, body, reason) => {
    const error = failureOf(what, code, body, undefined);
    expect(error).toBeInstanceOf(KubeError);
    expect((error as KubeError).reason).toBe(reason);
    expect(error.message).toContain(what);
  });

  test.each([
    [429, '{}', '3', 3_000],
    [503, status({ details: { retryAfterSeconds: 2 } }), undefined, 2_000],
    [500, 'upstream connect error', undefined, undefined],
    [504, '', undefined, undefined],
  ])('%i %s is retried', (code, body, retryAfter, afterMs) => {
    const error = failureOf(what, code, body, retryAfter);
    expect(error).toBeInstanceOf(RetryableError);
    expect((error as RetryableError).afterMs).toBe(afterMs);
  });

  test('anything else is not', () =>
    expect(failureOf(what, 405, '', undefined)).toBeInstanceOf(TerminalError));

  test('only an invalid object is worth quoting the server for', () => {
    const body = status({
      message: 'spec.replicas: Invalid value: -1',
      details: { token: 'hunter2' },
    });
    expect(failureOf(what, 422, body, undefined).message).toContain('spec.replicas: Invalid value: -1');
    for (const code of [401, 403, 404, 409, 500, 418]) {
      const { message } = failureOf(what, code, status({ message: 'hunter2' }), undefined);
      expect(message).not.toContain('hunter2');
    }
  });
});

test.each([
  [undefined, undefined],
  ['', undefined],
  ['1', 1_000],
  ['0.5', 500],
  ['-1', 0],
  ['Thu, 01 Jan 1970 00:00:10 GMT', 9_000],
  ['soon', undefined],
])('Retry-After %s is %s ms', (header, expected) => expect(retryAfterMs(header, 1_000)).toBe(expected));
