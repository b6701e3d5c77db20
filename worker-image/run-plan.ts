import type { RetryPolicy, Timeouts } from '../crds/v1alpha1/common.ts';
import { milliseconds } from '../crds/v1alpha1/duration.ts';
import type { Snapshot } from '../crds/v1alpha1/snapshot.ts';
import type { Effect, Tool } from '../crds/v1alpha1/tool.ts';
import type { RunPlan, StepPolicy, ToolPlan } from './workflows/protocol.ts';

/** Longest tool output the model sees when the spec does not say, in bytes of UTF-8. */
export const DEFAULT_MAX_OUTPUT_BYTES = 65_536;

type Defaults = Omit<StepPolicy, 'scheduleToClose'>;

const NO_ERROR_TYPES: readonly string[] = [];

/** Times in milliseconds. The heartbeat bounds how long a killed worker's step waits before it runs elsewhere. */
const MODEL_DEFAULTS = {
  maximumAttempts: 10,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 60_000,
  nonRetryableErrorTypes: NO_ERROR_TYPES,
  startToClose: 600_000,
  heartbeat: 3_000,
} as const satisfies Defaults;

const TOOL_DEFAULTS = {
  maximumAttempts: 5,
  initialInterval: 1_000,
  backoffCoefficient: 2,
  maximumInterval: 30_000,
  nonRetryableErrorTypes: NO_ERROR_TYPES,
  startToClose: 60_000,
  heartbeat: 3_000,
} as const satisfies Defaults;

/** Somebody else's worker may not heartbeat: a timeout it does not know of would fail every call. */
const { heartbeat: _, ...FOREIGN_DEFAULTS } = TOOL_DEFAULTS;

/**
 * The policies of a snapshot with every default filled in. `moduleEffects`: what module tools declare, by tool name.
 * Throws an Error naming the tool when its retries contradict its effect.
 */
export function runPlanOf(
  snapshot: Snapshot,
  buildID: string,
  moduleEffects: ReadonlyMap<string, Effect | undefined>,
): RunPlan {
  return {
    buildID,
    model: { name: snapshot.model.name, policy: stepPolicy(snapshot.model, MODEL_DEFAULTS) },
    // fromEntries defines own properties, so a tool named __proto__ stays an entry like any other.
    tools: Object.fromEntries(
      snapshot.tools.map((tool) => [tool.name, toolPlan(tool, moduleEffects.get(tool.name))]),
    ),
    limits: { maxTurns: snapshot.limits.maxTurns },
  };
}

function toolPlan(tool: Tool, declared: Effect | undefined): ToolPlan {
  if (tool.builtin !== undefined) {
    const timeout = tool.timeouts?.scheduleToClose;
    return { kind: 'question', ...(timeout === undefined ? {} : { timeout: milliseconds(timeout) }) };
  }
  const once = effectOf(tool, declared) === 'Once';
  if (once && (tool.retryPolicy?.maximumAttempts ?? 1) > 1) {
    throw new Error(
      `Tool "${tool.name}": retryPolicy.maximumAttempts is ${tool.retryPolicy?.maximumAttempts}, but its effect is Once` +
        `${tool.effect === undefined ? ' (what its module declares, or the default)' : ''}, which allows one attempt. ` +
        'Set effect to Idempotent or ReadOnly to allow retries, or leave maximumAttempts out.',
    );
  }
  const policy = (defaults: Omit<Defaults, 'heartbeat'>): StepPolicy => ({
    ...stepPolicy(tool, defaults),
    ...(once ? { maximumAttempts: 1 } : {}),
  });
  const onError = tool.onError ?? 'ReturnToModel';
  if (tool.activity === undefined) return { kind: 'local', policy: policy(TOOL_DEFAULTS), once, onError };
  return {
    kind: 'activity',
    taskQueue: tool.activity.taskQueue,
    type: tool.activity.type,
    policy: policy(FOREIGN_DEFAULTS),
    once,
    onError,
    maxOutputBytes: tool.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES,
  };
}

/** The spec's word, else the module's, else what the source is known to do: reading for GET and HEAD, harm for the rest. */
function effectOf(tool: Tool, declared: Effect | undefined): Effect {
  const reads = tool.http !== undefined && (tool.http.method === 'GET' || tool.http.method === 'HEAD');
  return tool.effect ?? declared ?? (reads ? 'ReadOnly' : 'Once');
}

interface PolicySource {
  readonly retryPolicy?: RetryPolicy | undefined;
  readonly timeouts?: Timeouts | undefined;
}

function stepPolicy(
  { retryPolicy, timeouts }: PolicySource,
  defaults: Omit<Defaults, 'heartbeat'> & { readonly heartbeat?: number },
): StepPolicy {
  const time = (value: string | undefined): number | undefined =>
    value === undefined ? undefined : milliseconds(value);
  const initialInterval = time(retryPolicy?.initialInterval) ?? defaults.initialInterval;
  const startToClose = time(timeouts?.startToClose) ?? defaults.startToClose;
  const scheduleToClose = time(timeouts?.scheduleToClose);
  const heartbeat = heartbeatOf(time(timeouts?.heartbeat), startToClose, defaults.heartbeat);
  return {
    maximumAttempts: retryPolicy?.maximumAttempts ?? defaults.maximumAttempts,
    initialInterval,
    backoffCoefficient: Number(retryPolicy?.backoffCoefficient ?? defaults.backoffCoefficient),
    // Temporal refuses a maximum below the initial interval, and a refused command wedges the workflow task.
    maximumInterval: Math.max(
      initialInterval,
      time(retryPolicy?.maximumInterval) ?? defaults.maximumInterval,
    ),
    nonRetryableErrorTypes: retryPolicy?.nonRetryableErrorTypes ?? defaults.nonRetryableErrorTypes,
    startToClose,
    ...(scheduleToClose === undefined ? {} : { scheduleToClose }),
    ...(heartbeat === undefined ? {} : { heartbeat }),
  };
}

/** Below startToClose, else it could never fire: what is given if it is, else the default or half of startToClose. */
function heartbeatOf(
  given: number | undefined,
  startToClose: number,
  fallback: number | undefined,
): number | undefined {
  if (given === undefined && fallback === undefined) return undefined;
  if (given !== undefined && given < startToClose) return given;
  return Math.min(given ?? fallback ?? startToClose, Math.max(1, Math.floor(startToClose / 2)));
}
