import { z } from 'zod';
import { objectName, secretKeyRef } from './common.ts';
import { conditions } from './conditions.ts';
import { withRules } from './rules.ts';
import { textMatching } from './text.ts';
import { hostAndPort } from './url.ts';

export const temporalConnectionSpec = withRules(
  z.strictObject({
    address: hostAndPort.meta({ description: 'host:port of the Temporal frontend.' }),
    namespace: textMatching(
      1,
      255,
      /^[A-Za-z0-9._-]+$/,
      'must be a Temporal namespace: letters, digits, ., _ and -',
    )
      .default('default')
      .meta({ description: 'Temporal namespace.' }),
    tls: z
      .strictObject({
        serverName: textMatching(1, 253, /^[A-Za-z0-9._-]+$/, 'must be a host name')
          .optional()
          .meta({
            description: 'Name the server’s certificate must be for, when it is not the host of address.',
          }),
        caSecretRef: secretKeyRef
          .optional()
          .meta({ description: 'CA that signed the server’s certificate, PEM.' }),
        clientCertSecretRef: z
          .strictObject({
            name: objectName.meta({ description: 'Name of a Secret of type kubernetes.io/tls.' }),
          })
          .optional()
          .meta({ description: 'Client certificate and key (tls.crt, tls.key) for mTLS.' }),
      })
      .optional()
      .meta({ description: 'Use TLS. An empty object trusts the public CAs.' }),
    apiKeySecretRef: secretKeyRef
      .optional()
      .meta({ description: 'API key, sent as a bearer token. Needs TLS.' }),
  }),
  [
    {
      cel: '!has(self.apiKeySecretRef) || has(self.tls)',
      message: 'apiKeySecretRef needs tls: a key must not travel in clear text',
      fieldPath: '.apiKeySecretRef',
      check: (self) => self.apiKeySecretRef === undefined || self.tls !== undefined,
    },
    {
      cel: '!has(self.apiKeySecretRef) || !has(self.tls) || !has(self.tls.clientCertSecretRef)',
      message: 'set apiKeySecretRef or tls.clientCertSecretRef, not both',
      fieldPath: '.apiKeySecretRef',
      check: (self) => self.apiKeySecretRef === undefined || self.tls?.clientCertSecretRef === undefined,
    },
  ],
);
export type TemporalConnectionSpec = z.infer<typeof temporalConnectionSpec>;

export const temporalConnectionStatus = z.strictObject({
  observedGeneration: z.int().min(0).optional(),
  serverVersion: z.string().max(128).optional().meta({ description: 'Version the server reports.' }),
  conditions: conditions.optional(),
});
export type TemporalConnectionStatus = z.infer<typeof temporalConnectionStatus>;
