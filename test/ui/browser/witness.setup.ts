/** Each test of a browser that fails tells what its pages showed. */
import { beforeEach } from 'vitest';
import { forget, testimony } from './witness.ts';

beforeEach(({ onTestFailed }) => {
  forget();
  onTestFailed(async ({ task }) => {
    process.stderr.write(`\n${task.name}: what the pages showed when it failed\n${await testimony()}\n`);
  });
});
