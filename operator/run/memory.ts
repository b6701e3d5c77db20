import { isDeepStrictEqual } from 'node:util';
import type { AgentRunStatus } from '../../crds/v1alpha1/agent-run.ts';
import type { RunState } from '../../crds/v1alpha1/run-protocol.ts';

/** Waits between questions to a run whose workers do not answer, so that they don't cost every pass its timeout. */
const FIRST_SILENCE_MS = 5_000;
const LONGEST_SILENCE_MS = 60_000;

/**
 * What this process saves itself: asking what it knows, and saying twice what was said. All of it may be lost at any
 * time; a new process asks again and sends again, which Temporal deduplicates.
 */
export interface RunMemory {
  readonly uid: string;
  /** Last answer to the state query, and the history it was true of: without new events it still is. */
  known: { readonly runID: string; readonly historyLength: number; readonly state: RunState } | undefined;
  /** The workers did not answer at this history length; not asked again before `until` unless it grows. */
  silence:
    | { readonly historyLength: number; readonly until: number; readonly milliseconds: number }
    | undefined;
  /** Last status written, for as long as the informer may still show an older one. `at` in milliseconds. */
  written: { readonly at: number; readonly status: AgentRunStatus } | undefined;
  /** Refused answers by question id. */
  readonly rejected: Map<string, { readonly answer: string; readonly message: string }>;
  cancelSent: boolean;
}

export interface RunMemories {
  /** Of the run with this uid; an earlier resource of the same name is forgotten. */
  of(key: string, uid: string): RunMemory;
  forget(key: string): void;
}

export function makeRunMemories(): RunMemories {
  const memories = new Map<string, RunMemory>();
  return {
    of(key, uid) {
      const known = memories.get(key);
      if (known?.uid === uid) return known;
      const memory: RunMemory = {
        uid,
        known: undefined,
        silence: undefined,
        written: undefined,
        rejected: new Map(),
        cancelSent: false,
      };
      memories.set(key, memory);
      return memory;
    },
    forget(key) {
      memories.delete(key);
    },
  };
}

/** Longest time the informer is taken to be behind. After it, what is stored counts, whoever wrote it. */
const INFORMER_LAG_MS = 10_000;

/**
 * The status as it is now. The informer may lag behind a write of this process, and an object it shows can be newer
 * than the one read before and still older than that write (a finalizer, a spec change): comparing resource versions
 * would not tell. This process is the only writer, so until the write shows up it is the truth.
 */
export function latestStatus(
  memory: RunMemory,
  stored: AgentRunStatus | undefined,
  now: number,
): AgentRunStatus {
  const { written } = memory;
  if (written === undefined) return stored ?? {};
  if (now - written.at < INFORMER_LAG_MS && !isDeepStrictEqual(written.status, stored)) return written.status;
  memory.written = undefined;
  return stored ?? {};
}

/** Whether asking the run now is worth its while. */
export function isSilent(memory: RunMemory, historyLength: number, now: number): boolean {
  return (
    memory.silence !== undefined &&
    memory.silence.historyLength === historyLength &&
    now < memory.silence.until
  );
}

/** Notes that no worker answered; the next question waits twice as long. */
export function noteSilence(memory: RunMemory, historyLength: number, now: number): void {
  const milliseconds = Math.min(
    LONGEST_SILENCE_MS,
    (memory.silence?.milliseconds ?? FIRST_SILENCE_MS / 2) * 2,
  );
  memory.silence = { historyLength, until: now + milliseconds, milliseconds };
}
