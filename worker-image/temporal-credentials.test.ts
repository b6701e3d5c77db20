import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { connectionOptions, credentialsChange, readCredentials } from './temporal-credentials.ts';

const temporal = {
  address: 'temporal:7233',
  namespace: 'default',
  tls: true,
  credentialsDirectory: '/credentials',
};
const pem = (text: string): Buffer => Buffer.from(text);

test('every file is optional, and an API key loses the line break it was pasted with', async () => {
  const directory = mkdtempSync(join(tmpdir(), 'credentials-'));
  expect(await readCredentials(directory)).toEqual({});
  expect(await readCredentials(join(directory, 'absent'))).toEqual({});
  writeFileSync(join(directory, 'api-key'), 'secret\n');
  writeFileSync(join(directory, 'ca.crt'), 'CA');
  expect(await readCredentials(directory)).toEqual({ apiKey: 'secret', ca: pem('CA') });
});

test('connection options', () => {
  expect(connectionOptions({ ...temporal, tls: false }, { apiKey: 'k' })).toEqual({
    address: 'temporal:7233',
    apiKey: 'k',
    tls: false,
  });
  const credentials = { ca: pem('CA'), certificate: pem('CRT'), key: pem('KEY') };
  expect(connectionOptions({ ...temporal, serverName: 'x.example' }, credentials).tls).toEqual({
    serverNameOverride: 'x.example',
    serverRootCACertificate: pem('CA'),
    clientCertPair: { crt: pem('CRT'), key: pem('KEY') },
  });
  expect(() => connectionOptions(temporal, { key: pem('KEY') })).toThrow('both tls.crt and tls.key');
});

test.each([
  [{ apiKey: 'a' }, { apiKey: 'a' }, 'none'],
  [{ apiKey: 'a' }, { apiKey: 'b' }, 'apiKey'],
  [{}, { apiKey: 'b' }, 'tls'],
  [{ ca: pem('1') }, { ca: pem('1') }, 'none'],
  [{ ca: pem('1'), apiKey: 'a' }, { ca: pem('2'), apiKey: 'b' }, 'tls'],
] as const)('change %#', (before, after, change) => expect(credentialsChange(before, after)).toBe(change));
