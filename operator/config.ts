import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { z } from 'zod';

/**
 * Settings of the operator, read once. Each is an environment variable, or a flag of the same name that wins over it:
 * DURABLE_AGENTS_HTTP_PORT=8080 is `--http-port=8080`.
 *
 * | variable (DURABLE_AGENTS_…) | default           | meaning                                                                            |
 * |-----------------------------|-------------------|------------------------------------------------------------------------------------|
 * | WATCH_NAMESPACES            | (all)             | comma-separated namespaces to watch; empty watches the whole cluster                |
 * | WORKER_IMAGE                | (required)        | worker image of agents without spec.worker.image                                    |
 * | TEMPORAL_ADDRESS            | (required)        | host:port of the Temporal of agents without connectionRef, as workers reach it too |
 * | TEMPORAL_NAMESPACE          | default           | its Temporal namespace                                                              |
 * | TEMPORAL_TLS                | false             | true: connect with TLS and trust the public CAs                                     |
 * | LEADER_ELECTION             | true              | false: this is the only operator, and somebody else makes sure of it                |
 * | LEASE_NAMESPACE             | (the pod's), else default | namespace of the Lease                                                      |
 * | LEASE_NAME                  | durable-agents-operator | name of the Lease                                                             |
 * | LEASE_IDENTITY              | host name + random | who holds the Lease; the pod's name lets a restarted container go on at once       |
 * | HTTP_PORT                   | 8080              | port of /healthz, /readyz and /metrics                                              |
 * | LOG_LEVEL                   | info              | debug, info, warn or error                                                          |
 * | DRAIN_CONFIRMATION_SECONDS  | 60                | how long a version must be seen without open runs before it is removed              |
 * | RESYNC_SECONDS              | 600               | every object is looked at again at least so often                                   |
 * | SAMPLE_INTERVAL_SECONDS     | 5                 | how often pending activities are sampled                                            |
 */
export interface Config {
  /** Empty: all namespaces. Sorted, without repetitions. */
  readonly watchNamespaces: readonly string[];
  readonly workerImage: string;
  readonly temporal: { readonly address: string; readonly namespace: string; readonly tls: boolean };
  readonly leaderElection: boolean;
  readonly lease: { readonly namespace: string; readonly name: string; readonly identity: string };
  readonly httpPort: number;
  readonly logLevel: 'debug' | 'info' | 'warn' | 'error';
  readonly drainConfirmationSeconds: number;
  readonly resyncSeconds: number;
  readonly sampleIntervalSeconds: number;
}

/** Everything that is wrong with the settings, one problem a line. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

export const ENV_PREFIX = 'DURABLE_AGENTS_';

const dnsLabel = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const boolean = z
  .enum(['true', 'false'], { error: 'must be true or false' })
  .transform((text) => text === 'true');
const wholeNumber = (least: number, most: number) =>
  z
    .string()
    .regex(/^[0-9]{1,9}$/, 'must be a whole number')
    .transform(Number)
    .refine((value) => value >= least && value <= most, `must be between ${least} and ${most}`);
const objectName = z
  .string()
  .max(253)
  .regex(/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/, 'must be a Kubernetes name');

const settings = z.strictObject({
  WATCH_NAMESPACES: z
    .string()
    .default('')
    .transform((text) =>
      [
        ...new Set(
          text
            .split(',')
            .map((name) => name.trim())
            .filter((name) => name !== ''),
        ),
      ].toSorted(),
    )
    .refine(
      (names) => names.every((name) => name.length <= 63 && dnsLabel.test(name)),
      'must be namespaces, separated by commas',
    ),
  WORKER_IMAGE: z
    .string({ error: 'is required: the worker image of agents that name none' })
    .regex(/^[^\s]+$/, 'must be an image reference'),
  TEMPORAL_ADDRESS: z
    .string({ error: 'is required: host:port of the Temporal frontend' })
    .regex(/^([A-Za-z0-9.-]+|\[[0-9a-fA-F:]+\]):[0-9]{1,5}$/, 'must be host:port'),
  TEMPORAL_NAMESPACE: z.string().default('default'),
  TEMPORAL_TLS: boolean.default(false),
  LEADER_ELECTION: boolean.default(true),
  LEASE_NAMESPACE: z.string().max(63).regex(dnsLabel, 'must be a namespace').optional(),
  LEASE_NAME: objectName.default('durable-agents-operator'),
  LEASE_IDENTITY: z.string().max(253).optional(),
  HTTP_PORT: wholeNumber(0, 65_535).default(8_080),
  LOG_LEVEL: z
    .enum(['debug', 'info', 'warn', 'error'], { error: 'must be debug, info, warn or error' })
    .default('info'),
  DRAIN_CONFIRMATION_SECONDS: wholeNumber(0, 86_400).default(60),
  RESYNC_SECONDS: wholeNumber(10, 86_400).default(600),
  SAMPLE_INTERVAL_SECONDS: wholeNumber(1, 3_600).default(5),
});

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws a ConfigError that names every problem at once. `podNamespace` is read from the service account by main.ts. */
export function readConfig(
  environment: Environment,
  flags: readonly string[],
  podNamespace?: string,
): Config {
  const { values, problems } = collect(environment, flags);
  const parsed = settings.safeParse(values);
  if (!parsed.success) {
    for (const { path, message, code, ...issue } of parsed.error.issues) {
      if (code === 'unrecognized_keys') {
        for (const key of (issue as { keys: readonly string[] }).keys) problems.push(unknown(key));
      } else problems.push(`${ENV_PREFIX}${String(path[0])} ${message}`);
    }
  }
  if (!parsed.success || problems.length > 0) {
    throw new ConfigError(
      `the settings cannot be used:\n${problems.map((problem) => `  - ${problem}`).join('\n')}`,
    );
  }
  const read = parsed.data;
  return Object.freeze({
    watchNamespaces: Object.freeze(read.WATCH_NAMESPACES),
    workerImage: read.WORKER_IMAGE,
    temporal: Object.freeze({
      address: read.TEMPORAL_ADDRESS,
      namespace: read.TEMPORAL_NAMESPACE,
      tls: read.TEMPORAL_TLS,
    }),
    leaderElection: read.LEADER_ELECTION,
    lease: Object.freeze({
      namespace: read.LEASE_NAMESPACE ?? podNamespace ?? 'default',
      name: read.LEASE_NAME,
      identity: read.LEASE_IDENTITY ?? `${hostname()}_${randomUUID()}`,
    }),
    httpPort: read.HTTP_PORT,
    logLevel: read.LOG_LEVEL,
    drainConfirmationSeconds: read.DRAIN_CONFIRMATION_SECONDS,
    resyncSeconds: read.RESYNC_SECONDS,
    sampleIntervalSeconds: read.SAMPLE_INTERVAL_SECONDS,
  });
}

/**
 * The kubelet gives every pod variables about every Service of its namespace; one called `durable-agents` makes
 * DURABLE_AGENTS_PORT=tcp://… of it. (https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables)
 */
const SERVICE_LINK = {
  name: /_SERVICE_(HOST|PORT(_[A-Z0-9_]+)?)$|_PORT_[0-9]+_(TCP|UDP|SCTP)/,
  value: /^(tcp|udp|sctp):\/\//,
};

/** Variables without the prefix, and flags on top. An empty value counts as absent: Helm renders unset values so. */
function collect(environment: Environment, flags: readonly string[]) {
  const values: Record<string, string> = {};
  const problems: string[] = [];
  for (const [name, value] of Object.entries(environment)) {
    if (!name.startsWith(ENV_PREFIX) || value === undefined || value === '') continue;
    if (SERVICE_LINK.name.test(name) || SERVICE_LINK.value.test(value)) continue;
    values[name.slice(ENV_PREFIX.length)] = value;
  }
  for (const flag of flags) {
    const match = /^--([a-z][a-z-]*)=(.*)$/.exec(flag);
    if (match?.[1] === undefined || match[2] === undefined)
      problems.push(`${flag}: flags look like --http-port=8080`);
    else values[match[1].toUpperCase().replaceAll('-', '_')] = match[2];
  }
  return { values, problems };
}

function unknown(key: string): string {
  return `${ENV_PREFIX}${key} is no setting; there are ${Object.keys(settings.shape).join(', ')}`;
}
