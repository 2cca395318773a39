/**
 * The end-to-end tests are no part of `npm test`: they need a whole cluster, and say so themselves (local/e2e.ts).
 * One story, told in order: when a chapter fails, those after it are not tried.
 */
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';

// biome-ignore lint/style/noDefaultExport: Vitest reads nothing else
export default defineConfig({
  test: {
    root: join(import.meta.dirname, '..', '..'),
    include: ['test/e2e/**/*.e2e.ts'],
    maxWorkers: 1,
    bail: 1,
    testTimeout: 300_000,
    hookTimeout: 300_000,
  },
});
