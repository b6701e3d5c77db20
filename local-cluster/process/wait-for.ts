import { setTimeout as sleep } from 'node:timers/promises';

import { ClusterError } from '../cluster-error.ts';

export interface WaitOptions {
  readonly what: string;
  readonly timeoutMs: number;
  readonly intervalMs?: number;
  /** Where to look when it never happens. */
  readonly hint?: string;
}

/** Polls until `probe` gives true; a throw from it (a server that died, say) ends the wait at once. */
export async function waitFor(options: WaitOptions, probe: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + options.timeoutMs;
  while (!(await probe())) {
    if (Date.now() > deadline) {
      const hint = options.hint === undefined ? '' : ` ${options.hint}`;
      throw new ClusterError(`Waited ${options.timeoutMs / 1000} s for ${options.what}, in vain.${hint}`);
    }
    await sleep(options.intervalMs ?? 200);
  }
}
