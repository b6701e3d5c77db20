import { collectDefaultMetrics, Counter, Histogram, Registry } from 'prom-client';

/** Labels every metric of a worker carries. No label ever holds a run. */
export interface WorkerIdentity {
  readonly namespace: string;
  readonly agent: string;
  /** Build ID. */
  readonly version: string;
}

/** Milliseconds to ten minutes: a cached lookup and a model that thinks are in one histogram. */
const STEP_SECONDS = [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
/** Seconds to weeks: people answer when they come around to it. */
const WAITING_SECONDS = [1, 10, 60, 300, 1_800, 3_600, 14_400, 86_400, 259_200, 604_800, 2_592_000];

export type WorkerMetrics = ReturnType<typeof createMetrics>;

/** The worker's own metrics, API like a resource's fields. The SDK's `temporal_*` are beside them in the same scrape. */
export function createMetrics(identity: WorkerIdentity) {
  const registry = new Registry();
  registry.setDefaultLabels({ ...identity });
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  return {
    registry,
    /** An attempt after the first began. `reason`: type of the failure that ended the attempt before, `WorkerLost` or `Timeout`. */
    retries: new Counter({
      name: 'durable_agent_activity_retries_total',
      help: 'Attempts after the first that began, by kind (model, tool), name and the reason the attempt before ended',
      labelNames: ['kind', 'name', 'reason'],
      registers,
    }),
    /** One attempt. `outcome`: success, error (the tool said no), failure, cancelled. */
    duration: new Histogram({
      name: 'durable_agent_activity_duration_seconds',
      help: 'Duration of attempts, by kind (model, tool), name and outcome (success, error, failure, cancelled)',
      labelNames: ['kind', 'name', 'outcome'],
      buckets: STEP_SECONDS,
      registers,
    }),
    /** A call as the run sees it, all its attempts together. */
    toolCalls: new Counter({
      name: 'durable_agent_tool_calls_total',
      help: 'Tool calls that ended, by name and outcome (success, error, failure, rejected, expired)',
      labelNames: ['name', 'outcome'],
      registers,
    }),
    /** One request to an endpoint. `outcome`: success or the type of the failure. */
    modelRequests: new Counter({
      name: 'durable_agent_model_requests_total',
      help: 'Requests to the model, by model and outcome (success or the type of the failure)',
      labelNames: ['model', 'outcome'],
      registers,
    }),
    tokens: new Counter({
      name: 'durable_agent_tokens_total',
      help: 'Tokens of successful model requests, by direction (input, output)',
      labelNames: ['direction'],
      registers,
    }),
    /** `outcome`: Completed, Canceled or the type of the failure. */
    runs: new Counter({
      name: 'durable_agent_runs_completed_total',
      help: 'Runs that ended, by outcome (Completed, Canceled or the type of the failure)',
      labelNames: ['outcome'],
      registers,
    }),
    waiting: new Histogram({
      name: 'durable_agent_waiting_seconds',
      help: 'How long questions to a person were open, by tool',
      labelNames: ['name'],
      buckets: WAITING_SECONDS,
      registers,
    }),
  };
}
