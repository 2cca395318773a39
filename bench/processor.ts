/**
 * Who takes the processor while something is measured: this process, its programs and their threads, from /proc.
 * Invariant: it is asked twice a measurement, so that asking costs nothing; null where the system does not say.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { descendantsOf } from '../local/process-table.ts';

/** Seconds of processor time since the start, by what took them. */
export type Processor = ReadonlyMap<string, number>;

/** Of one process: its name, and what each of its threads is called. */
export interface Named {
  readonly pid: number;
  readonly name: string;
  /** Tells its first thread from the others. */
  readonly threads?: boolean;
}

const ticksPerSecond = 100;

/** @param named processes that are told apart; others go by their program's name */
export function processorOf(named: readonly Named[]): Processor | null {
  if (process.platform !== 'linux') return null;
  const taken = new Map<string, number>();
  const add = (name: string, seconds: number) => taken.set(name, (taken.get(name) ?? 0) + seconds);
  for (const pid of [process.pid, ...descendantsOf(process.pid)]) {
    const known = named.find(one => one.pid === pid);
    try {
      if (known?.threads) {
        for (const task of readdirSync(`/proc/${pid}/task`)) {
          const { own } = statOf(`/proc/${pid}/task/${task}`);
          add(Number(task) === pid ? `${known.name} main` : `${known.name} others`, own);
        }
      } else {
        const { name, own, ended } = statOf(`/proc/${pid}`);
        // A server that forks for each connection has what the ended ones took.
        add(known?.name ?? name, own + (name === 'postgres' ? ended : 0));
      }
    } catch {
      // Gone since it was listed.
    }
  }
  return taken;
}

function statOf(folder: string): { name: string; own: number; ended: number } {
  const text = readFileSync(`${folder}/stat`, 'utf8');
  const [from, to] = [text.indexOf('('), text.lastIndexOf(')')];
  // From the third field on: utime, stime, cutime and cstime are the 14th to 17th.
  const fields = text
    .slice(to + 2)
    .split(' ')
    .map(Number);
  const [user = 0, system = 0, userEnded = 0, systemEnded = 0] = fields.slice(11, 15);
  return {
    name: text.slice(from + 1, to),
    own: (user + system) / ticksPerSecond,
    ended: (userEnded + systemEnded) / ticksPerSecond,
  };
}

/** Most first; what took less than a twentieth of a second is left out. */
export function takenBetween(before: Processor | null, after: Processor | null): [string, number][] {
  if (!before || !after) return [];
  const taken = Array.from(after, ([name, seconds]): [string, number] => [
    name,
    seconds - (before.get(name) ?? 0),
  ]);
  return taken.filter(([, seconds]) => seconds >= 0.05).toSorted(([, a], [, b]) => b - a);
}
