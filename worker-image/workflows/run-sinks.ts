import { proxySinks, type Sinks } from '@temporalio/workflow';

/**
 * What a run tells the worker's metrics. Called outside replay only and at best once each; for counting, never for
 * deciding.
 */
export interface RunSinks extends Sinks {
  run: {
    /** `Completed`, `Canceled` or the type of the failure. */
    ended(outcome: string): void;
    /** A tool call has its observation: `success`, `error` (the tool said no), `failure` (out of attempts), `rejected`, `expired`. */
    toolCalled(name: string, outcome: string): void;
    /** Seconds a question was open. */
    waited(tool: string, seconds: number): void;
  };
}

export const sinks = proxySinks<RunSinks>();
