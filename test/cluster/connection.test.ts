import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { API_VERSION } from '../../crds/v1alpha1/group.ts';
import { addresses, insideCommand } from '../../local-cluster/cluster.ts';

import { eventually } from '../support/eventually.ts';
import { collection } from '../support/kube.ts';
import { agentManifest, runManifest } from '../support/manifests.ts';
import { conditionOf, Suite, SYSTEM_NAMESPACE } from '../support/suite.ts';

const KEY = 'sk-canary-temporal';
const folder = mkdtempSync(join(tmpdir(), 'connection-'));
const gateways: ChildProcess[] = [];
let suite: Suite;

beforeAll(async () => {
  suite = await Suite.start('connection');
  makeCertificates();
  const upstream = await temporalFrontend();
  await startGateway({ port: 17_301, clientCertificate: true, upstream });
  await startGateway({ port: 17_302, clientCertificate: false, apiKey: KEY, upstream });
  await suite.script({ id: 'connection', turns: [{ content: 'done $input' }] });
  const secrets = `/api/v1/namespaces/${suite.namespace}/secrets`;
  const file = (name: string) => readFileSync(join(folder, name), 'utf8');
  await suite.kube.post(secrets, { metadata: { name: 'ca' }, stringData: { 'ca.crt': file('ca.crt') } });
  await suite.kube.post(secrets, {
    metadata: { name: 'client' },
    type: 'kubernetes.io/tls',
    stringData: { 'tls.crt': file('client.crt'), 'tls.key': file('client.key') },
  });
  await suite.kube.post(secrets, { metadata: { name: 'key' }, stringData: { key: KEY } });
});
afterAll(async () => {
  for (const gateway of gateways) gateway.kill('SIGTERM');
  rmSync(folder, { recursive: true, force: true });
  await suite?.stop();
});

/** `ip:port` of the plain Temporal the gateways stand before. */
async function temporalFrontend(): Promise<string> {
  const path = `/api/v1/namespaces/${SYSTEM_NAMESPACE}/services/durable-agents-temporal`;
  const service = await suite.kube.get<{ spec: { clusterIP: string } }>(path);
  if (service === undefined) throw new Error(`${path} is missing`);
  return `${service.spec.clusterIP}:7233`;
}

function makeCertificates(): void {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-days',
    '2',
    '-subj',
    '/CN=ca',
    '-keyout',
    'ca.key',
    '-out',
    'ca.crt',
  );
  for (const [name, extension] of [
    ['server', 'subjectAltName=DNS:temporal.test'],
    ['client', 'extendedKeyUsage=clientAuth'],
  ] as const) {
    writeFileSync(join(folder, `${name}.ext`), extension);
    openssl(
      'req',
      '-newkey',
      'ec',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-nodes',
      '-subj',
      `/CN=${name}`,
      '-keyout',
      `${name}.key`,
      '-out',
      `${name}.csr`,
    );
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      '-CA',
      'ca.crt',
      '-CAkey',
      'ca.key',
      '-CAcreateserial',
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
      '-out',
      `${name}.crt`,
    );
  }
}

async function startGateway(options: {
  port: number;
  clientCertificate: boolean;
  upstream: string;
  apiKey?: string;
}): Promise<void> {
  const script = fileURLToPath(new URL('../support/world/tls-gateway.ts', import.meta.url));
  const settings = JSON.stringify({ address: addresses.node, folder, ...options });
  const [command = '', ...args] = insideCommand(suite.cluster.name, [process.execPath, script, settings]);
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  gateways.push(child);
  await once(child.stdout, 'data');
}

const connection = (name: string, port: number, more: object) => ({
  apiVersion: API_VERSION,
  kind: 'TemporalConnection',
  metadata: { name },
  spec: { address: `${addresses.node}:${port}`, ...more },
});
const tls = { serverName: 'temporal.test', caSecretRef: { name: 'ca', key: 'ca.crt' } };

async function connectionWhen(name: string, reason: string) {
  return eventually(`connection ${name}: ${reason}`, async () => {
    const found = await suite.kube.get<{ status?: { conditions?: never[]; serverVersion?: string } }>(
      `${collection(suite.namespace, 'temporalconnections')}/${name}`,
    );
    if (conditionOf(found?.status, 'Ready')?.reason === reason) return found;
    throw new Error(JSON.stringify(found?.status));
  });
}

test.each([
  ['mtls', 17_301, { tls: { ...tls, clientCertSecretRef: { name: 'client' } } }],
  ['api-key', 17_302, { tls, apiKeySecretRef: { name: 'key', key: 'key' } }],
])('an agent runs over %s', async (name, port, more) => {
  await suite.create(connection(name, port, more));
  const ready = await connectionWhen(name, 'Connected');
  expect(ready?.status?.serverVersion).toMatch(/^[0-9]+\./);
  await suite.create(
    agentManifest({
      name,
      script: 'connection',
      worldURL: suite.cluster.worldURL,
      spec: { temporal: { connectionRef: { name } } },
    }),
  );
  await suite.agentReady(name);
  await suite.create(runManifest({ name, agent: name, input: name }));
  expect((await suite.runCompleted(name)).status?.output).toBe(`done ${name}`);
});

test('no certificate, a wrong key and a dead address are conditions, and nobody crashes', async () => {
  await suite.create(connection('no-certificate', 17_301, { tls }));
  await suite.create(connection('dead', 17_399, {}));
  const secrets = `/api/v1/namespaces/${suite.namespace}/secrets`;
  await suite.kube.post(secrets, { metadata: { name: 'wrong' }, stringData: { key: 'sk-canary-wrong' } });
  await suite.create(
    connection('wrong-key', 17_302, { tls, apiKeySecretRef: { name: 'wrong', key: 'key' } }),
  );
  await suite.create(
    connection('no-secret', 17_302, { tls, apiKeySecretRef: { name: 'nowhere', key: 'key' } }),
  );
  expect(await connectionWhen('dead', 'Unreachable')).toBeDefined();
  expect(await connectionWhen('no-certificate', 'Unreachable')).toBeDefined();
  expect(await connectionWhen('wrong-key', 'Unauthorized')).toBeDefined();
  expect(await connectionWhen('no-secret', 'SecretNotFound')).toBeDefined();
});

test('a Temporal that goes away is a condition; its workers stay, and the run goes on when it is back', async () => {
  const [gateway] = gateways;
  const before = await suite.agentReady('mtls');
  gateway?.kill('SIGKILL');
  await suite.agentWhen(
    'TemporalConnected=False',
    'mtls',
    ({ status }) => conditionOf(status, 'TemporalConnected')?.status === 'False',
  );
  const pods = await suite.kube.pods(suite.namespace, 'mtls');
  expect(pods.filter(({ metadata }) => metadata.deletionTimestamp === undefined)).toHaveLength(1);
  await suite.create(runManifest({ name: 'away', agent: 'mtls', input: 'away' }));
  await suite.runWhen(
    'TemporalUnreachable',
    'away',
    ({ status }) => conditionOf(status, 'Started')?.reason === 'TemporalUnreachable',
  );

  await startGateway({
    port: 17_301,
    clientCertificate: true,
    upstream: await temporalFrontend(),
  });
  const after = await suite.agentReady('mtls');
  expect((await suite.runCompleted('away')).status?.output).toBe('done away');
  expect(after.status?.currentVersion).toBe(before.status?.currentVersion);
  expect((await suite.kube.pods(suite.namespace, 'mtls')).map(({ metadata }) => metadata.uid)).toEqual(
    pods.map(({ metadata }) => metadata.uid),
  );
});
