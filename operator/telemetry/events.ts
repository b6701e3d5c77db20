import { createHash, randomBytes } from 'node:crypto';
import type { Clock } from '../engine/clock.ts';
import type { KubeClient, KubeObject } from '../kube/port.ts';
import { EVENTS } from '../kube/resource-types.ts';

export interface EventNote {
  readonly type: 'Normal' | 'Warning';
  /** CamelCase, stable: people filter by it. */
  readonly reason: string;
  readonly message: string;
}

/** Shows `note` in `kubectl describe` of `object`. Never throws and never makes a pass wait. */
export type Emit = (object: KubeObject, note: EventNote) => void;

export interface EventOptions {
  readonly kube: Pick<KubeClient, 'apply'>;
  /** This process, as Events name it (pod name). */
  readonly instance: string;
  readonly clock: Clock;
  readonly onTrouble: (error: unknown) => void;
}

const CONTROLLER = 'durableagents.dev/operator';
/** The API server's limit for `note`, in bytes. */
const MAX_NOTE_BYTES = 1_024;
/** A repetition within this time continues the series, as in client-go. */
const SERIES_MS = 6 * 60_000;
/** A series is written at most so often; what happens in between is counted and written with the next one. */
const SERIES_WRITE_MS = 60_000;
/** Per object: so many at once, then one more every REFILL_MS (client-go's spam filter). */
const BURST = 25;
const REFILL_MS = 60_000;
/** Series and budgets remembered; the oldest is forgotten first. */
const MAX_REMEMBERED = 2_048;

interface Series {
  readonly name: string;
  readonly eventTime: string;
  count: number;
  lastAt: number;
  writtenAt: number;
}

interface Budget {
  tokens: number;
  at: number;
}

/**
 * events.k8s.io/v1. The same note about the same object is one Event with a count. Written by apply: one verb, and an
 * Event that expired meanwhile is simply made again. Names hold a part of this process: `eventTime` cannot be changed
 * in an Event that an earlier process made.
 */
export function makeEmit({ kube, instance, clock, onTrouble }: EventOptions): Emit {
  const series = new Map<string, Series>();
  const budgets = new Map<string, Budget>();
  const process = randomBytes(4).toString('hex');

  return (object, { type, reason, message }) => {
    try {
      const note = cut(message);
      const { name, namespace = 'default', uid = '' } = object.metadata;
      const id = createHash('sha256')
        .update([uid, namespace, name, type, reason, note].join('\0'))
        .digest('hex')
        .slice(0, 10);
      const now = clock.monotonic();
      let known = remembered(series, id);
      if (known !== undefined && now - known.lastAt <= SERIES_MS) {
        known.count += 1;
        known.lastAt = now;
        if (now - known.writtenAt < SERIES_WRITE_MS) return;
      } else {
        // A new process part for a new series: the one before may still be there, with another eventTime.
        const since = Math.floor(now).toString(36);
        known = {
          name: `${name.slice(0, 200)}.${id}${process}${since}`,
          eventTime: microTime(clock),
          count: 1,
          lastAt: now,
          writtenAt: now,
        };
        remember(series, id, known);
      }
      if (!spend(budgets, `${namespace}/${name}/${uid}`, now)) return;
      known.writtenAt = now;
      const event = {
        apiVersion: 'events.k8s.io/v1',
        kind: 'Event',
        metadata: { name: known.name, namespace },
        eventTime: known.eventTime,
        reportingController: CONTROLLER,
        reportingInstance: instance.slice(0, 128),
        action: 'Reconcile',
        reason,
        type,
        note,
        regarding: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          name,
          namespace,
          ...(uid === '' ? {} : { uid }),
          // Without resourceVersion: `regarding` cannot be changed, and the same Event is applied again as its series grows.
        },
        ...(known.count > 1 ? { series: { count: known.count, lastObservedTime: microTime(clock) } } : {}),
      };
      kube.apply(EVENTS, event).catch(onTrouble);
    } catch (error) {
      onTrouble(error);
    }
  };
}

function spend(budgets: Map<string, Budget>, id: string, now: number): boolean {
  const known = remembered(budgets, id) ?? { tokens: BURST, at: now };
  const tokens = Math.min(BURST, known.tokens + (now - known.at) / REFILL_MS);
  remember(budgets, id, { tokens: tokens >= 1 ? tokens - 1 : tokens, at: now });
  return tokens >= 1;
}

/** Maps keep the order of insertion: what was used last goes to the end, what falls off is the oldest. */
function remember<T>(map: Map<string, T>, id: string, value: T): void {
  map.delete(id);
  map.set(id, value);
  if (map.size <= MAX_REMEMBERED) return;
  const [oldest] = map.keys();
  if (oldest !== undefined) map.delete(oldest);
}

function remembered<T>(map: Map<string, T>, id: string): T | undefined {
  const value = map.get(id);
  if (value !== undefined) remember(map, id, value);
  return value;
}

function cut(message: string): string {
  if (Buffer.byteLength(message) <= MAX_NOTE_BYTES) return message;
  // Bytes cut inside a character become U+FFFD, three bytes long: hence some room.
  return `${Buffer.from(message)
    .subarray(0, MAX_NOTE_BYTES - 8)
    .toString('utf8')}…`;
}

/** MicroTime: Kubernetes wants six digits of fraction. */
function microTime(clock: Clock): string {
  return clock.wall().toISOString().replace('Z', '000Z');
}
