/**
 * The outside world of a test: a model that speaks the OpenAI wire protocol and a tool server, both scripted, both
 * keeping a log of every side effect. Runs as a process inside the cluster's network namespace (pods reach it on the
 * node's address) and is steered through a Unix socket (which crosses namespaces).
 */

/** One reply of the model. `$input` in arguments and content stands for the run's first message. */
export interface ScriptedTurn {
  readonly content?: string;
  readonly toolCalls?: readonly {
    readonly name: string;
    readonly arguments: Readonly<Record<string, unknown>> | string;
  }[];
}

/**
 * The model finds its script by `script: <id>` in the system prompt, the turn by the number of assistant messages in
 * the conversation. Beyond the last turn, or without a script, it answers 400 and the log says so.
 */
export interface Script {
  readonly id: string;
  readonly turns: readonly ScriptedTurn[];
}

/** Selects requests. Absent fields match everything. */
export interface Match {
  readonly kind?: 'model' | 'tool';
  readonly script?: string;
  readonly input?: string;
  /** Model: number of the turn, from 1. Tool: its argument `step`. */
  readonly turn?: number;
  /** Tool: its name. */
  readonly tool?: string;
}

/** What happens to the next `times` requests that match. */
export interface Fault {
  readonly match: Match;
  readonly times: number;
  /** Answer this status instead, with these headers. */
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Close the connection without an answer. */
  readonly reset?: boolean;
  /** Wait so many milliseconds before answering. */
  readonly delayMs?: number;
  /** Wait until released (or the caller goes away). */
  readonly hold?: boolean;
}

export interface Entry {
  readonly sequence: number;
  readonly kind: 'model' | 'tool';
  readonly script: string;
  readonly input: string;
  /** Model: turn. Tool: its argument `step`, or 0. */
  readonly turn: number;
  /** Tool's name; '' for the model. */
  readonly tool: string;
  readonly idempotencyKey: string;
  /** System prompt or body the request came with. */
  readonly prompt: string;
  readonly authorization: string;
  /** Address of the pod that called. */
  readonly caller: string;
  readonly receivedAt: number;
  /** Set when the answer was written completely to an open connection. */
  respondedAt?: number;
  /** Set when the caller went away first. */
  abandonedAt?: number;
  status?: number;
}

export interface WorldLog {
  readonly entries: readonly Entry[];
  /** Requests nobody scripted; a test that finds one has failed. */
  readonly unscripted: readonly string[];
}
