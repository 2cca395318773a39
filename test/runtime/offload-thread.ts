/** A worker thread for the test of Offload: echoes, fails, spins and dies on demand. */
import { parentPort } from 'node:worker_threads';

parentPort?.on('message', ({ id, task, args }: { id: number; task: string; args: unknown[] }) => {
  if (task === 'echo') parentPort?.postMessage({ id, value: args[0] });
  if (task === 'fail') parentPort?.postMessage({ id, error: 'on purpose' });
  if (task === 'die') process.exit(3);
  const hoard: unknown[] = [];
  while (task === 'hoard') hoard.push(Array.from({ length: 1_000 }, (_, index) => ({ index })));
  while (task === 'spin');
});
