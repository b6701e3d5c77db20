import { expect, it } from 'vitest';

import { isAlive, parseStat, pinPid } from './pinned-pid.ts';

it('reads state and start time behind a hostile command name', () => {
  const tail = Array.from({ length: 19 }, (_, index) => String(index)).join(' ');
  expect(parseStat(`42 (a) S (b) R ${tail.replace(/18$/, '777')} 9 9`)).toEqual({
    state: 'R',
    startTime: '777',
  });
});

it('knows this process and rejects the same id with another start time', () => {
  const self = pinPid(process.pid);
  expect(self).toBeDefined();
  if (self === undefined) return;
  expect(isAlive(self)).toBe(true);
  expect(isAlive({ ...self, startTime: '1' })).toBe(false);
});
