import { RetryableError } from '../errors.ts';
import { KubeError, type KubeClient, type KubeObject, type ObjectKey } from '../kube/port.ts';
import { LEASES } from '../kube/resource-types.ts';
import { sleep, type Clock } from './clock.ts';

/** https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/lease-v1/ */
interface Lease extends KubeObject {
  readonly spec?: {
    readonly holderIdentity?: string;
    readonly leaseDurationSeconds?: number;
    readonly acquireTime?: string;
    readonly renewTime?: string;
    readonly leaseTransitions?: number;
  };
}

export interface LeaseOptions {
  /** A client that is not itself guarded by this lease. */
  readonly kube: Pick<KubeClient, 'get' | 'create' | 'replace'>;
  readonly key: ObjectKey;
  /** Different for every process that may run at the same time. */
  readonly identity: string;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

/** client-go's defaults. Others wait `duration` after the last renewal they saw before they take over. */
export const LEASE_DURATION_MS = 15_000;
/** A leader that could not renew for so long is none. The rest up to `duration` is for writes on their way (kube/client.ts). */
export const RENEW_DEADLINE_MS = 10_000;
export const RETRY_MS = 2_000;

/**
 * Leader election on a Lease, by optimistic updates. Only durations are measured, each on one machine's monotonic
 * clock: times written into the Lease by others are for people, as clocks differ.
 */
export class LeaderLease {
  readonly #options: LeaseOptions;
  /** The Lease as last seen, and when it was last seen to change. */
  #observed: { readonly version: string; readonly at: number } | undefined;
  /** Start of the last successful renewal; undefined when not leading. */
  #renewedAt: number | undefined;

  constructor(options: LeaseOptions) {
    this.#options = options;
  }

  /** By the clock, not by a flag a timer would have to lower: right also in the first moment after SIGCONT. */
  isLeader(): boolean {
    return (
      this.#renewedAt !== undefined && this.#options.clock.monotonic() - this.#renewedAt < RENEW_DEADLINE_MS
    );
  }

  /** Throws a RetryableError when this process is not, or no longer surely, the leader. */
  assertLeader(): void {
    if (!this.isLeader())
      throw new RetryableError('nothing was written: this operator is not the leader (any more)');
  }

  /** Resolves true once leading, false when `signal` aborts first. */
  async acquire(signal: AbortSignal): Promise<boolean> {
    while (!signal.aborted) {
      if (await this.#try()) return true;
      await sleep(this.#options.clock, RETRY_MS * 0.9, signal);
    }
    return false;
  }

  /** Renews until `signal` aborts (resolves 'stopped') or the lease is lost (resolves 'lost'). */
  async hold(signal: AbortSignal): Promise<'stopped' | 'lost'> {
    while (!signal.aborted) {
      await sleep(this.#options.clock, RETRY_MS, signal);
      if (signal.aborted) break;
      // Past the deadline it stays lost, even if the Lease could still be had: others may have led in between.
      if (!this.isLeader()) return this.#lose();
      const renewed = await this.#try();
      if (!renewed && !this.isLeader()) return this.#lose();
    }
    return 'stopped';
  }

  /** Gives the lease up, so that the next one need not wait for its end. Call when the last write is done. Never throws. */
  async release(): Promise<void> {
    if (!this.isLeader()) return;
    this.#renewedAt = undefined;
    try {
      const lease = await this.#options.kube.get<Lease>(LEASES, this.#options.key);
      if (lease?.spec?.holderIdentity !== this.#options.identity) return;
      await this.#options.kube.replace<Lease>(LEASES, {
        ...lease,
        spec: { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#now() },
      });
    } catch (error) {
      this.#options.onTrouble(error);
    }
  }

  #lose(): 'lost' {
    this.#renewedAt = undefined;
    return 'lost';
  }

  /** One attempt to get or keep the lease. */
  async #try(): Promise<boolean> {
    const { kube, key, clock } = this.#options;
    const began = clock.monotonic();
    try {
      const lease = await kube.get<Lease>(LEASES, key);
      if (lease === undefined) {
        const created = await kube.create<Lease>(LEASES, this.#next(undefined));
        return this.#led(created, began);
      }
      this.#observe(lease);
      if (!this.#isMine(lease) && !this.#isFree(lease)) {
        this.#renewedAt = undefined;
        return false;
      }
      return this.#led(await kube.replace<Lease>(LEASES, this.#next(lease)), began);
    } catch (error) {
      // Somebody was faster; the next look tells who.
      const beaten =
        error instanceof KubeError && (error.reason === 'Conflict' || error.reason === 'AlreadyExists');
      if (!beaten) this.#options.onTrouble(error);
      return false;
    }
  }

  #led(lease: Lease, began: number): true {
    this.#observe(lease);
    // From before the request: the server wrote it later, so others count from a later moment than we do.
    this.#renewedAt = began;
    return true;
  }

  #observe(lease: Lease): void {
    const version = lease.metadata.resourceVersion ?? '';
    if (this.#observed?.version !== version)
      this.#observed = { version, at: this.#options.clock.monotonic() };
  }

  #isMine(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.#options.identity;
  }

  #isFree(lease: Lease): boolean {
    if ((lease.spec?.holderIdentity ?? '') === '') return true;
    const duration = (lease.spec?.leaseDurationSeconds ?? LEASE_DURATION_MS / 1_000) * 1_000;
    return this.#observed !== undefined && this.#options.clock.monotonic() - this.#observed.at > duration;
  }

  #next(lease: Lease | undefined): KubeObject & Readonly<Record<string, unknown>> {
    const { key, identity } = this.#options;
    const mine = lease !== undefined && this.#isMine(lease);
    return {
      apiVersion: 'coordination.k8s.io/v1',
      kind: 'Lease',
      metadata: lease?.metadata ?? { namespace: key.namespace, name: key.name },
      spec: {
        holderIdentity: identity,
        leaseDurationSeconds: LEASE_DURATION_MS / 1_000,
        acquireTime: mine ? (lease.spec?.acquireTime ?? this.#now()) : this.#now(),
        renewTime: this.#now(),
        leaseTransitions: lease === undefined ? 0 : (lease.spec?.leaseTransitions ?? 0) + (mine ? 0 : 1),
      },
    };
  }

  /** MicroTime: Kubernetes wants six digits of fraction. */
  #now(): string {
    return this.#options.clock.wall().toISOString().replace('Z', '000Z');
  }
}
