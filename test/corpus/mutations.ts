import fc from 'fast-check';
import { parseManifest, readCorpus } from './read-corpus.ts';

type JSONObject = Record<string, unknown>;

interface Mutation {
  /** Which field, counted through the manifest. */
  readonly at: number;
  readonly how: 'set' | 'remove' | 'repeat' | 'add';
  readonly key: string;
  readonly value: unknown;
}

/** Text at the edges of the patterns and lengths of the API. */
const TEXTS = [
  ...'a A 1 - . a.b a..b -a a- a/b a/b/c null /a.ts GET Once DURABLE_AGENT_X'.split(' '),
  ...'0s 1ms 1h1m 1m1h 100h 0.5 1. .5 1e3 250m 1Gi 1GiB'.split(' '),
  ...'http://a https://a:0 http://a:65536/ http://a/{b} http://[::1]:80/x http://a/?'.split(' '),
  ...'a:1 [::]:65535 a: :1'.split(' '),
  ...'ü 🚀 \u0000 \uFEFF \u00A0 \u2028 \uD83D'.split(' '),
  '',
  ' ',
  '\n',
  'a\n',
  'x'.repeat(64),
  'x'.repeat(257),
];

const value = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom<unknown>(...TEXTS) },
  fc.constantFrom<unknown>(
    null,
    true,
    0,
    -1,
    1.5,
    2_147_483_648,
    1e21,
    [],
    {},
    [null],
    ['a', 'a'],
    { a: null },
    { 'a b': 'c' },
  ),
  fc.string({ unit: 'binary', maxLength: 6 }),
);
const mutation: fc.Arbitrary<Mutation> = fc.record({
  at: fc.nat(100),
  how: fc.constantFrom<Mutation['how']>('set', 'set', 'remove', 'repeat', 'add'),
  key: fc.constantFrom(
    'name',
    'value',
    'description',
    'x-y',
    '',
    '__proto__',
    'toString',
    'durableagents.dev/x',
  ),
  value,
});

/** `count` manifests as JSON text: good ones of the corpus with one or two fields changed. The same for the same seed. */
export function mutatedManifests(count: number, seed: number): readonly string[] {
  const good = readCorpus()
    .filter((entry) => entry.expect === 'accepted' && !entry.name.endsWith('-longest'))
    .map((entry) => parseManifest(entry.manifests[0]));
  const arbitrary = fc.tuple(fc.constantFrom(...good), fc.array(mutation, { minLength: 1, maxLength: 2 }));
  return fc.sample(arbitrary, { numRuns: count, seed }).map(([manifest, mutations]) => {
    const copy = structuredClone(manifest) as JSONObject;
    for (const change of mutations) apply(copy, change);
    return JSON.stringify(copy);
  });
}

function apply(manifest: JSONObject, { at, how, key, value: replacement }: Mutation): void {
  const places = placesIn(manifest['spec']);
  const place = places[at % places.length];
  if (place === undefined) return;
  const { parent, name } = place;
  const current = (parent as JSONObject)[name];
  if (how === 'remove' && !Array.isArray(parent)) delete (parent as JSONObject)[name];
  else if (how === 'repeat' && Array.isArray(parent)) parent.push(structuredClone(current));
  else if (how === 'add' && isObject(current)) {
    // defineProperty: an assignment to __proto__ would not make a field.
    Object.defineProperty(current, key, {
      value: replacement,
      enumerable: true,
      configurable: true,
      writable: true,
    });
  } else (parent as JSONObject)[name] = replacement;
}

interface Place {
  readonly parent: JSONObject | unknown[];
  readonly name: string;
}

function placesIn(node: unknown): readonly Place[] {
  if (!isObject(node) && !Array.isArray(node)) return [];
  return Object.entries(node).flatMap(([name, child]) => [{ parent: node, name }, ...placesIn(child)]);
}

function isObject(node: unknown): node is JSONObject {
  return typeof node === 'object' && node !== null && !Array.isArray(node);
}
