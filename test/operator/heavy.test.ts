/** Texts that are heavy to read wait in a line of their namespace, and hold no worker without bound. */
import { expect, it } from 'vitest';
import { Thinker } from '../../history/settle/thinker.ts';
import { type Offload, OffloadBusy, type PlaceInLine } from '../../runtime/offload.ts';
import { readyOf, World } from './world.ts';

/** A thread that answers nobody, and lets as many of a line wait as it is told. */
function stuckThread(): { offload: Offload; waiting: Map<string, number> } {
  const waiting = new Map<string, number>();
  const run = async (
    _task: string,
    _args: readonly unknown[],
    { line = '', maxWaiting = 0, signal }: PlaceInLine = {},
  ) => {
    const places = waiting.get(line) ?? 0;
    if (places >= maxWaiting) throw new OffloadBusy(`${line} is full`);
    waiting.set(line, places + 1);
    return new Promise((_, reject) => signal?.addEventListener('abort', () => reject(signal.reason)));
  };
  return { offload: { run } as unknown as Offload, waiting };
}

it('forty heavy texts of one namespace hold four workers, and others are served by the rest', async () => {
  const { offload, waiting } = stuckThread();
  const thinker = new Thinker(offload, { maxBodyBytes: 1 << 20 });
  await using world = new World({ workers: 8, thinker });
  world.api.namespace('evil');
  const body = `a: ${'x'.repeat(100_000)}\n`;
  for (let index = 0; index < 40; index++)
    world.api.propose('evil', `flow-${index}`, { path: `f/${index}.yaml`, body });
  await world.until('the line of that namespace is full', () => waiting.get('evil') === 4);
  world.api.propose('payments', 'ada', { path: 'tiny.yaml', body: 'a: 1\n' });
  await world.until('ada is served', () => readyOf(world.api.version('payments', 'ada'))?.reason === 'Saved');
  expect(waiting.get('evil')).toBe(4);
});
