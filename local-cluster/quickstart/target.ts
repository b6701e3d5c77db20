import type { Kubectl } from './kubectl.ts';
import type { Progress } from './progress.ts';

export const SYSTEM_NAMESPACE = 'durable-agents-system';
export const RELEASE = 'durable-agents';
/** Where the example goes. */
export const EXAMPLE_NAMESPACE = 'default';

export interface Images {
  readonly operator: string;
  readonly worker: string;
  /** undefined: the chart's own. */
  readonly temporal: string | undefined;
}

/** A container of a pod, as its status names it. */
export interface Victim {
  readonly namespace: string;
  readonly pod: string;
  /** `containerd://…` */
  readonly containerID: string;
}

/** The cluster the quickstart runs on: a local one, or one of somebody else. */
export interface Target {
  /** How people address it: the command prefix that reaches it. */
  readonly kubectlHint: string;
  readonly environment: Readonly<Record<string, string>>;
  /** Flags of both kubectl and helm. */
  readonly kubectlFlags: readonly string[];
  readonly helmFlags: readonly string[];
  readonly kubectl: Kubectl;
  readonly images: Images;
  /** Values of `temporal.embedded.persistence`. Called once the namespace is there. */
  preparePersistence(): Promise<Readonly<Record<string, unknown>>>;
  /** `127.0.0.1:port` of a Service's port. */
  forward(namespace: string, service: string, port: number): Promise<string>;
  /** Kills the container as suddenly as the cluster allows; says what was done. */
  kill(victim: Victim): Promise<string>;
  /** Lets pods reach `host:port` on the internet, where that needs doing. */
  allowInternet(endpoint: string): Promise<void>;
  /** What to run to be rid of everything. */
  readonly tearDown: readonly string[];
  /** Whether forwarded addresses outlive this process. */
  readonly forwardsStay: boolean;
  /** Ends what this process holds open. */
  close(): void;
}

export type OpenTarget = (progress: Progress) => Promise<Target>;
