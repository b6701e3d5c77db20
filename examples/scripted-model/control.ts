/** What POST /control takes. Every field is optional and stays as it is when left out. */
export interface ControlChange {
  /** The next `times` calls get this status instead of an answer. Rules are used up in the order they came. */
  readonly fail?: {
    readonly status: 429 | 500 | 503;
    readonly times: number;
    readonly retryAfterSeconds?: number;
  };
  /** Time to think before every answer. */
  readonly latencyMilliseconds?: number;
}

/** One answered or refused call. */
export interface ModelCall {
  readonly sequence: number;
  /** RFC 3339. */
  readonly at: string;
  /** Hash of the first user message: tells games apart. */
  readonly conversation: string;
  /** From 1: assistant messages so far, plus one. */
  readonly turn: number;
  readonly status: number;
}

/** State of the server, not of a game: scripted failures, latency, and the list of calls. */
export class Control {
  latencyMilliseconds: number;
  readonly calls: ModelCall[] = [];
  private readonly failures: { readonly status: number; readonly retryAfterSeconds: number | undefined }[] =
    [];

  constructor(latencyMilliseconds: number) {
    this.latencyMilliseconds = latencyMilliseconds;
  }

  /** Why `change` cannot be made, or undefined once it is made. */
  apply(change: unknown): string | undefined {
    const problem = problemOf(change);
    if (problem !== undefined) return problem;
    const { fail, latencyMilliseconds } = change as ControlChange;
    if (latencyMilliseconds !== undefined) this.latencyMilliseconds = latencyMilliseconds;
    for (let left = fail?.times ?? 0; fail !== undefined && left > 0; left--) {
      this.failures.push({ status: fail.status, retryAfterSeconds: fail.retryAfterSeconds });
    }
    return undefined;
  }

  nextFailure(): { readonly status: number; readonly retryAfterSeconds: number | undefined } | undefined {
    return this.failures.shift();
  }

  log(call: Omit<ModelCall, 'sequence' | 'at'>): void {
    this.calls.push({ sequence: this.calls.length, at: new Date().toISOString(), ...call });
  }

  get pendingFailures(): number {
    return this.failures.length;
  }
}

function problemOf(change: unknown): string | undefined {
  if (change === null || typeof change !== 'object') return 'send a JSON object';
  const unknown = Object.keys(change).filter((key) => key !== 'fail' && key !== 'latencyMilliseconds');
  if (unknown.length > 0) return `unknown field ${unknown.join(', ')}: use fail, latencyMilliseconds`;
  const { fail, latencyMilliseconds } = change as ControlChange;
  const count = (value: unknown, most: number) =>
    Number.isInteger(value) && Number(value) >= 0 && Number(value) <= most;
  if (latencyMilliseconds !== undefined && !count(latencyMilliseconds, 600_000)) {
    return 'latencyMilliseconds must be a whole number up to 600000';
  }
  if (fail === undefined) return undefined;
  if (![429, 500, 503].includes(fail.status)) return 'fail.status must be 429, 500 or 503';
  if (!count(fail.times, 1000)) return 'fail.times must be a whole number up to 1000';
  if (fail.retryAfterSeconds !== undefined && !count(fail.retryAfterSeconds, 3600)) {
    return 'fail.retryAfterSeconds must be a whole number up to 3600';
  }
  return undefined;
}
