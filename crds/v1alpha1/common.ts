import { z } from 'zod';
import { duration, milliseconds } from './duration.ts';
import { withRules } from './rules.ts';

/** A name Kubernetes accepts for an object that may contain dots (RFC 1123 subdomain). */
export const objectName = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a lower-case RFC 1123 name');

/** A key in the data of a ConfigMap or a Secret. */
const dataKey = z
  .string()
  .min(1)
  .max(253)
  .regex(/^[-._a-zA-Z0-9]+$/, 'must be a key of a ConfigMap or Secret');

export const secretKeyRef = z
  .strictObject({
    name: objectName.meta({ description: 'Name of the Secret, in the namespace of this resource.' }),
    key: dataKey.meta({ description: 'Key in the data of the Secret.' }),
  })
  .meta({
    description:
      'One key of a Secret in this namespace. Projected into the worker as a file: its content is never in a version, a log line, an Event, a status or the history of a run.',
  });
export type SecretKeyRef = z.infer<typeof secretKeyRef>;

export const configMapKeyRef = z
  .strictObject({
    name: objectName.meta({ description: 'Name of the ConfigMap, in the namespace of this resource.' }),
    key: dataKey.meta({ description: 'Key in the data of the ConfigMap.' }),
  })
  .meta({ description: 'One key of a ConfigMap in this namespace. Its content becomes part of the version.' });
export type ConfigMapKeyRef = z.infer<typeof configMapKeyRef>;

/** A decimal number as a string: YAML and Go disagree about floats, a string is the same everywhere. */
export const decimal = z
  .string()
  .max(16)
  .regex(/^[0-9]+(\.[0-9]+)?$/, 'must be a decimal number in quotes, such as "0.7"');

export const retryPolicy = withRules(
  z.strictObject({
    maximumAttempts: z.int().min(1).max(1000).optional().meta({
      description: 'Attempts in total, the first one included. 1 means no retry.',
    }),
    initialInterval: duration.optional().meta({ description: 'Wait before the second attempt. Default: 1s.' }),
    backoffCoefficient: decimal.optional().meta({
      description: 'Factor between one wait and the next, as a decimal string of at least 1. Default: "2".',
    }),
    maximumInterval: duration.optional().meta({ description: 'Longest wait between attempts. Default: 100 × initialInterval.' }),
    nonRetryableErrorTypes: z.array(z.string().min(1).max(128)).max(32).optional().meta({
      description: 'Failure types that end the retrying at once, for instance "HTTP.503" or "Timeout".',
      'x-kubernetes-list-type': 'set',
    }),
  }),
  [
    {
      cel: '!has(self.backoffCoefficient) || double(self.backoffCoefficient) >= 1.0',
      message: 'backoffCoefficient must be at least 1',
      fieldPath: '.backoffCoefficient',
      check: (self) => self.backoffCoefficient === undefined || Number(self.backoffCoefficient) >= 1,
    },
    {
      cel: "!has(self.initialInterval) || duration(self.initialInterval) >= duration('1ms')",
      message: 'initialInterval must be at least 1ms',
      fieldPath: '.initialInterval',
      check: (self) => self.initialInterval === undefined || !(milliseconds(self.initialInterval) < 1),
    },
  ],
).meta({ description: 'How Temporal retries an infrastructure fault (timeout, 5xx, 429, dropped connection, dead worker).' });
export type RetryPolicy = z.infer<typeof retryPolicy>;

const atLeastOneSecond = (field: 'startToClose' | 'scheduleToClose' | 'heartbeat') =>
  ({
    cel: `!has(self.${field}) || duration(self.${field}) >= duration('1s')`,
    message: `${field} must be at least 1s`,
    fieldPath: `.${field}`,
    check: (self: Partial<Record<typeof field, string | undefined>>) =>
      self[field] === undefined || !(milliseconds(self[field]) < 1_000),
  }) as const;

export const timeouts = withRules(
  z.strictObject({
    startToClose: duration.optional().meta({ description: 'Longest time of one attempt.' }),
    scheduleToClose: duration.optional().meta({ description: 'Longest time of all attempts together, waits included.' }),
    heartbeat: duration.optional().meta({
      description: 'How long a worker may be silent during an attempt before it counts as dead and the step is retried elsewhere.',
    }),
  }),
  [atLeastOneSecond('startToClose'), atLeastOneSecond('scheduleToClose'), atLeastOneSecond('heartbeat')],
).meta({ description: "Temporal's activity timeouts for the step." });
export type Timeouts = z.infer<typeof timeouts>;
