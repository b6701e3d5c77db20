import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseAllDocuments } from 'yaml';

const CHART = fileURLToPath(new URL('../../charts/durable-agents', import.meta.url));

/** A rendered object; tests look into it by path. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  readonly [field: string]: unknown;
}

/** $HELM, else the one the local cluster has built, else the one on the path. */
function helmBinary(): string {
  const cache =
    process.env['DURABLE_AGENTS_CACHE'] ??
    join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'durable-agents');
  const servers = join(cache, 'servers');
  const built = (existsSync(servers) ? readdirSync(servers) : [])
    .filter((folder) => folder.startsWith('helm-'))
    .map((folder) => join(servers, folder, 'helm'))
    .find((file) => existsSync(file));
  return process.env['HELM'] ?? built ?? 'helm';
}

const template = (values: object, name: string) => ({
  args: ['template', name, CHART, '--namespace', 'system', '--values', '-', '--kube-version', '1.36.0'],
  input: JSON.stringify(values),
});

/** The objects of `helm template`, for a release called durable-agents in the namespace system. */
export function render(values: object = {}, name = 'durable-agents'): readonly Manifest[] {
  const { args, input } = template(values, name);
  const text = execFileSync(helmBinary(), args, {
    input,
    encoding: 'utf8',
    maxBuffer: 64 << 20,
    stdio: 'pipe',
  });
  return parseAllDocuments(text)
    .map((document) => document.toJS() as Manifest | null)
    .filter((manifest) => manifest !== null);
}

/** What Helm says when it refuses the values; throws when it takes them. */
export function refusal(values: object): string {
  const { args, input } = template(values, 'durable-agents');
  const { status, stderr } = spawnSync(helmBinary(), args, { input, encoding: 'utf8' });
  if (status === 0) throw new Error('Helm took the values');
  return stderr;
}

export function lint(values: object = {}): string {
  return execFileSync(helmBinary(), ['lint', '--strict', CHART, '--values', '-'], {
    input: JSON.stringify(values),
    encoding: 'utf8',
  });
}

export function only(manifests: readonly Manifest[], kind: string, name?: string): Manifest {
  const found = manifests.filter(
    (manifest) => manifest.kind === kind && (name === undefined || manifest.metadata.name === name),
  );
  if (found[0] === undefined || found.length !== 1)
    throw new Error(`${found.length} of ${kind} ${name ?? ''}`);
  return found[0];
}

/** `at(deployment, 'spec.template.spec.containers.0.env')`; undefined where there is nothing. */
export function at(value: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>((inner, key) => (inner as Readonly<Record<string, unknown>> | undefined)?.[key], value);
}
