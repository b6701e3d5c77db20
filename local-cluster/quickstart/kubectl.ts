import { ClusterError } from '../cluster.ts';
import { attempt, type Outcome } from '../process/run-command.ts';

export interface Kubectl {
  /** stdout; a ClusterError with what kubectl said when it fails. */
  run(
    args: readonly string[],
    options?: { readonly input?: string; readonly timeoutMs?: number },
  ): Promise<string>;
  try(args: readonly string[], options?: { readonly timeoutMs?: number }): Promise<Outcome>;
  json<T>(args: readonly string[]): Promise<T>;
  /** Server-side apply of manifests, given as JSON-able objects. */
  apply(namespace: string, manifests: readonly unknown[]): Promise<void>;
}

/** kubectl of one cluster: `environment` and `flags` say which. */
export function createKubectl(
  environment: Readonly<Record<string, string>>,
  flags: readonly string[],
): Kubectl {
  const call = (
    args: readonly string[],
    options: { readonly input?: string; readonly timeoutMs?: number } = {},
  ) => attempt('kubectl', [...flags, ...args], { env: environment, timeoutMs: 60_000, ...options });

  async function run(args: readonly string[], options = {}): Promise<string> {
    const { code, stdout, stderr } = await call(args, options);
    if (code !== 0)
      throw new ClusterError(`kubectl ${args.join(' ')}\nfailed: ${stderr.trim().slice(-2_000)}`);
    return stdout;
  }

  return {
    run,
    try: call,
    json: async <T>(args: readonly string[]) => JSON.parse(await run([...args, '--output', 'json'])) as T,
    apply: async (namespace, manifests) => {
      const list = JSON.stringify({ apiVersion: 'v1', kind: 'List', items: manifests });
      const args = [
        'apply',
        '--namespace',
        namespace,
        '--server-side',
        '--force-conflicts',
        '--filename',
        '-',
      ];
      await run([...args, '--field-manager', 'quickstart'], { input: list });
    },
  };
}
