/** Longest wait an endpoint may ask for: one that says "tomorrow" must not park a run for a day. */
const MAX_RETRY_AFTER_MS = 3_600_000;

/**
 * Milliseconds to wait before the next attempt as the response asks, or undefined to leave it to the policy. Reads
 * `retry-after-ms` (OpenAI, Azure), else `retry-after` in seconds or as an HTTP-date (RFC 9110, 10.2.3).
 */
export function retryAfter(headers: Headers | undefined, now: number): number | undefined {
  const milliseconds = number(headers?.get('retry-after-ms'));
  if (milliseconds !== undefined) return bounded(milliseconds);
  const value = headers?.get('retry-after');
  const seconds = number(value);
  if (seconds !== undefined) return bounded(seconds * 1_000);
  // Date.parse takes nearly anything ("-5" is May 2001); all three forms of an HTTP-date begin with the day's name.
  return value !== null && value !== undefined && /^[A-Za-z]{3}/.test(value.trim())
    ? bounded(Date.parse(value) - now)
    : undefined;
}

function number(value: string | null | undefined): number | undefined {
  const trimmed = value?.trim() ?? '';
  return /^[0-9]+(\.[0-9]+)?$/.test(trimmed) ? Number(trimmed) : undefined;
}

/** A wait of nothing, or in the past, is no wish: the policy's backoff is kinder to a server in trouble. */
function bounded(milliseconds: number): number | undefined {
  if (Number.isNaN(milliseconds) || milliseconds < 1) return undefined;
  return Math.min(Math.ceil(milliseconds), MAX_RETRY_AFTER_MS);
}
