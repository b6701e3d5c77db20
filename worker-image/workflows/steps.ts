/** One command of the machine as durable waits: an activity, or a question with its timer. Gives the event that came of it. */
import {
  CancellationScope,
  condition,
  isCancellation,
  proxyActivities,
  workflowInfo,
} from '@temporalio/workflow';
import { stepFailureOf } from './activity-failure.ts';
import type { AgentEvent, AgentState, OpenCall } from './machine-state.ts';
import {
  MODEL_ACTIVITY,
  type ModelCallInput,
  type ModelCallResult,
  type RunPlan,
  type ToolCallInput,
  type ToolCallResult,
  type ToolPlan,
} from './protocol.ts';
import { sinks } from './run-sinks.ts';
import { activityOptions, modelSummary, toolSummary } from './step-options.ts';
import { cutText, jsonBytes } from './text-size.ts';

/** The server terminates a run that sends an argument of more than 2 MiB. */
const MAX_ARGUMENT_BYTES = 1_572_864;

type ActivityTool = Exclude<ToolPlan, { kind: 'question' }>;

export async function performModelCall(input: ModelCallInput, plan: RunPlan): Promise<AgentEvent> {
  const { name, policy } = plan.model;
  const activities = proxyActivities<{
    [MODEL_ACTIVITY]: (input: ModelCallInput) => Promise<ModelCallResult>;
  }>(activityOptions({ policy, summary: modelSummary(input.turn, name) }));
  try {
    const result = await activities[MODEL_ACTIVITY](input);
    return { kind: 'modelReplied', result, at: now() };
  } catch (error) {
    if (wasCancelled(error)) throw error;
    return { kind: 'modelFailed', failure: stepFailureOf(error, policy, false) };
  }
}

/**
 * `number`: of the call in its turn. `isOver`: the question has been answered. An answer is the Update's event, so a
 * question that was answered gives none.
 */
export async function performToolCall(
  number: number,
  state: AgentState,
  plan: RunPlan,
  isOver: () => boolean,
): Promise<AgentEvent | undefined> {
  const call = state.open[number - 1];
  const tool = call === undefined ? undefined : plan.tools[call.name];
  if (call === undefined || tool === undefined)
    throw new Error(`turn ${state.turns} has no call ${number} to perform`);
  if (tool.kind === 'question') return askPerson(number, call, tool.timeout, isOver);
  const key = `${workflowInfo().workflowId}/${state.turns}/${number}`;
  const argument: unknown =
    tool.kind === 'local'
      ? ({ arguments: call.arguments, idempotencyKey: key } satisfies ToolCallInput)
      : call.arguments;
  const bytes = jsonBytes(argument);
  if (bytes > MAX_ARGUMENT_BYTES) {
    sinks.run.toolCalled(call.name, 'rejected');
    return {
      kind: 'toolReturned',
      call: number,
      content: `Not executed: the arguments have ${bytes} bytes, at most ${MAX_ARGUMENT_BYTES} fit.`,
    };
  }
  const summary = toolSummary(state.turns, number, call);
  const once = tool.once;
  const taskQueue = tool.kind === 'activity' ? { taskQueue: tool.taskQueue } : {};
  const activities = proxyActivities<Record<string, (argument: unknown) => Promise<unknown>>>(
    activityOptions({ policy: tool.policy, summary, once, activityID: key, ...taskQueue }),
  );
  const execute = activities[tool.kind === 'activity' ? tool.type : call.name];
  if (execute === undefined) throw new Error(`no activity for tool ${call.name}`);
  try {
    return {
      kind: 'toolReturned',
      call: number,
      content: contentOf(call.name, tool, await execute(argument)),
    };
  } catch (error) {
    if (wasCancelled(error)) throw error;
    sinks.run.toolCalled(call.name, 'failure');
    return { kind: 'toolFailed', call: number, failure: stepFailureOf(error, tool.policy, once) };
  }
}

async function askPerson(
  number: number,
  call: OpenCall,
  timeout: number | undefined,
  isOver: () => boolean,
): Promise<AgentEvent | undefined> {
  const since = Date.now();
  const isAnswered =
    timeout === undefined ? await condition(isOver).then(() => true) : await condition(isOver, timeout);
  sinks.run.waited(call.name, (Date.now() - since) / 1_000);
  sinks.run.toolCalled(call.name, isAnswered ? 'success' : 'expired');
  return isAnswered || timeout === undefined
    ? undefined
    : { kind: 'questionExpired', call: number, afterMs: timeout };
}

function contentOf(name: string, tool: ActivityTool, result: unknown): string {
  if (tool.kind === 'activity') {
    sinks.run.toolCalled(name, 'success');
    // An activity that returns nothing has no JSON.
    const text = typeof result === 'string' ? result : (JSON.stringify(result) ?? 'done');
    return cutText(text, tool.maxOutputBytes);
  }
  const { outcome, content } = result as ToolCallResult;
  sinks.run.toolCalled(name, outcome);
  return content;
}

/** The run is being cancelled (or its turn is stopped), as opposed to an activity somebody cancelled on its own. */
function wasCancelled(error: unknown): boolean {
  return isCancellation(error) && CancellationScope.current().consideredCancelled;
}

/** RFC 3339. Workflow time: the sandbox replaces Date, so a replay reads the same. */
function now(): string {
  return new Date().toISOString();
}
