import type { Answer } from './answer.ts';

/**
 * One request to /ask. `executed`: the question was answered and counted. `replayed`: the same key again, the recorded
 * answer was given. `failed`: refused on purpose before anything was done. `delivered` is false when the reply was lost
 * on purpose.
 */
export interface Entry {
  readonly sequence: number;
  /** RFC 3339. */
  readonly at: string;
  readonly key: string | undefined;
  readonly question: string;
  readonly outcome: 'executed' | 'replayed' | 'failed';
  readonly delivered: boolean;
}

interface Recorded {
  readonly question: string;
  readonly answer: Answer;
}

/** Everything that was asked, in order, and the answers by idempotency key. In memory: a restart forgets the game. */
export class Ledger {
  readonly entries: Entry[] = [];
  private readonly answers = new Map<string, Recorded>();

  recorded(key: string | undefined): Recorded | undefined {
    return key === undefined ? undefined : this.answers.get(key);
  }

  record(key: string | undefined, recorded: Recorded): void {
    if (key !== undefined) this.answers.set(key, recorded);
  }

  log(entry: Omit<Entry, 'sequence' | 'at'>): Entry {
    const logged = { sequence: this.entries.length, at: new Date().toISOString(), ...entry };
    this.entries.push(logged);
    return logged;
  }
}
