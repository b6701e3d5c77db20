/** The workflow on a worker whose activities are scripted: the test decides what model and tools do. */
import { fileURLToPath } from 'node:url';
import { Context } from '@temporalio/activity';
import { Client, type WorkflowHandleWithFirstExecutionRunId } from '@temporalio/client';
import {
  bundleWorkflowCode,
  DefaultLogger,
  type InjectedSinks,
  NativeConnection,
  Runtime,
  Worker,
} from '@temporalio/worker';
import {
  MODEL_ACTIVITY,
  PLAN_ACTIVITY,
  type ModelCallInput,
  type ModelCallResult,
  type RunPlan,
  type StepPolicy,
  type ToolCall,
  type ToolCallInput,
  type ToolCallResult,
} from '../../worker-image/workflows/protocol.ts';
import type { RunSinks } from '../../worker-image/workflows/run-sinks.ts';
import { makeCurrent } from './make-current.ts';

export const QUEUE = 'test.scripted';
export const FOREIGN_QUEUE = 'test.foreign';

export const policy: StepPolicy = {
  maximumAttempts: 3,
  initialInterval: 100,
  backoffCoefficient: 1,
  maximumInterval: 100,
  nonRetryableErrorTypes: [],
  startToClose: 30_000,
  heartbeat: 10_000,
};

export interface Script {
  /** Model calls by turn; the last one repeats. */
  readonly model: readonly ((input: ModelCallInput) => ModelCallResult | Promise<ModelCallResult>)[];
  readonly tools?: Readonly<Record<string, (input: ToolCallInput) => Promise<ToolCallResult>>>;
  readonly plan?: Partial<RunPlan>;
}

export const say = (content: string): ModelCallResult => reply([], content);
export const callTools = (
  ...calls: readonly (readonly [name: string, values?: Record<string, unknown>])[]
): ModelCallResult =>
  reply(
    calls.map(([name, values = {}], index): ToolCall => ({ id: `c${index + 1}`, name, arguments: values })),
    null,
  );
export const success = (content: string): ToolCallResult => ({ outcome: 'success', content });

function reply(toolCalls: readonly ToolCall[], content: string | null): ModelCallResult {
  const finishReason = toolCalls.length === 0 ? 'stop' : 'tool_calls';
  return {
    message: { role: 'assistant', content, toolCalls },
    usage: { inputTokens: 1, outputTokens: 1 },
    finishReason,
  };
}

export class ScriptedWorker {
  readonly client: Client;
  /** Outcomes of tool calls and runs, as the metrics get them. */
  readonly told: string[] = [];
  private readonly connection: NativeConnection;
  private readonly scripts = new Map<string, Script>();
  private readonly workers: Worker[] = [];
  private running: Promise<unknown> = Promise.resolve();
  private started = 0;

  private constructor(connection: NativeConnection) {
    this.connection = connection;
    this.client = new Client({ connection });
  }

  static async start(
    address: string,
    foreign: Readonly<Record<string, (argument: unknown) => Promise<unknown>>>,
  ): Promise<ScriptedWorker> {
    Runtime.install({
      logger: new DefaultLogger('ERROR'),
      shutdownSignals: [],
      telemetryOptions: { logging: { filter: 'OFF', forward: {} } },
    });
    const connection = await NativeConnection.connect({ address });
    const scripted = new ScriptedWorker(connection);
    const workflowBundle = await bundleWorkflowCode({
      workflowsPath: fileURLToPath(new URL('../../worker-image/workflows/durable-agent.ts', import.meta.url)),
      logger: new DefaultLogger('ERROR'),
    });
    const common = { connection, maxHeartbeatThrottleInterval: 100 };
    // The workflow says PINNED, which the server (1.29.1) refuses from a worker without a version.
    const workerDeploymentOptions = {
      useWorkerVersioning: true,
      version: { deploymentName: 'test_scripted', buildId: 'test' },
      defaultVersioningBehavior: 'PINNED',
    } as const;
    scripted.workers.push(
      await Worker.create({
        ...common,
        taskQueue: QUEUE,
        workflowBundle,
        workerDeploymentOptions,
        sinks: scripted.sinks(),
        activities: scripted.activities(),
      }),
      await Worker.create({ ...common, taskQueue: FOREIGN_QUEUE, activities: foreign }),
    );
    scripted.running = Promise.all(scripted.workers.map((worker) => worker.run()));
    await makeCurrent(scripted.client, { deploymentName: 'test_scripted', buildID: 'test' });
    return scripted;
  }

  async run(
    script: Script,
    args: readonly unknown[] = [{ input: 'go' }],
  ): Promise<WorkflowHandleWithFirstExecutionRunId> {
    this.started += 1;
    const workflowId = `run-${this.started}`;
    this.scripts.set(workflowId, script);
    return this.client.workflow.start('DurableAgent', { taskQueue: QUEUE, workflowId, args: [...args] });
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await this.running;
    await this.connection.close();
  }

  private sinks(): InjectedSinks<RunSinks> {
    return {
      run: {
        ended: { fn: ({ workflowId }, outcome) => void this.told.push(`${workflowId} ended ${outcome}`) },
        toolCalled: {
          fn: ({ workflowId }, name, outcome) => void this.told.push(`${workflowId} ${name} ${outcome}`),
        },
        waited: { fn: () => undefined },
      },
    };
  }

  private activities() {
    const script = (): Script => {
      const found = this.scripts.get(Context.current().info.workflowExecution?.workflowId ?? '');
      if (found === undefined) throw new Error('a run without a script');
      return found;
    };
    return {
      [PLAN_ACTIVITY]: () =>
        Promise.resolve({
          buildID: 'test',
          model: { name: 'scripted', policy },
          tools: {},
          limits: { maxTurns: 1_000 },
          ...script().plan,
        } satisfies RunPlan),
      [MODEL_ACTIVITY]: async (input: ModelCallInput) => {
        const { model } = script();
        const turn = model[Math.min(input.turn, model.length) - 1];
        if (turn === undefined) throw new Error(`turn ${input.turn} is not in the script`);
        return turn(input);
      },
      default: (input: ToolCallInput) => {
        const name = Context.current().info.activityType;
        const tool = script().tools?.[name];
        if (tool === undefined) throw new Error(`tool ${name} is not in the script`);
        return tool(input);
      },
    };
  }
}
