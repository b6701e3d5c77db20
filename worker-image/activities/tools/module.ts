import { ApplicationFailure } from '@temporalio/common';
import { isToolError } from '../../define-tool.ts';
import type { LoadedModule } from '../../modules.ts';
import { DEFAULT_MAX_OUTPUT_BYTES } from '../../run-plan.ts';
import type { LoadedTool } from '../../snapshot.ts';
import type { ToolCallInput, ToolCallResult } from '../../workflows/protocol.ts';
import { boundedText } from '../bounded-text.ts';
import { retryable, terminal } from '../failures.ts';
import type { Attempt, Step } from '../step.ts';

const MAX_ERROR_BYTES = 2_048;

/** Runs a module tool once. A ToolError is a result; any other throw is a failure `Module.Error`. */
export async function callModule(
  tool: LoadedTool & { readonly module: LoadedModule },
  input: ToolCallInput,
  attempt: Attempt,
  step: Step,
): Promise<ToolCallResult> {
  const limit = tool.spec.maxOutputBytes ?? DEFAULT_MAX_OUTPUT_BYTES;
  const { definition, parse } = tool.module;
  const parsed = await parse?.(input.arguments);
  if (parsed?.success === false) {
    const problems = parsed.error.issues.map(
      ({ path, message }) => `${path.join('.') || 'arguments'}: ${message}`,
    );
    return { outcome: 'error', content: boundedText(`Not executed: ${problems.join('; ')}.`, limit) };
  }
  const values = parsed === undefined ? input.arguments : parsed.data;
  let output: unknown;
  try {
    output = await definition.execute(values as never, {
      signal: attempt.signal,
      idempotencyKey: input.idempotencyKey,
      attempt: step.info.attempt,
      heartbeat: (details) => attempt.heartbeat(details),
      log: step.log,
    });
  } catch (error) {
    if (isToolError(error)) return { outcome: 'error', content: boundedText(error.message, limit) };
    throw failureOf(error);
  }
  return asResult(output, limit);
}

function asResult(output: unknown, limit: number): ToolCallResult {
  if (typeof output === 'string') return { outcome: 'success', content: boundedText(output, limit) };
  try {
    // A function or undefined has no JSON; the tool has done its work all the same.
    const json = JSON.stringify(output) as string | undefined;
    return { outcome: 'success', content: boundedText(json ?? 'Done.', limit) };
  } catch (error) {
    // The work is done: a failure would have it done again.
    const reason = error instanceof Error ? error.message : String(error);
    return { outcome: 'error', content: boundedText(`Done, but the result has no JSON: ${reason}`, limit) };
  }
}

/** A module that knows Temporal may throw an ApplicationFailure of its own: its type and its wishes are kept. */
function failureOf(error: unknown): ApplicationFailure {
  if (error instanceof ApplicationFailure) return error;
  const message = boundedText(
    error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    MAX_ERROR_BYTES,
  );
  const nonRetryable = error instanceof Error && 'nonRetryable' in error && error.nonRetryable === true;
  return nonRetryable ? terminal('Module.Error', message) : retryable('Module.Error', message);
}
