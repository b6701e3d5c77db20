import { z } from 'zod';
import { decimal, retryPolicy, secretKeyRef, timeouts } from './common.ts';
import { text } from './text.ts';
import { baseURL } from './url.ts';

const parameters = z
  .strictObject({
    temperature: decimal
      .optional()
      .meta({ description: 'Sampling temperature as a decimal string, for instance "0.2".' }),
    topP: decimal
      .optional()
      .meta({ description: 'Nucleus sampling as a decimal string, for instance "0.9".' }),
    maxOutputTokens: z.int().min(1).max(1_000_000).optional().meta({
      description: 'Most tokens one reply may have (`max_completion_tokens` on the wire).',
    }),
    reasoningEffort: z.enum(['minimal', 'low', 'medium', 'high']).optional().meta({
      description: 'How long a reasoning model thinks. Leave out for other models.',
    }),
    seed: z
      .int()
      .min(0)
      .max(2_147_483_647)
      .optional()
      .meta({ description: 'Seed for providers that sample reproducibly.' }),
    stop: z.array(text(1, 256)).min(1).max(4).optional().meta({
      description: 'Strings that end a reply.',
    }),
  })
  .meta({ description: 'Sampling parameters, sent with every model call.' });

export const model = z
  .strictObject({
    name: text(1, 256).meta({
      description: "The model's name as the endpoint knows it, for instance gpt-5-mini.",
    }),
    baseURL: baseURL.optional().meta({
      description:
        'Base URL of any endpoint that speaks the OpenAI API, version included. Default: https://api.openai.com/v1.',
    }),
    apiKeySecretRef: secretKeyRef.optional().meta({
      description:
        'The API key. Leave out for an endpoint that asks for none. A changed Secret is used at the next call, without a restart.',
    }),
    parameters: parameters.optional(),
    retryPolicy: retryPolicy.optional().meta({
      description:
        'Retries of a model call. Default: 10 attempts, 1s to 60s apart; the endpoint’s Retry-After is obeyed.',
    }),
    timeouts: timeouts
      .optional()
      .meta({ description: 'Timeouts of a model call. Default: startToClose 10m, heartbeat 3s.' }),
  })
  .meta({
    description: 'The model that decides each turn: Chat Completions on any OpenAI-compatible endpoint.',
  });
export type Model = z.infer<typeof model>;
