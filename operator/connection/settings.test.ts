import { describe, expect, it } from 'vitest';
import type { TemporalConnection } from '../../crds/v1alpha1/kinds.ts';
import type { KubeObject, ObjectKey, ResourceType } from '../kube/port.ts';
import { resolveConnectionSettings } from './settings.ts';

const defaultTemporal = { address: 'temporal:7233', namespace: 'default' };
const base64 = (text: string) => Buffer.from(text).toString('base64');

function connection(spec: Partial<TemporalConnection['spec']>): TemporalConnection {
  return {
    apiVersion: 'durableagents.dev/v1alpha1',
    kind: 'TemporalConnection',
    metadata: { name: 'cloud', namespace: 'team-a' },
    spec: { address: 'cloud.example:7233', namespace: 'prod', ...spec },
  };
}

/** Secrets by `namespace/name`: a table of what is there, not a stand-in for Kubernetes' behaviour. */
function reader(secrets: Readonly<Record<string, Readonly<Record<string, string>>>>) {
  return {
    get: async <T extends KubeObject>(_type: ResourceType, key: ObjectKey): Promise<T | undefined> => {
      const data = secrets[`${key.namespace}/${key.name}`];
      return data === undefined ? undefined : ({ metadata: { name: key.name }, data } as unknown as T);
    },
  };
}

const resolve = (spec: Partial<TemporalConnection['spec']> | undefined, secrets = {}) =>
  resolveConnectionSettings({
    kube: reader(secrets),
    namespace: 'team-a',
    connection: spec === undefined ? undefined : connection(spec),
    defaultTemporal,
  });

describe('resolveConnectionSettings', () => {
  it('gives the default without a connection', async () => {
    expect(await resolve(undefined)).toEqual({ settings: defaultTemporal });
  });

  it('gives the plain settings of a connection without TLS', async () => {
    expect(await resolve({})).toEqual({ settings: { address: 'cloud.example:7233', namespace: 'prod' } });
  });

  it('keeps an empty tls: it means TLS with public CAs', async () => {
    expect(await resolve({ tls: {} })).toEqual({
      settings: { address: 'cloud.example:7233', namespace: 'prod', tls: {} },
    });
  });

  it('reads CA, client certificate and key', async () => {
    const result = await resolve(
      {
        tls: {
          serverName: 'x',
          caSecretRef: { name: 'ca', key: 'ca.crt' },
          clientCertSecretRef: { name: 'pair' },
        },
      },
      {
        'team-a/ca': { 'ca.crt': base64('CA') },
        'team-a/pair': { 'tls.crt': base64('CERT'), 'tls.key': base64('KEY') },
      },
    );
    expect(result).toEqual({
      settings: {
        address: 'cloud.example:7233',
        namespace: 'prod',
        tls: { serverName: 'x', ca: 'CA', clientCert: 'CERT', clientKey: 'KEY' },
      },
    });
  });

  it('drops the line break at the end of an API key', async () => {
    const result = await resolve(
      { tls: {}, apiKeySecretRef: { name: 'key', key: 'k' } },
      { 'team-a/key': { k: base64('s3cret\n') } },
    );
    expect(result).toMatchObject({ settings: { apiKey: 's3cret' } });
  });

  it.each([
    ['SecretNotFound', {}],
    ['SecretNotFound', { 'team-b/key': { k: base64('of another namespace') } }],
    ['SecretKeyNotFound', { 'team-a/key': { other: base64('s3cret') } }],
    ['SecretKeyNotFound', { 'team-a/key': { k: '' } }],
  ])('says %s with field and names, never with a content', async (reason, secrets) => {
    const result = await resolve({ tls: {}, apiKeySecretRef: { name: 'key', key: 'k' } }, secrets);
    expect(result).toMatchObject({
      missing: reason,
      message: expect.stringContaining('spec.apiKeySecretRef'),
    });
    expect(JSON.stringify(result)).not.toContain('s3cret');
  });
});
