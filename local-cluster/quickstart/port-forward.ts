import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import { ClusterError } from '../cluster.ts';

/** `kubectl port-forward` to a Service, on a free port of 127.0.0.1, for as long as `child` lives. */
export async function portForward(
  argv: { readonly flags: readonly string[]; readonly environment: Readonly<Record<string, string>> },
  to: { readonly namespace: string; readonly service: string; readonly port: number },
): Promise<{ readonly address: string; readonly child: ChildProcess }> {
  const args = [
    ...argv.flags,
    'port-forward',
    '--namespace',
    to.namespace,
    `service/${to.service}`,
    `:${to.port}`,
  ];
  const child = spawn('kubectl', args, {
    env: { ...process.env, ...argv.environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  const address = await new Promise<string>((resolve, reject) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = /^Forwarding from (127\.0\.0\.1:\d+) /.exec(line)?.[1];
      if (found !== undefined) resolve(found);
    });
    child.on('error', (error) => reject(new ClusterError(`kubectl cannot be started: ${error.message}`)));
    child.on('exit', () =>
      reject(new ClusterError(`kubectl port-forward to ${to.service} ended: ${said.trim()}`)),
    );
  });
  return { address, child };
}
