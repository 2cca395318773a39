/**
 * Writers at the doors of the store, each with a line of its own in every config and one way of saving it. Each goes
 * on until it is told to stop, and then brings its last edit to an answer; what may be asked again is asked until then.
 */
import { randomOf } from '../random.ts';
import { commandLine } from './command-line.ts';
import { gitops, person } from './objects.ts';
import { deployments, requests } from './requests.ts';
import type { Doors, Writer } from './writer.ts';

/** Every way once before any comes twice; commands are slow to start, so there are at most `commands`. */
export function writersOf(count: number, commands: number): Writer[] {
  const ways: Writer[] = [
    gitops({ impatient: false }),
    requests({ through: 'direct', keyed: true }),
    person('Merge'),
    deployments('direct'),
    requests({ through: 'aggregated', keyed: true }),
    person('Confirm'),
    requests({ through: 'direct', keyed: false }),
    gitops({ impatient: true }),
    deployments('aggregated'),
    requests({ through: 'aggregated', keyed: false }),
  ];
  return Array.from({ length: count }, (_, index) =>
    index < commands
      ? commandLine(index % 2 === 0 ? 'direct' : 'aggregated')
      : ways[(index - commands) % ways.length]!,
  );
}

export async function writeAll(doors: Doors, writers: readonly Writer[], seed: number): Promise<void> {
  await Promise.all(writers.map((write, index) => write(doors, nameOf(index), randomOf(seed + index))));
}

export const nameOf = (index: number) => `w${index}`;
