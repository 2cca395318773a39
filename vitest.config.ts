/**
 * Which tests get what: a folder of test/ belongs to the project that brings up the real parts it needs, and to
 * `unit`, which brings up nothing, unless it is named here. So no test is left out by forgetting to name it.
 */
import { defineConfig } from 'vitest/config';

const needsPostgres = ['test/history/store/**/*.test.ts', 'test/cli/e2e/**/*.test.ts'];
const needsCluster = [
  'test/reconcile/**/*.test.ts',
  'test/integration/**/*.test.ts',
  'test/chart/**/*.test.ts',
  'test/server/**/*.test.ts',
  'test/cli/cluster/**/*.test.ts',
  'test/clients/story.test.ts',
  'test/clients/jvm.test.ts',
];
/** Its tests bring up and take down what they are about. */
const ofLocal = ['test/local/**/*.test.ts'];
/** They open a browser. */
const needsBrowser = ['test/ui/browser/**/*.test.ts'];

/** Where leaders are killed all the time (test/setup/operator.ts), everything takes until the next has come. */
const patience = Number(process.env.PAWL_TEST_REPLICAS ?? 1) > 1 ? 4 : 1;
/** Longer than what a test waits for one after another (test/setup/until.ts), on a machine that others load, too. */
const longest = { testTimeout: 300_000 * patience, hookTimeout: 300_000 * patience };

export default defineConfig({
  test: {
    maxWorkers: 2,
    projects: [
      {
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: [...needsPostgres, ...needsCluster, ...ofLocal, ...needsBrowser],
          setupFiles: ['test/setup/cases.setup.ts'],
          ...longest,
        },
      },
      {
        test: {
          name: 'store',
          include: needsPostgres,
          globalSetup: ['test/setup/postgres.global.ts'],
          setupFiles: ['test/setup/cases.setup.ts'],
          ...longest,
        },
      },
      {
        test: {
          name: 'cluster',
          include: needsCluster,
          globalSetup: [
            'test/setup/postgres.global.ts',
            'test/setup/cluster.global.ts',
            'test/setup/helm.global.ts',
            'test/setup/kills.global.ts',
          ],
          ...longest,
          // One file at a time: they share one API server with one cluster scope, and two cores.
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'local',
          include: ofLocal,
          ...longest,
          maxWorkers: 1,
          sequence: { groupOrder: 2 },
        },
      },
      {
        test: {
          name: 'ui',
          include: needsBrowser,
          globalSetup: [
            'test/setup/postgres.global.ts',
            'test/setup/cluster.global.ts',
            'test/ui/browser/build.global.ts',
          ],
          setupFiles: ['test/ui/browser/witness.setup.ts'],
          ...longest,
          maxWorkers: 1,
          sequence: { groupOrder: 3 },
        },
      },
    ],
  },
});
