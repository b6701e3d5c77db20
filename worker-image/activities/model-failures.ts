import type { ApplicationFailure } from '@temporalio/common';
import type { Fault } from './chat-completions.ts';
import { BAD_PORT, retryable, terminal, type FailureType } from './failures.ts';
import { retryAfter } from './retry-after.ts';

const MAX_MESSAGE_CHARACTERS = 300;

interface Rule {
  readonly when: (fault: StatusFault) => boolean;
  readonly type: FailureType;
  readonly retry: boolean;
}

type StatusFault = Extract<Fault, { kind: 'status' }>;

const hasCode = (fault: StatusFault, code: string): boolean => fault.code === code || fault.type === code;

/** The first that applies decides. OpenAI's codes, and the words of those who have none (vLLM, llama.cpp, Mistral). */
const RULES: readonly Rule[] = [
  {
    // Out of money is a 429 at OpenAI and a 402 at DeepSeek and OpenRouter.
    when: (fault) => fault.status === 402 || (fault.status === 429 && hasCode(fault, 'insufficient_quota')),
    type: 'Model.InsufficientQuota',
    retry: false,
  },
  { when: ({ status }) => status === 429, type: 'Model.RateLimited', retry: true },
  { when: ({ status }) => status === 401 || status === 403, type: 'Model.Authentication', retry: false },
  {
    when: (fault) =>
      (fault.status === 400 || fault.status === 413) &&
      (hasCode(fault, 'context_length_exceeded') ||
        /maximum context length|context (window|size|length) (is )?exceeded|exceeds? the (available )?context/i.test(
          fault.message,
        )),
    type: 'Model.ContextLengthExceeded',
    retry: false,
  },
  { when: ({ status }) => status === 408, type: 'Model.Timeout', retry: true },
  {
    when: ({ status }) => status === 409 || status === 425 || status >= 500,
    type: 'Model.ServerError',
    retry: true,
  },
  { when: () => true, type: 'Model.BadRequest', retry: false },
];

/** What was asked, for messages. */
export interface Asked {
  /** Host of the endpoint. */
  readonly host: string;
  /** Never shown: endpoints echo the key they refuse. */
  readonly apiKey?: string;
  /** Milliseconds since the epoch. */
  readonly now: number;
}

export function modelFailure(fault: Fault, asked: Asked): ApplicationFailure {
  switch (fault.kind) {
    case 'connection':
      if (fault.code === BAD_PORT) {
        return terminal(
          'Model.BadRequest',
          `${asked.host} cannot be called: fetch refuses this port. Serve the model on another.`,
        );
      }
      return retryable('Model.Connection', `The connection to ${asked.host} failed (${fault.code}).`);
    case 'notJSON':
      return retryable('Model.InvalidResponse', `${asked.host} sent JSON that breaks off or is broken.`);
    case 'tooLarge':
      return terminal(
        'Model.InvalidResponse',
        `${asked.host} sent more than ${fault.limit} bytes: set model.parameters.maxOutputTokens.`,
      );
    case 'status':
      return statusFailure(fault, asked);
  }
}

function statusFailure(fault: StatusFault, asked: Asked): ApplicationFailure {
  const rule = RULES.find(({ when }) => when(fault));
  const type = rule?.type ?? 'Model.BadRequest';
  const said = redacted(fault.message, asked.apiKey);
  const redirect =
    fault.status >= 300 && fault.status < 400 ? ' Redirects are not followed: correct model.baseURL.' : '';
  const message = `${asked.host} answered ${fault.status}${said === '' ? '.' : `: ${said}`}${redirect}`;
  // The endpoint knows best: OpenAI's own clients obey this header first.
  const wish = fault.headers.get('x-should-retry');
  const retry = wish === 'true' || (wish !== 'false' && rule?.retry === true);
  return retry ? retryable(type, message, retryAfter(fault.headers, asked.now)) : terminal(type, message);
}

function redacted(message: string, apiKey: string | undefined): string {
  const whole = apiKey === undefined ? message : message.replaceAll(apiKey, '[key]');
  // OpenAI repeats a wrong key masked in part: sk-proj-****abcd.
  return whole.replaceAll(/\b(sk|pk|key)-[A-Za-z0-9_*.-]{8,}/g, '[key]').slice(0, MAX_MESSAGE_CHARACTERS);
}
