import { expect, it } from 'vitest';
import type { Fault } from './chat-completions.ts';
import type { FailureType } from './failures.ts';
import { modelFailure } from './model-failures.ts';

const asked = { host: 'models.test', apiKey: 's3cr3t-key', now: Date.parse('2026-11-21T04:00:00Z') };

function status(
  code: number,
  rest: { headers?: Record<string, string>; code?: string; type?: string; message?: string } = {},
): Fault {
  const { headers = {}, ...body } = rest;
  return {
    kind: 'status',
    status: code,
    headers: new Headers(headers),
    code: '',
    type: '',
    message: '',
    ...body,
  };
}

const retry = true;
const end = false;

it.each<[Fault, FailureType, boolean]>([
  [status(400), 'Model.BadRequest', end],
  [status(400, { code: 'context_length_exceeded' }), 'Model.ContextLengthExceeded', end],
  [
    status(400, { message: "This model's maximum context length is 4096 tokens." }),
    'Model.ContextLengthExceeded',
    end,
  ],
  [
    status(400, { message: 'request exceeds the available context size' }),
    'Model.ContextLengthExceeded',
    end,
  ],
  [status(401), 'Model.Authentication', end],
  [status(402), 'Model.InsufficientQuota', end],
  [status(403), 'Model.Authentication', end],
  [status(404), 'Model.BadRequest', end],
  [status(408), 'Model.Timeout', retry],
  [status(409), 'Model.ServerError', retry],
  [status(413), 'Model.BadRequest', end],
  [status(422), 'Model.BadRequest', end],
  [status(425), 'Model.ServerError', retry],
  [status(429), 'Model.RateLimited', retry],
  [status(429, { code: 'rate_limit_exceeded' }), 'Model.RateLimited', retry],
  [status(429, { code: 'insufficient_quota' }), 'Model.InsufficientQuota', end],
  [status(429, { type: 'insufficient_quota' }), 'Model.InsufficientQuota', end],
  [status(500), 'Model.ServerError', retry],
  [status(503), 'Model.ServerError', retry],
  [status(529), 'Model.ServerError', retry],
  [status(302), 'Model.BadRequest', end],
  [status(500, { headers: { 'x-should-retry': 'false' } }), 'Model.ServerError', end],
  [status(400, { headers: { 'x-should-retry': 'true' } }), 'Model.BadRequest', retry],
  [status(429, { headers: { 'x-should-retry': 'maybe' } }), 'Model.RateLimited', retry],
  [{ kind: 'connection', code: 'ECONNRESET' }, 'Model.Connection', retry],
  [{ kind: 'connection', code: 'bad port' }, 'Model.BadRequest', end],
  [{ kind: 'notJSON' }, 'Model.InvalidResponse', retry],
  [{ kind: 'tooLarge', limit: 9 }, 'Model.InvalidResponse', end],
])('%j is %s, retried: %s', (fault, type, retried) => {
  const failure = modelFailure(fault, asked);
  expect(failure).toMatchObject({ type, nonRetryable: !retried });
  expect(failure.cause).toBeUndefined();
});

it('waits as long as the endpoint asks for', () => {
  const limited = (headers: Record<string, string>) =>
    modelFailure(status(429, { headers }), asked).nextRetryDelay;
  expect(limited({ 'retry-after': '20' })).toBe(20_000);
  expect(limited({ 'retry-after-ms': '1500' })).toBe(1_500);
  expect(limited({ 'retry-after': 'Sat, 21 Nov 2026 04:01:00 GMT' })).toBe(60_000);
  expect(limited({})).toBeUndefined();
});

it('says what the endpoint said, short and without a key', () => {
  const said = (message: string) => modelFailure(status(401, { message }), asked).message;
  expect(said('Incorrect API key provided: s3cr3t-key.')).toBe(
    'models.test answered 401: Incorrect API key provided: [key].',
  );
  expect(said('Incorrect API key provided: sk-proj-****wxyz.')).not.toContain('wxyz');
  expect(said('x'.repeat(5_000)).length).toBeLessThan(400);
  expect(said('')).toBe('models.test answered 401.');
});
