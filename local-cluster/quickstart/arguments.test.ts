import { expect, it } from 'vitest';
import { parseQuickstartArguments } from './arguments.ts';

it.each([
  [[], { kind: 'local', name: 'durable-agents', down: false }],
  [['--name', 'x', '--down'], { kind: 'local', name: 'x', down: true }],
  [['--keep', '--yes'], { kind: 'local', name: 'durable-agents', down: false }],
  [['--context', 'kind-a', '--yes'], { kind: 'context', context: 'kind-a', registry: undefined, yes: true }],
  [['--context=eks', '--registry=r/p'], { kind: 'context', context: 'eks', registry: 'r/p', yes: false }],
  [['-h'], { kind: 'help' }],
])('%j', (argv, expected) => {
  expect(parseQuickstartArguments(argv)).toEqual(expected);
});

it.each([
  [['--context', 'a', '--name', 'b'], /not both/],
  [['--context', 'a', '--down'], /never removed/],
  [['--down', '--keep'], /not both/],
  [['--registry', 'r'], /needs --context/],
  [['--nmae', 'b'], /Unknown option '--nmae'/],
  [['b'], /Unexpected argument/],
])('refuses %j', (argv, message) => {
  expect(() => parseQuickstartArguments(argv)).toThrow(message);
});
