import { describe, expect, it } from 'vitest';
import { parseSnapshot } from '../../../crds/v1alpha1/snapshot.ts';
import { agentIdentity, IMAGE, specOf } from '../test-world.ts';
import { pinnedImage, type KnownImage } from './pinned-image.ts';
import { targetOf } from './target.ts';

const NEWER = 'registry.example/worker:2';

function compile(
  spec: Readonly<Record<string, unknown>>,
  options: Partial<Parameters<typeof targetOf>[0]> = {},
) {
  return targetOf({
    agent: agentIdentity,
    spec: specOf(spec),
    text: ({ name, key }) => `content of ${name}/${key}`,
    known: [],
    preferredBuildID: undefined,
    defaultWorkerImage: IMAGE,
    ...options,
  });
}

describe('targetOf', () => {
  it('gives a snapshot that the worker verifies against its build ID', () => {
    const target = compile({
      tools: [
        { name: 'compute', module: { configMapKeyRef: { name: 'tools', key: 'compute.mts' } } },
        { name: 'get', description: 'd', http: { url: 'https://x' }, inputSchema: { type: 'object' } },
      ],
      limits: { maxTurns: 3 },
    });
    expect(parseSnapshot(target.text, target.buildID)).toEqual(target.snapshot);
    expect(target.snapshot.modules).toEqual({
      compute: { file: 'compute.mts', source: 'content of tools/compute.mts' },
    });
    expect(target.snapshot.limits).toEqual({ maxTurns: 3 });
  });

  it.each([
    ['instructions', { instructions: 'Else.' }, true],
    ['the model', { model: { name: 'other' } }, true],
    ['the image', { worker: { image: NEWER } }, true],
    ['limits', { limits: { maxTurns: 51 } }, true],
    ['limits spelled out', { limits: { maxTurns: 50 } }, false],
    ['the description', { description: 'For people.' }, false],
    ['replicas', { worker: { replicas: 7 } }, false],
    ['resources', { worker: { resources: { limits: { memory: '1Gi' } } } }, false],
    ['the environment', { worker: { env: [{ name: 'A', value: 'b' }] } }, false],
  ])('%s: another version?', (_, change, another) => {
    expect(compile(change).buildID !== compile({}).buildID).toBe(another);
  });

  it('keeps the image of a version with the same behaviour, unless told to follow', () => {
    const old = compile({});
    const known: readonly KnownImage[] = [
      { buildID: old.buildID, behaviour: old.behaviour, image: IMAGE, createdAt: '2026-01-01T00:00:00Z' },
    ];
    const after = { known, defaultWorkerImage: NEWER };
    expect(compile({}, after).buildID).toBe(old.buildID);
    expect(compile({ instructions: 'Else.' }, after).snapshot.image).toBe(NEWER);
    expect(compile({ worker: { imagePolicy: 'Follow' } }, after).snapshot.image).toBe(NEWER);
    expect(compile({ worker: { image: 'own:1' } }, after).snapshot.image).toBe('own:1');
  });
});

describe('pinnedImage', () => {
  const known: readonly KnownImage[] = [
    { buildID: 'a', behaviour: 'x', image: 'first', createdAt: '2026-01-01T00:00:00Z' },
    { buildID: 'b', behaviour: 'x', image: 'second', createdAt: '2026-02-01T00:00:00Z' },
    { buildID: 'c', behaviour: 'y', image: 'other', createdAt: '2026-03-01T00:00:00Z' },
  ];

  it.each([
    ['the current version first', 'x', 'a', 'first'],
    ['then the newest', 'x', undefined, 'second'],
    ['never one of another behaviour', 'x', 'c', 'second'],
    ['none when there is none', 'z', 'a', undefined],
  ])('takes %s', (_, behaviour, preferred, image) => {
    expect(pinnedImage(known, behaviour, preferred)).toBe(image);
    expect(pinnedImage(known.toReversed(), behaviour, preferred)).toBe(image);
  });
});
