/** State, events and commands of the agent loop. All of it is JSON: continue-as-new carries the state as it is. */
import type { Usage } from '../../crds/v1alpha1/run-protocol.ts';
import type { Message, ModelCallInput, ModelCallResult } from './protocol.ts';
import type { StepFailure } from './step-failure.ts';

/** A call of the current turn. Its position in the list, from 1, is its number. */
export interface OpenCall {
  readonly id: string;
  readonly name: string;
  readonly arguments: Readonly<Record<string, unknown>>;
  /** What the model will read; absent while the call is under way. */
  readonly observation?: string;
}

export type End =
  | { readonly kind: 'completed'; readonly output: string }
  | { readonly kind: 'failed'; readonly type: string; readonly message: string };

export interface AgentState {
  readonly messages: readonly Message[];
  /** How many of the messages the last model call was given. */
  readonly sent: number;
  /** Model calls completed. */
  readonly turns: number;
  /** Tool calls completed, failures included. */
  readonly toolCalls: number;
  readonly usage: Usage;
  /** The calls of the current turn, in the model's order; empty while the model is thinking. */
  readonly open: readonly OpenCall[];
  /** RFC 3339; when the open calls were asked for. */
  readonly openSince?: string;
  /** Accepted answers by question id, so that the same answer twice is harmless. */
  readonly answers: Readonly<Record<string, string>>;
  readonly end?: End;
}

export type AgentEvent =
  | { readonly kind: 'modelReplied'; readonly result: ModelCallResult; readonly at: string }
  | { readonly kind: 'modelFailed'; readonly failure: StepFailure }
  /** `call` is the number of the call in its turn. */
  | { readonly kind: 'toolReturned'; readonly call: number; readonly content: string }
  | { readonly kind: 'toolFailed'; readonly call: number; readonly failure: StepFailure }
  | { readonly kind: 'answered'; readonly call: number; readonly answer: string }
  | { readonly kind: 'questionExpired'; readonly call: number; readonly afterMs: number };

export type Command =
  | { readonly kind: 'callModel'; readonly input: ModelCallInput }
  /** Numbers of the calls to perform, all at the same time. */
  | { readonly kind: 'callTools'; readonly calls: readonly number[] }
  | { readonly kind: 'finish'; readonly end: End };
