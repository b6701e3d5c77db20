import { z } from 'zod';
import { configMapKeyRef, retryPolicy, secretKeyRef, timeouts } from './common.ts';
import { headerName, headers, headerValue } from './headers.ts';
import { listAsSet, listByKey } from './list.ts';
import { exactlyOneOf, withRules } from './rules.ts';
import { text, textMatching } from './text.ts';
import { urlTemplate } from './url.ts';

/** The name the model calls a tool by; also the activity type of the call in Temporal. OpenAI's pattern for function names. */
const toolName = textMatching(1, 64, /^[a-zA-Z0-9_-]+$/, 'must consist of letters, digits, _ and -');

const HTTP_METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;

const http = z
  .strictObject({
    method: z.enum(HTTP_METHODS).default('GET').meta({ description: 'HTTP method.' }),
    url: urlTemplate.meta({
      description:
        'Where to send the call. {name} in the path is replaced by the argument of that name, URL-encoded. Arguments not used in the path go into the query (GET, HEAD, DELETE) or the JSON body (POST, PUT, PATCH). Redirects are not followed.',
    }),
    headers: headers.optional().meta({ description: 'Headers to send, by name.' }),
    headersFrom: listByKey(
      z.strictObject({
        name: headerName.meta({ description: 'Header name.' }),
        prefix: headerValue
          .optional()
          .meta({ description: 'Text before the secret, for instance "Bearer ".' }),
        secretKeyRef,
      }),
      'name',
      16,
    )
      .optional()
      .meta({ description: 'Headers whose value is a secret.' }),
    successCodes: listAsSet(z.int().min(200).max(599), 1, 16).optional().meta({
      description: 'Status codes that mean success. Default: 200 to 299.',
    }),
  })
  .meta({ description: 'Calls an HTTP endpoint.' });
export type HTTPTool = z.infer<typeof http>;

const moduleSource = withRules(
  z.strictObject({
    configMapKeyRef: configMapKeyRef.optional(),
    path: textMatching(
      1,
      512,
      /^\/[!-~]*[.](ts|mts|js|mjs)$/,
      'must be an absolute path to a .ts, .mts, .js or .mjs file',
    )
      .optional()
      .meta({
        description:
          'Absolute path of a file in the worker image, for tools baked into an image of your own.',
      }),
  }),
  [exactlyOneOf(['configMapKeyRef', 'path'])],
).meta({
  description:
    "TypeScript or JavaScript whose default export is defineTool({description, parameters, execute}) from the package durable-agents. Runs in the worker, with the worker's network.",
});

/** Temporal takes 1000 bytes and any character; these are the ones people can tell apart. */
const temporalName = textMatching(1, 256, /^[ -~]+$/, 'must be printable ASCII');

const activity = z
  .strictObject({
    taskQueue: temporalName.meta({ description: 'Task queue a worker of yours polls.' }),
    type: temporalName.meta({ description: 'Activity type. It gets the arguments as its only parameter.' }),
  })
  .meta({
    description: 'Any Temporal activity, in any language, on any worker of the same Temporal namespace.',
  });

const builtin = z
  .strictObject({
    name: z.enum(['AskPerson']).meta({
      description:
        'AskPerson: asks a person and waits, for days if need be, for the answer (the Update answer, or spec.responses of the AgentRun). timeouts.scheduleToClose limits the wait.',
    }),
  })
  .meta({ description: 'A tool that ships with the worker.' });

export const EFFECTS = ['ReadOnly', 'Idempotent', 'Once'] as const;
export type Effect = (typeof EFFECTS)[number];

const SOURCES = ['http', 'module', 'activity', 'builtin'] as const;

export const tool = withRules(
  z.strictObject({
    name: toolName.meta({
      description: 'The name the model calls the tool by, unique among the tools of the agent.',
    }),
    description: text(1, 4096).optional().meta({
      description: 'What the tool does and when to use it, for the model. A module tool brings its own.',
    }),
    inputSchema: z.record(z.string(), z.unknown()).optional().meta({
      description:
        'JSON Schema (2020-12) of the arguments, an object. Arguments that break it never reach the tool: the model is told why. A module tool brings its own.',
      'x-kubernetes-preserve-unknown-fields': true,
    }),
    http: http.optional(),
    module: moduleSource.optional(),
    activity: activity.optional(),
    builtin: builtin.optional(),
    effect: z.enum(EFFECTS).optional().meta({
      description:
        'What a second execution of the same call would do: nothing (ReadOnly), nothing more (Idempotent), or harm (Once: at most one attempt; if its outcome is lost the model is told that it is unknown). Default: ReadOnly for GET, HEAD and AskPerson, else Once; a module may declare its own.',
    }),
    retryPolicy: retryPolicy.optional().meta({
      description: 'Retries of a call. Default: 5 attempts, 1s to 30s apart; 1 attempt when effect is Once.',
    }),
    timeouts: timeouts.optional().meta({
      description:
        'Timeouts of a call. Default: startToClose 60s, heartbeat 3s (none for an activity of another worker).',
    }),
    idempotencyKey: z
      .strictObject({ header: headerName.meta({ description: 'Header that carries the key.' }) })
      .optional()
      .meta({
        description:
          'Sends <workflow id>/<turn>/<call>, the same on every attempt, so that the other side can drop a repetition.',
      }),
    maxOutputBytes: z.int().min(256).max(262_144).optional().meta({
      description:
        'Longest output the model sees, in bytes of UTF-8; the rest is cut with a marker. Default: 65536.',
    }),
    onError: z.enum(['ReturnToModel', 'FailRun']).optional().meta({
      description:
        'When a call is out of attempts: ReturnToModel (default) tells the model what happened, FailRun ends the run as failed.',
    }),
  }),
  [
    exactlyOneOf([...SOURCES]),
    {
      cel: "!has(self.effect) || self.effect != 'Once' || !has(self.retryPolicy) || !has(self.retryPolicy.maximumAttempts) || self.retryPolicy.maximumAttempts == 1",
      message:
        'a tool with effect Once has at most one attempt: leave maximumAttempts out, or declare it Idempotent',
      fieldPath: '.retryPolicy.maximumAttempts',
      check: (self) => self.effect !== 'Once' || (self.retryPolicy?.maximumAttempts ?? 1) === 1,
    },
    {
      cel: "has(self.effect) || !has(self.retryPolicy) || !has(self.retryPolicy.maximumAttempts) || self.retryPolicy.maximumAttempts == 1 || !(has(self.activity) || (has(self.http) && !(self.http.method in ['GET', 'HEAD'])))",
      message:
        'this tool is Once by default (at most one attempt): declare its effect as Idempotent or ReadOnly, or leave maximumAttempts out',
      fieldPath: '.retryPolicy.maximumAttempts',
      check: (self) =>
        self.effect !== undefined ||
        (self.retryPolicy?.maximumAttempts ?? 1) === 1 ||
        !(
          self.activity !== undefined ||
          (self.http !== undefined && !['GET', 'HEAD'].includes(self.http.method))
        ),
    },
    {
      cel: 'has(self.module) || has(self.builtin) || has(self.description)',
      message: 'description is required: it is how the model knows what the tool does',
      check: (self) =>
        self.module !== undefined || self.builtin !== undefined || self.description !== undefined,
    },
    {
      cel: 'has(self.http) || !has(self.idempotencyKey)',
      message:
        'idempotencyKey.header needs an http tool; module and activity tools get the key as context.idempotencyKey and as the activity id',
      fieldPath: '.idempotencyKey',
      check: (self) => self.http !== undefined || self.idempotencyKey === undefined,
    },
    {
      cel: '!has(self.builtin) || (!has(self.inputSchema) && !has(self.effect) && !has(self.retryPolicy))',
      message: 'inputSchema, effect and retryPolicy cannot be set on a builtin tool: it has its own',
      fieldPath: '.builtin',
      check: (self) =>
        self.builtin === undefined ||
        (self.inputSchema === undefined && self.effect === undefined && self.retryPolicy === undefined),
    },
  ],
);
export type Tool = z.infer<typeof tool>;
