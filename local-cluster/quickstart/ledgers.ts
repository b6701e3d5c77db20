import { createHash } from 'node:crypto';
import type { Entry } from '../../examples/twenty-questions/answerer/ledger.ts';
import type { ModelCall } from '../../examples/scripted-model/control.ts';
import { ClusterError } from '../cluster.ts';

/** What the other side saw: every call that reached the tool's and the model's server, in order. */
export interface Ledgers {
  readonly thing: string;
  readonly tool: readonly Entry[];
  /** undefined: a real model keeps no such list for us. */
  readonly model: readonly ModelCall[] | undefined;
}

export interface LedgerAddresses {
  readonly answerer: string;
  readonly scriptedModel: string | undefined;
}

export async function readLedgers(addresses: LedgerAddresses): Promise<Ledgers> {
  const [log, control] = await Promise.all([
    get<{ readonly thing: string; readonly entries: readonly Entry[] }>(`http://${addresses.answerer}/log`),
    addresses.scriptedModel === undefined
      ? undefined
      : get<{ readonly calls: readonly ModelCall[] }>(`http://${addresses.scriptedModel}/control`),
  ]);
  return { thing: log.thing, tool: log.entries, model: control?.calls };
}

async function get<T>(url: string): Promise<T> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(5_000) });
    return (await response.json()) as T;
  } catch (error) {
    throw new ClusterError(
      `${url} gave no answer: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
}

/** How the scripted model tells games apart (examples/scripted-model/server.ts). */
export const conversationOf = (input: string): string =>
  createHash('sha256').update(input).digest('hex').slice(0, 12);
