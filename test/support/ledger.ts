import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../reports/promises/', import.meta.url));

export interface PromiseResult {
  /** Stable id, as in docs/promises.md. */
  readonly id: string;
  /** The promise in one sentence. */
  readonly promise: string;
  /** File of the test, relative to the repository. */
  readonly test: string;
  /** What was measured or counted. */
  readonly figures: Readonly<Record<string, number | string>>;
}

/**
 * Runs the proof of a promise and records its outcome for reports/promises.json, failed ones included. `prove` fills
 * `figures` as it goes and throws when the promise is broken.
 */
export async function prove(
  entry: Omit<PromiseResult, 'figures'>,
  proof: (figures: Record<string, number | string>) => Promise<void>,
): Promise<void> {
  const figures: Record<string, number | string> = {};
  let ok = false;
  try {
    await proof(figures);
    ok = true;
  } finally {
    mkdirSync(FOLDER, { recursive: true });
    writeFileSync(
      join(FOLDER, `${entry.id}.json`),
      `${JSON.stringify({ ...entry, figures, ok }, null, 2)}\n`,
    );
  }
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}
