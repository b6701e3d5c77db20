import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { stringify } from 'yaml';

import type { ClusterPaths } from '../paths.ts';

/** Certificates are embedded, so that the file can be copied anywhere. */
export function renderKubeconfig(paths: ClusterPaths, certificate: string, server: string): string {
  const embed = (file: string): string => readFileSync(join(paths.pki, file)).toString('base64');
  return stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: paths.name, cluster: { server, 'certificate-authority-data': embed('ca.crt') } }],
    users: [
      {
        name: certificate,
        user: {
          'client-certificate-data': embed(`${certificate}.crt`),
          'client-key-data': embed(`${certificate}.key`),
        },
      },
    ],
    contexts: [{ name: paths.name, context: { cluster: paths.name, user: certificate } }],
    'current-context': paths.name,
  });
}
