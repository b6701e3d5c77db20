/** A failed step as data, and the words about it: for the model (an observation) and for people (a run's failure). */
import { cutText } from './text-size.ts';

export interface StepFailure {
  /** Type of the ApplicationFailure that ended the step, `Timeout` or `WorkerLost`. */
  readonly type: string;
  /** One sentence, no stack. */
  readonly message: string;
  /** Attempts made, where it is known: Temporal tells the workflow only that they are used up. */
  readonly attempts?: number;
  /** The step is not repeated (effect Once), and whether it took effect before it was lost is not known. */
  readonly outcomeUnknown: boolean;
}

const MAX_MESSAGE_BYTES = 2_048;

/** What the model is told when a tool is out of attempts. */
export function failureObservation(tool: string, failure: StepFailure): string {
  if (failure.outcomeUnknown) {
    return (
      `Outcome unknown: the call of ${tool} was interrupted (${described(failure)}). It may or may not have taken effect. ` +
      'It was not tried again, because a second execution could do harm. Find out what happened before you call it again.'
    );
  }
  return `The call of ${tool} failed${afterAttempts(failure)}: ${described(failure)}`;
}

/** The same for people, as the message of the failure a run ends with. */
export function failureMessage(step: string, failure: StepFailure): string {
  const unknown = failure.outcomeUnknown ? '; it may or may not have taken effect' : '';
  return `${step} failed${afterAttempts(failure)}: ${described(failure)}${unknown}`;
}

function described(failure: StepFailure): string {
  return `${failure.type}: ${cutText(failure.message, MAX_MESSAGE_BYTES)}`;
}

function afterAttempts({ attempts }: StepFailure): string {
  if (attempts === undefined) return '';
  return attempts === 1 ? ' at its only attempt' : ` after ${attempts} attempts`;
}
