import { defineConfig } from 'vitest/config';

const slow = { testTimeout: 300_000, hookTimeout: 600_000, fileParallelism: false };

/**
 * unit: beside the sources, needs nothing but Node. The others bring real servers (test/run.ts builds them first):
 * integration a Temporal; cluster a whole Kubernetes, shared, a namespace for each file; machine clusters of its own.
 */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: [
            '{crds,operator,worker-image,local-cluster,examples,scripts}/**/*.test.ts',
            'test/*.test.ts',
          ],
          testTimeout: 30_000,
        },
      },
      { test: { name: 'integration', include: ['test/{integration,charts}/**/*.test.ts'], ...slow } },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          globalSetup: ['test/support/cluster-setup.ts'],
          ...slow,
        },
      },
      { test: { name: 'machine', include: ['test/machine/**/*.test.ts'], ...slow, testTimeout: 1_800_000 } },
    ],
  },
});
