import { describe, expect, it } from 'vitest';
import type { VersionStatus } from '../../../crds/v1alpha1/durable-agent.ts';
import type { DeploymentVersion } from '../../temporal/port.ts';
import type { Observed } from '../observed.ts';
import { CONFIRMATION, NOW, observedWorld, targetFor, version } from '../test-world.ts';
import { emptySince, isConfirmedEmpty, isEmpty } from './emptiness.ts';

const TARGET = targetFor('a');
const OLD = 'old';

interface Case {
  readonly drainage: DeploymentVersion['drainage'] | undefined;
  readonly openRuns?: number | undefined;
  /** State the version had in the last status. */
  readonly was?: VersionStatus['state'];
  readonly emptySince?: string;
  readonly current?: string;
  readonly ramping?: string;
  readonly unknown?: true;
}

function observe(drawn: Case): readonly [Observed, Observed['versions'][number]] {
  const seen = version(OLD, {
    temporal: drawn.drainage === undefined ? undefined : { buildID: OLD, drainage: drawn.drainage },
    openRuns: 'openRuns' in drawn ? drawn.openRuns : 0,
  });
  const status: VersionStatus = {
    buildID: OLD,
    state: drawn.was ?? 'Inactive',
    replicas: 1,
    readyReplicas: 1,
    image: '',
    snapshot: '',
    ...(drawn.emptySince === undefined ? {} : { emptySince: drawn.emptySince }),
  };
  const observed = observedWorld({
    target: TARGET,
    versions: [seen],
    previous: { versions: [status] },
    temporal:
      drawn.unknown === true
        ? { kind: 'unknown', reason: 'Unreachable', message: 'no answer' }
        : {
            kind: 'known',
            deployment: {
              currentBuildID: drawn.current ?? TARGET.buildID,
              rampingBuildID: drawn.ramping,
              versions: [],
              conflictToken: new Uint8Array(),
            },
            openRuns: 3,
            targetPolls: false,
          },
  });
  return [observed, seen];
}

describe('isEmpty', () => {
  it.each<readonly [string, Case, boolean]>([
    ['drained', { drainage: 'Drained', was: 'Draining' }, true],
    ['drained, but a run is open', { drainage: 'Drained', was: 'Draining', openRuns: 1 }, false],
    ['drained, but its runs could not be counted', { drainage: 'Drained', openRuns: undefined }, false],
    ['draining, though no run is visible', { drainage: 'Draining', was: 'Draining' }, false],
    ['never current', { drainage: 'Unspecified', was: 'Inactive' }, true],
    ['current a moment ago', { drainage: 'Unspecified', was: 'Current' }, false],
    ['draining a moment ago', { drainage: 'Unspecified', was: 'Draining' }, false],
    ['never registered', { drainage: undefined, was: 'Pending' }, true],
    ['forgotten by Temporal', { drainage: undefined, was: 'Drained' }, true],
    ['current', { drainage: 'Drained', current: OLD }, false],
    ['ramping', { drainage: 'Drained', ramping: OLD }, false],
    ['in a Temporal that cannot be asked', { drainage: 'Drained', unknown: true }, false],
  ])('of a version that is %s', (_, drawn, expected) => {
    expect(isEmpty(...observe(drawn))).toBe(expected);
  });
});

describe('the confirmation', () => {
  const ago = (ms: number) => new Date(NOW.getTime() - ms).toISOString();

  it.each<readonly [string, Case, boolean]>([
    ['one observation', { drainage: 'Drained' }, false],
    ['two, too close', { drainage: 'Drained', emptySince: ago(59_999) }, false],
    ['two, far enough apart', { drainage: 'Drained', emptySince: ago(60_000) }, true],
    ['two, the second with a run', { drainage: 'Drained', emptySince: ago(60_000), openRuns: 1 }, false],
  ])('by %s', (_, drawn, expected) => {
    expect(isConfirmedEmpty(...observe(drawn), CONFIRMATION)).toBe(expected);
  });

  it('begins with the first empty observation, and anew after one that is not', () => {
    const [first, seen] = observe({ drainage: 'Drained' });
    expect(emptySince(first, seen, NOW)).toBe(NOW.toISOString());
    const [again, same] = observe({ drainage: 'Drained', emptySince: ago(5) });
    expect(emptySince(again, same, NOW)).toBe(ago(5));
    const [broken, lost] = observe({ drainage: 'Drained', emptySince: ago(5), unknown: true });
    expect(emptySince(broken, lost, NOW)).toBeUndefined();
  });
});
