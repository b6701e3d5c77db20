import type { RunResult } from '../../crds/v1alpha1/run-protocol.ts';

/**
 * A run's result as far as it keeps to the protocol: an attached workflow may be of another version or make. What is
 * no text is shown as JSON, what is missing counts as zero.
 */
export function runResultOf(value: unknown): RunResult {
  const record = isRecord(value) ? value : { output: value };
  const usage = isRecord(record['usage']) ? record['usage'] : {};
  return {
    output: textOf(record['output']),
    turns: countOf(record['turns']),
    usage: { inputTokens: countOf(usage['inputTokens']), outputTokens: countOf(usage['outputTokens']) },
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : value === undefined ? '' : JSON.stringify(value);
}

function countOf(value: unknown): number {
  return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : 0;
}
