import { expect, it } from 'vitest';

import { clusterPaths } from '../paths.ts';
import { mountScript } from './mount-namespace.ts';

it('covers /var/lib last and brings back what would be hidden', () => {
  const paths = clusterPaths('demo');
  const lines = mountScript(paths, [paths.state, '/root/.cache/x', "/run/it's"]).split('\n');
  const state = '/var/lib/durable-agents/demo';
  expect(lines).toContain(`mount --bind '${state}' '${state}/var-lib/durable-agents/demo'`);
  expect(lines).toContain(`mount --bind '/run/it'\\''s' '${state}/run/it'\\''s'`);
  expect(lines.at(-1)).toBe(`mount --rbind '${state}/var-lib' /var/lib`);
  expect(lines.some((line) => line.includes('/root/.cache'))).toBe(false);
});
