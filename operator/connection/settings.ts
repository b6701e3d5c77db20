import type { SecretKeyRef } from '../../crds/v1alpha1/common.ts';
import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import type { KubeClient, KubeObject } from '../kube/port.ts';
import { SECRETS } from '../kube/resource-types.ts';
import type { ConnectionSettings } from '../temporal/port.ts';

/** `missing` is a condition reason of agents and connections alike; `message` says what is missing and what to do. */
export type ResolvedConnection =
  | { readonly settings: ConnectionSettings }
  | {
      readonly missing: 'ConnectionNotFound' | 'SecretNotFound' | 'SecretKeyNotFound';
      readonly message: string;
    };

interface Secret extends KubeObject {
  /** Base64. */
  readonly data?: Readonly<Record<string, string>>;
}

/** The one verb used: secrets are read by name, never listed or watched. */
type SecretReader = Pick<KubeClient, 'get'>;

/**
 * Settings of `connection` with the contents of its secrets, read afresh so that a rotated one is seen at the next pass;
 * `defaultTemporal` when `connection` is undefined. The contents are never part of a message. Fails as KubeClient.get does.
 */
export async function resolveConnectionSettings(input: {
  readonly kube: SecretReader;
  readonly namespace: string;
  readonly connection: TemporalConnection | undefined;
  readonly defaultTemporal: ConnectionSettings;
}): Promise<ResolvedConnection> {
  const { kube, namespace, connection, defaultTemporal } = input;
  if (connection === undefined) return { settings: defaultTemporal };
  const { address, namespace: temporalNamespace, tls, apiKeySecretRef } = connection.spec;

  const certificate = tls?.clientCertSecretRef?.name;
  const wanted: readonly Wanted[] = [
    ...wants('ca', 'spec.tls.caSecretRef', tls?.caSecretRef),
    ...wants(
      'clientCert',
      'spec.tls.clientCertSecretRef',
      certificate === undefined ? undefined : { name: certificate, key: 'tls.crt' },
    ),
    ...wants(
      'clientKey',
      'spec.tls.clientCertSecretRef',
      certificate === undefined ? undefined : { name: certificate, key: 'tls.key' },
    ),
    ...wants('apiKey', 'spec.apiKeySecretRef', apiKeySecretRef),
  ];

  const secrets = new Map<string, Secret | undefined>();
  const found: Partial<Record<Wanted['as'], string>> = {};
  for (const { as, field, name, key } of wanted) {
    if (!secrets.has(name)) secrets.set(name, await kube.get<Secret>(SECRETS, { namespace, name }));
    const secret = secrets.get(name);
    const where = `TemporalConnection ${namespace}/${connection.metadata.name}: ${field}`;
    if (secret === undefined) {
      return {
        missing: 'SecretNotFound',
        message: `${where} names Secret ${name}, which does not exist: create it`,
      };
    }
    const encoded = secret.data?.[key];
    if (encoded === undefined || encoded === '') {
      return {
        missing: 'SecretKeyNotFound',
        message: `${where} needs key ${key} of Secret ${name}, which has none: add it`,
      };
    }
    // A key typed into a file ends in a line break, which no gRPC header may hold; PEM does not care.
    found[as] = Buffer.from(encoded, 'base64').toString('utf8').trim();
  }

  const { ca, clientCert, clientKey, apiKey } = found;
  return {
    settings: {
      address,
      namespace: temporalNamespace,
      ...(tls === undefined
        ? {}
        : {
            tls: {
              ...(tls.serverName === undefined ? {} : { serverName: tls.serverName }),
              ...(ca === undefined ? {} : { ca }),
              ...(clientCert === undefined ? {} : { clientCert }),
              ...(clientKey === undefined ? {} : { clientKey }),
            },
          }),
      ...(apiKey === undefined ? {} : { apiKey }),
    },
  };
}

interface Wanted extends SecretKeyRef {
  readonly as: 'ca' | 'clientCert' | 'clientKey' | 'apiKey';
  readonly field: string;
}

function wants(as: Wanted['as'], field: string, reference: SecretKeyRef | undefined): readonly Wanted[] {
  return reference === undefined ? [] : [{ as, field, ...reference }];
}
