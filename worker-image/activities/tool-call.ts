import type { HTTPTool, Tool } from '../../crds/v1alpha1/tool.ts';
import type { LoadedModule } from '../modules.ts';
import type { LoadedAgent, LoadedTool } from '../snapshot.ts';
import type { ToolCallInput, ToolCallResult } from '../workflows/protocol.ts';
import { terminal } from './failures.ts';
import { runAttempt, type Step } from './step.ts';
import { callHTTP, type HTTPCalling } from './tools/http.ts';
import { callModule } from './tools/module.ts';

export interface ToolCalling extends HTTPCalling {
  readonly agent: LoadedAgent;
}

/** The activity of every local tool; the activity type is the tool's name. */
export async function callTool(
  calling: ToolCalling,
  step: Step,
  input: ToolCallInput,
): Promise<ToolCallResult> {
  const name = step.info.activityType;
  const tool = calling.agent.tools.get(name);
  if (tool === undefined)
    throw terminal('Internal', `Version ${calling.agent.buildID} has no tool called ${name}.`);
  return runAttempt(step, 'Timeout', (attempt) => {
    if (isHTTP(tool)) return callHTTP(tool.spec, input, attempt, calling);
    if (isModule(tool)) return callModule(tool, input, attempt, step);
    throw terminal('Internal', `Tool ${name} does not run in this worker.`);
  });
}

function isHTTP(tool: LoadedTool): tool is LoadedTool & { spec: Tool & { http: HTTPTool } } {
  return tool.spec.http !== undefined;
}

function isModule(tool: LoadedTool): tool is LoadedTool & { module: LoadedModule } {
  return tool.module !== undefined;
}
