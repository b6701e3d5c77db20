import { MODEL_ACTIVITY } from '../../worker-image/workflows/protocol.ts';
import type { Ledgers } from './ledgers.ts';
import type { Step } from './steps.ts';

/** What was known right before the kill. The steps were read first, so every completed one is in the ledgers. */
export interface BeforeKill {
  readonly steps: readonly Step[];
  readonly ledgers: Ledgers;
}

export interface Verdict {
  readonly completedBeforeKill: number;
  /** Steps completed before the kill that a server saw again after it. The promise: none. */
  readonly rerun: readonly string[];
  /** Idempotency keys executed more than once by the tool's server. The promise: none. */
  readonly executedTwice: readonly string[];
  /** Calls answered from the tool's record because their first answer was lost. */
  readonly replayed: number;
  /** Steps that needed more than one attempt. */
  readonly retried: number;
  /** Steps the kill interrupted: they were not completed, so they were done again. */
  readonly interrupted: readonly string[];
}

/** Compares what Temporal says with what the servers saw. `conversation` names the game in the model's ledger. */
export function judge(
  before: BeforeKill,
  steps: readonly Step[],
  ledgers: Ledgers,
  conversation: string,
): Verdict {
  const completed = before.steps.filter(({ state }) => state === 'completed');
  const keys = new Set(completed.flatMap((step) => toolKey(step) ?? []));
  const turns = new Set(completed.flatMap((step) => modelTurn(step) ?? []));
  const toolAgain = ledgers.tool
    .slice(before.ledgers.tool.length)
    .filter(({ key }) => key !== undefined && keys.has(key));
  const modelAgain = (ledgers.model ?? [])
    .slice(before.ledgers.model?.length ?? 0)
    .filter((call) => call.conversation === conversation && turns.has(call.turn));
  const ours = new Set(steps.flatMap((step) => toolKey(step) ?? []));
  const executions = ledgers.tool.filter(
    ({ key, outcome }) => key !== undefined && ours.has(key) && outcome === 'executed',
  );
  const count = Map.groupBy(executions, ({ key }) => key);
  const open = new Set(before.steps.filter(({ state }) => state === 'running').map(({ id }) => id));
  return {
    completedBeforeKill: completed.length,
    rerun: [
      ...toolAgain.map(({ key }) => `tool call ${key}`),
      ...modelAgain.map(({ turn }) => `model call of turn ${turn}`),
    ],
    executedTwice: [...count].filter(([, calls]) => calls.length > 1).map(([key]) => String(key)),
    replayed: ledgers.tool.filter(
      ({ key, outcome }) => key !== undefined && ours.has(key) && outcome === 'replayed',
    ).length,
    retried: steps.filter(({ attempt }) => attempt > 1).length,
    interrupted: steps.filter(({ id, attempt }) => open.has(id) && attempt > 1).map(({ name }) => name),
  };
}

/** Idempotency key of a call of the tool. */
function toolKey(step: Step): string | undefined {
  if (step.name === MODEL_ACTIVITY) return undefined;
  const { idempotencyKey } = (step.input ?? {}) as { readonly idempotencyKey?: string };
  return idempotencyKey;
}

function modelTurn(step: Step): number | undefined {
  if (step.name !== MODEL_ACTIVITY) return undefined;
  const { turn } = (step.input ?? {}) as { readonly turn?: number };
  return turn;
}
