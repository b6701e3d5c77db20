import { expect, it } from 'vitest';

import { parseArguments } from './arguments.ts';

const cases: [string, ReturnType<typeof parseArguments>][] = [
  ['', { command: 'help', name: 'durable-agents', rest: [] }],
  ['up', { command: 'up', name: 'durable-agents', rest: [] }],
  ['up --name a', { command: 'up', name: 'a', rest: [] }],
  ['--name=a logs etcd', { command: 'logs', name: 'a', rest: ['etcd'] }],
  ['logs etcd --name a', { command: 'logs', name: 'a', rest: ['etcd'] }],
  ['kubectl --name a get pods -n b', { command: 'kubectl', name: 'a', rest: ['get', 'pods', '-n', 'b'] }],
  [
    'kubectl create x --name b',
    { command: 'kubectl', name: 'durable-agents', rest: ['create', 'x', '--name', 'b'] },
  ],
  ['exec -- ls -- x', { command: 'exec', name: 'durable-agents', rest: ['ls', '--', 'x'] }],
];

it.each(cases)('%s', (line, expected) => {
  expect(parseArguments(line.split(' ').filter((word) => word !== ''))).toEqual(expected);
});

it('wants a value for --name', () => {
  expect(() => parseArguments(['up', '--name'])).toThrow('value');
});
