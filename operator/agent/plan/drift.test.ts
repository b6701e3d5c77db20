import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { liveWorkers, targetFor } from '../test-world.ts';
import type { DesiredObject } from '../desired/desired-object.ts';
import { isSettled, sealed } from './drift.ts';
import { quantityOf } from './quantity.ts';

/** A Deployment as applied, and as the API server then shows it: with defaults and things of others. */
const { deployment } = liveWorkers(targetFor('a'), 2, undefined, {
  resources: { requests: { cpu: '0.5', memory: '1024Mi' } },
  env: [{ name: 'EMPTY', value: '' }],
});
const desired = structuredClone(deployment) as DesiredObject;

interface Mutable {
  [key: string]: Mutable;
}

function edited(edit: (live: Mutable) => void): DesiredObject {
  const live = structuredClone(desired);
  edit(live as unknown as Mutable);
  return live;
}

const container = (live: Mutable) => live['spec']?.['template']?.['spec']?.['containers']?.['0'] ?? {};
const listIn = (target: Mutable | undefined, key: string): unknown[] => (target?.[key] ?? []) as unknown[];
const put = (target: Mutable | undefined, key: string, value: unknown) => {
  Object.assign(target ?? {}, { [key]: value });
};

describe('isSettled', () => {
  it.each<readonly [string, (live: Mutable) => void]>([
    ['nothing', () => undefined],
    ['defaults of the server', (live) => put(live['spec'], 'progressDeadlineSeconds', 600)],
    ['labels and annotations of others', (live) => put(live['metadata']?.['annotations'], 'x', 'y')],
    [
      'an injected container',
      (live) => {
        listIn(live['spec']?.['template']?.['spec'], 'containers').unshift({
          name: 'sidecar',
        });
      },
    ],
    [
      'another variable',
      (live) => {
        listIn(container(live), 'env').unshift({ name: 'FOREIGN', value: '1' });
      },
    ],
    [
      'an empty value the server does not store',
      (live) => {
        const env = container(live)['env'] as unknown as { name: string; value?: string }[];
        delete env.find(({ name }) => name === 'EMPTY')?.value;
      },
    ],
    [
      'quantities in the words of the server',
      (live) => {
        put(container(live)['resources']?.['requests'], 'memory', '1Gi');
        put(container(live)['resources']?.['requests'], 'cpu', '500m');
      },
    ],
  ])('is not disturbed by %s', (_, edit) => {
    expect(isSettled(desired, edited(edit))).toBe(true);
  });

  it.each<readonly [string, (live: Mutable) => void]>([
    ['replicas', (live) => put(live['spec'], 'replicas', 0)],
    ['the image', (live) => put(container(live), 'image', 'evil')],
    [
      'a dropped security setting',
      (live) => {
        delete live['spec']?.['template']?.['spec']?.['automountServiceAccountToken'];
      },
    ],
    [
      'a capability given back',
      (live) => put(container(live)['securityContext']?.['capabilities'], 'drop', []),
    ],
    ['another amount', (live) => put(container(live)['resources']?.['requests'], 'memory', '1025Mi')],
    ['a removed variable', (live) => put(container(live), 'env', [])],
    ['a removed owner', (live) => put(live['metadata'], 'ownerReferences', [])],
    ['a lost label', (live) => put(live['metadata'], 'labels', {})],
    ['an object of an older operator', (live) => put(live['metadata'], 'annotations', {})],
  ])('sees %s', (_, edit) => {
    expect(isSettled(desired, edited(edit))).toBe(false);
  });

  it('sees a field that is no longer wanted', () => {
    const base = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } };
    const before = sealed({ ...base, data: { a: '1', b: '2' } });
    expect(isSettled(sealed({ ...base, data: { a: '1' } }), before)).toBe(false);
  });
});

describe('quantityOf', () => {
  it.each([
    ['1', '1000m'],
    ['0.5', '500m'],
    ['1024Mi', '1Gi'],
    ['0.1', '100m'],
    ['1.5Gi', '1536Mi'],
    ['0.0005', '1m'],
  ])('%s is %s', (a, b) => expect(quantityOf(a)).toBe(quantityOf(b)));

  it('tells different amounts apart', () => {
    const property = fc.property(
      fc.integer({ min: 1, max: 1_000_000 }),
      (n) => quantityOf(`${n}Mi`) < quantityOf(`${n + 1}Mi`),
    );
    expect(fc.check(property).failed).toBe(false);
  });

  it.each(['', 'much', '-1', '1X'])('%o is none', (text) => expect(quantityOf(text)).toBeNaN());
});
