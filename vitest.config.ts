import { defineConfig } from 'vitest/config';

/** Unit tests sit beside their source and need nothing but Node; the suites in `test/` bring real servers (see test/run.ts). */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['{crds,operator,worker-image,local-cluster,examples,scripts}/**/*.test.ts', 'test/*.test.ts'],
          testTimeout: 30_000,
        },
      },
      {
        test: {
          name: 'cluster',
          include: ['test/cluster/**/*.test.ts'],
          testTimeout: 600_000,
          hookTimeout: 600_000,
          // One shared cluster on two cores: suites run one after another, each in a namespace of its own.
          fileParallelism: false,
          globalSetup: ['test/support/cluster-setup.ts'],
        },
      },
    ],
  },
});
