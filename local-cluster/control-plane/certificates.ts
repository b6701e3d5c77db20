import { existsSync, mkdirSync, writeFileSync, renameSync, rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

import type { ClusterPaths } from '../paths.ts';
import { run } from '../process/run-command.ts';
import { addresses } from './addresses.ts';

interface CertificateRequest {
  readonly file: string;
  readonly commonName: string;
  readonly organization?: string;
  readonly alternativeNames?: readonly string[];
}

function certificateRequests(nodeName: string): CertificateRequest[] {
  return [
    {
      file: 'apiserver',
      commonName: 'kube-apiserver',
      alternativeNames: [
        'IP:127.0.0.1',
        `IP:${addresses.node}`,
        `IP:${addresses.kubernetesService}`,
        'DNS:localhost',
        'DNS:kubernetes',
        'DNS:kubernetes.default',
        'DNS:kubernetes.default.svc',
        'DNS:kubernetes.default.svc.cluster.local',
      ],
    },
    { file: 'admin', commonName: 'admin', organization: 'system:masters' },
    {
      file: 'kubelet',
      commonName: `system:node:${nodeName}`,
      organization: 'system:nodes',
      alternativeNames: [`IP:${addresses.node}`, `DNS:${nodeName}`],
    },
    { file: 'controller-manager', commonName: 'system:kube-controller-manager' },
    { file: 'scheduler', commonName: 'system:kube-scheduler' },
    { file: 'proxy', commonName: 'system:kube-proxy' },
    // CoreDNS runs on the node, not as a pod with a service account.
    { file: 'dns', commonName: 'system:coredns' },
  ];
}

function extensions(request: CertificateRequest): string {
  const names = request.alternativeNames?.join(',');
  return [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    'extendedKeyUsage=serverAuth,clientAuth',
    ...(names === undefined ? [] : [`subjectAltName=${names}`]),
    '',
  ].join('\n');
}

const days = '3650';
const ellipticKey = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:prime256v1'];

async function sign(folder: string, request: CertificateRequest): Promise<void> {
  const at = (name: string): string => join(folder, name);
  const subject = `${request.organization === undefined ? '' : `/O=${request.organization}`}/CN=${request.commonName}`;
  await run('openssl', ['genpkey', ...ellipticKey, '-out', at(`${request.file}.key`)]);
  const signingRequest = await run('openssl', [
    'req',
    '-new',
    '-key',
    at(`${request.file}.key`),
    '-subj',
    subject,
  ]);
  writeFileSync(at(`${request.file}.ext`), extensions(request));
  await run(
    'openssl',
    // A random serial number: -CAcreateserial is a shared file, and these run side by side.
    [
      'x509',
      '-req',
      '-CA',
      at('ca.crt'),
      '-CAkey',
      at('ca.key'),
      '-set_serial',
      `0x${randomBytes(8).toString('hex')}`,
    ].concat([
      '-days',
      days,
      '-sha256',
      '-extfile',
      at(`${request.file}.ext`),
      '-out',
      at(`${request.file}.crt`),
    ]),
    { input: signingRequest },
  );
}

/** Makes the cluster's authority and certificates once; a folder that exists is complete, because it came by rename. */
export async function ensureCertificates(paths: ClusterPaths): Promise<void> {
  if (existsSync(paths.pki)) return;
  const folder = `${paths.pki}.new`;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const at = (name: string): string => join(folder, name);
  await run('openssl', ['genpkey', ...ellipticKey, '-out', at('ca.key')]);
  const authority = ['-x509', '-new', '-key', at('ca.key'), '-subj', `/CN=${paths.id}`, '-days', days];
  const usage = ['-addext', 'keyUsage=critical,keyCertSign,cRLSign,digitalSignature'];
  await run('openssl', ['req', ...authority, ...usage, '-out', at('ca.crt')]);
  await run('openssl', ['genpkey', ...ellipticKey, '-out', at('service-account.key')]);
  await run('openssl', [
    'pkey',
    '-in',
    at('service-account.key'),
    '-pubout',
    '-out',
    at('service-account.pub'),
  ]);
  await Promise.all(certificateRequests(paths.id).map((request) => sign(folder, request)));
  renameSync(folder, paths.pki);
}
