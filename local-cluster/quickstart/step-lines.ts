import { MODEL_ACTIVITY } from '../../worker-image/workflows/protocol.ts';
import type { Step } from './steps.ts';

/** What there is to say about the steps now that was not said when they were `before`. */
export function newLines(before: readonly Step[], now: readonly Step[]): readonly string[] {
  return now.flatMap((step, index) => {
    const earlier = before[index];
    const label = `step ${String(index + 1).padStart(2)}  ${(step.name === MODEL_ACTIVITY ? 'model' : step.name).padEnd(6)}`;
    if (step.state === 'completed' || step.state === 'failed') {
      if (earlier?.state === step.state) return [];
      const attempts =
        step.attempt === 1 ? '' : `  (attempt ${step.attempt}; before: ${brief(step.problem)})`;
      return [`${label} ${step.state === 'completed' ? '✓' : '✗'} ${summary(step)}${by(step)}${attempts}`];
    }
    if (step.attempt === 1 || earlier?.attempt === step.attempt) return [];
    return [`${label} ↻ attempt ${step.attempt - 1} failed: ${brief(step.problem)}; trying again`];
  });
}

function summary(step: Step): string {
  const { arguments: values } = (step.input ?? {}) as {
    readonly arguments?: { readonly question?: unknown };
  };
  const result = (step.result ?? {}) as {
    readonly content?: unknown;
    readonly message?: {
      readonly content?: unknown;
      readonly toolCalls?: readonly { readonly arguments?: { readonly question?: unknown } }[];
    };
  };
  const asked = result.message?.toolCalls?.[0]?.arguments?.question;
  if (typeof asked === 'string') return `asks: ${asked}`;
  if (typeof result.message?.content === 'string') return `says: ${result.message.content}`;
  if (typeof values?.question === 'string') return `${values.question} ${answer(result.content)}`;
  return '';
}

function answer(content: unknown): string {
  const text = typeof content === 'string' ? content : '';
  return /"answer"\s*:\s*"(\w+)"/.exec(text)?.[1] ?? brief(text);
}

const by = ({ worker }: Step): string => (worker === undefined ? '' : `  [${shortWorker(worker)}]`);

/** The last part of a pod's name tells the pods of a Deployment apart. */
export const shortWorker = (identity: string): string =>
  /([a-z0-9]{5})(?![a-z0-9-])/.exec(identity)?.[1] ?? identity;

function brief(text: string | undefined): string {
  const line = (text ?? '').replaceAll(/\s+/g, ' ').trim();
  return line.length <= 90 ? line || 'no reason given' : `${line.slice(0, 89)}…`;
}
