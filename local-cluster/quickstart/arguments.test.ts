import { expect, it } from 'vitest';
import { parseQuickstartArguments } from './arguments.ts';

it.each([
  [[], { kind: 'local', name: 'durable-agents', down: false }],
  [['--name', 'x', '--down'], { kind: 'local', name: 'x', down: true }],
  [['--keep', '--yes'], { kind: 'local', name: 'durable-agents', down: false }],
  [
    ['--context', 'kind-a', '--yes'],
    { kind: 'context', context: 'kind-a', yes: true, images: { registry: undefined } },
  ],
  [
    ['--context=eks', '--registry=r/p', '--temporal-image=t'],
    { kind: 'context', context: 'eks', yes: false, images: { registry: 'r/p', temporalImage: 't' } },
  ],
  [['-h'], { kind: 'help' }],
])('%j', (argv, expected) => {
  expect(parseQuickstartArguments(argv)).toMatchObject(expected);
});

it.each([
  [['--context', 'a', '--name', 'b'], /not both/],
  [['--context', 'a', '--down'], /never removed/],
  [['--down', '--keep'], /not both/],
  [['--registry', 'r'], /need --context/],
  [['--worker-image', 'r'], /need --context/],
  [['--context', 'a', '--worker-image', 'r'], /belong together/],
  [['--nmae', 'b'], /Unknown option '--nmae'/],
  [['b'], /Unexpected argument/],
])('refuses %j', (argv, message) => {
  expect(() => parseQuickstartArguments(argv)).toThrow(message);
});
