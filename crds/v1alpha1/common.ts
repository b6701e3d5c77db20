import { z } from 'zod';
import { duration, durationBetween, isDurationCEL, milliseconds } from './duration.ts';
import { listAsSet } from './list.ts';
import { matchesCEL, withRules } from './rules.ts';
import { text, textMatching } from './text.ts';

/** A name Kubernetes accepts for an object that may contain dots (RFC 1123 subdomain). */
export const objectName = textMatching(
  1,
  253,
  /^[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/,
  'must be the name of a Kubernetes object: lower-case letters, digits, - and .',
);

/** A key in the data of a ConfigMap or a Secret. */
export const dataKey = textMatching(
  1,
  253,
  /^[-._a-zA-Z0-9]+$/,
  'must be a key of a ConfigMap or Secret: letters, digits, -, _ and .',
);

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
  .meta({
    description: 'One key of a ConfigMap in this namespace. Its content becomes part of the version.',
  });

const DECIMAL = /^[0-9]+([.][0-9]+)?$/;

/** A decimal number as a string: YAML and Go disagree about floats, a string is the same everywhere. */
export const decimal = textMatching(1, 16, DECIMAL, 'must be a decimal number in quotes, such as "0.7"');

const coefficient = withRules(decimal, [
  {
    cel: `!${matchesCEL('self', DECIMAL)} || double(self) >= 1.0`,
    message: 'must be at least 1',
    check: (value) => !DECIMAL.test(value) || Number(value) >= 1,
  },
]);

export const retryPolicy = withRules(
  z.strictObject({
    maximumAttempts: z.int().min(1).max(1000).optional().meta({
      description: 'Attempts in total, the first one included. 1 means no retry.',
    }),
    initialInterval: durationBetween('1ms')
      .optional()
      .meta({ description: 'Wait before the second attempt. Default: 1s.' }),
    backoffCoefficient: coefficient.optional().meta({
      description: 'Factor between one wait and the next, as a decimal string of at least 1. Default: "2".',
    }),
    maximumInterval: duration
      .optional()
      .meta({ description: 'Longest wait between attempts; not shorter than the first wait.' }),
    nonRetryableErrorTypes: listAsSet(text(1, 128), 0, 32).optional().meta({
      description: 'Failure types that end the retrying at once, for instance "HTTP.503" or "Timeout".',
    }),
  }),
  [
    {
      // Temporal refuses such a policy when the step is scheduled, long after `kubectl apply`.
      cel: [
        '!has(self.maximumInterval)',
        `!${isDurationCEL('self.maximumInterval')}`,
        `(has(self.initialInterval) && !${isDurationCEL('self.initialInterval')})`,
        "duration(self.maximumInterval) >= (has(self.initialInterval) ? duration(self.initialInterval) : duration('1s'))",
      ].join(' || '),
      message: 'maximumInterval must not be shorter than initialInterval (default 1s)',
      fieldPath: '.maximumInterval',
      check: (self) =>
        self.maximumInterval === undefined ||
        !(milliseconds(self.maximumInterval) < milliseconds(self.initialInterval ?? '1s')),
    },
  ],
).meta({
  description:
    'How Temporal retries an infrastructure fault (timeout, 5xx, 429, dropped connection, dead worker).',
});
export type RetryPolicy = z.infer<typeof retryPolicy>;

export const timeouts = z
  .strictObject({
    startToClose: durationBetween('1s').optional().meta({ description: 'Longest time of one attempt.' }),
    scheduleToClose: durationBetween('1s').optional().meta({
      description: 'Longest time of all attempts together, waits included.',
    }),
    heartbeat: durationBetween('1s').optional().meta({
      description:
        'How long a worker may be silent during an attempt before it counts as dead and the step is retried elsewhere.',
    }),
  })
  .meta({ description: "Temporal's activity timeouts for the step." });
export type Timeouts = z.infer<typeof timeouts>;
