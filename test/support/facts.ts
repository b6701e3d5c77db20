import 'vitest';

/** Where the shared cluster is; made once by cluster-setup.ts and handed to every test file. */
export interface ClusterFacts {
  readonly name: string;
  readonly kubeconfig: string;
  /** A PATH with kubectl and helm on it. */
  readonly path: string;
  /** The API server's own account of who did what. */
  readonly auditLog: string;
  readonly worldURL: string;
  readonly worldSocket: string;
  /** Temporal's frontend and the operator's metrics, from this machine: `127.0.0.1:port`. */
  readonly temporalAddress: string;
  readonly operatorMetricsAddress: string;
  readonly images: { readonly operator: string; readonly worker: string; readonly temporal: string };
}

declare module 'vitest' {
  interface ProvidedContext {
    cluster: ClusterFacts;
  }
}

/** Namespace of the operator and of Temporal in the test cluster. */
export const SYSTEM_NAMESPACE = 'durable-agents-system';
