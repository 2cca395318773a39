/**
 * Runs a target on inputs made of others, and keeps those that reach something new. Invariant: the same random numbers and the
 * same number of executions, the same inputs.
 */
import type { Reached } from './edges.ts';
import { type Draw, mutated } from './mutate.ts';
import { type FuzzTarget, partsOf } from './target.ts';

export interface Finding {
  readonly input: string;
  readonly error: unknown;
}

export interface Options {
  readonly random: Draw;
  readonly seeds: readonly string[];
  readonly reached: Pick<Reached, 'gained' | 'count'>;
  /** It ends with so many. */
  readonly maxFindings: number;
  /** Asked now and then. */
  readonly goesOn: (executions: number) => boolean;
  /** Told of what is run next, for a watch over it. */
  readonly begins?: (input: string) => void;
}

export interface Outcome {
  readonly executions: number;
  /** Inputs that reached something new, after the seeds. */
  readonly kept: readonly string[];
  /** Branches that ran. */
  readonly edges: number;
  readonly findings: readonly Finding[];
}

const asksEvery = 20;
const maxLength = 6_000;
/** Of the processor, for one input: the largest takes about 50 ms. */
const maxCpuMs = 3_000;

export async function fuzz(target: FuzzTarget, options: Options): Promise<Outcome> {
  const { random, goesOn, reached } = options;
  const corpus = options.seeds.length === 0 ? [''] : [...options.seeds];
  const known = corpus.length;
  const findings = new Map<string, Finding>();
  let executions = 0;

  const run = async (input: string): Promise<void> => {
    executions += 1;
    options.begins?.(input);
    const error = await faultOf(target, input);
    if (error === null) return;
    const name = signatureOf(error);
    if (!findings.has(name)) findings.set(name, { input: await smaller(target, input, name), error });
  };

  for (const seed of corpus) {
    await run(seed);
    reached.gained();
  }
  while (findings.size < options.maxFindings && (executions % asksEvery > 0 || goesOn(executions))) {
    // What is new is tried more often than what is old.
    const at =
      random(2) === 0 ? corpus.length - 1 - random(Math.min(20, corpus.length)) : random(corpus.length);
    const around = {
      random,
      words: target.words,
      other: corpus[random(corpus.length)]!,
      parts: target.parts,
    };
    const input = mutated(corpus[at]!, around).slice(0, maxLength).toWellFormed();
    await run(input);
    if (reached.gained()) corpus.push(input);
  }
  return { executions, kept: corpus.slice(known), edges: reached.count, findings: [...findings.values()] };
}

/** null: it is as promised. */
export async function faultOf(target: FuzzTarget, input: string): Promise<unknown> {
  const before = process.threadCpuUsage();
  try {
    await target.run(partsOf(input, target.parts));
  } catch (error) {
    return error ?? new Error('it threw nothing');
  }
  const { user, system } = process.threadCpuUsage(before);
  const ms = (user + system) / 1_000;
  return ms > maxCpuMs ? new Error(`slow: one input took more than ${maxCpuMs} ms of the processor`) : null;
}

/** What two errors of one defect have in common: the kind, the words without values, and the place. */
export function signatureOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error).slice(0, 100);
  const [line = ''] = error.message.split('\n');
  const places = (error.stack ?? '').match(/[\w-]+\.ts:\d+/g) ?? [];
  const words = line
    .replace(/["'`«].*/s, '')
    .replace(/\d+/g, 'N')
    .slice(0, 100);
  return `${error.name}: ${words} ${places[0] ?? ''}`;
}

/** The input with less in it that fails in the same way, as far as a few hundred tries go. */
async function smaller(target: FuzzTarget, input: string, name: string): Promise<string> {
  let best = input;
  let tries = 300;
  for (let size = best.length >> 1; size > 0 && tries > 0; size >>= 1) {
    for (let at = 0; at < best.length && tries > 0; ) {
      const less = best.slice(0, at) + best.slice(at + size);
      tries -= 1;
      const error = await faultOf(target, less);
      if (error !== null && signatureOf(error) === name) best = less;
      else at += size;
    }
  }
  return best;
}
