/**
 * The programs of the story, by language, as commands. What they need is made by `npm run test:clients`
 * (local/test-clients.ts), which says in PAWL_TEST_CLIENTS which of them can run, as JSON, and null for one that cannot:
 * its tests are counted as skipped. Without it, TypeScript alone can, so `npm test` needs no other toolchain.
 */
import { fileURLToPath } from 'node:url';
import { facadeMakers, makers } from '../../local/test-clients.ts';
import type { Command } from './program.ts';

type Commands = Readonly<Record<string, Command | null>>;

const typescript: Command = {
  command: process.execPath,
  args: [fileURLToPath(new URL('programs/typescript.ts', import.meta.url))],
};

const made = process.env.PAWL_TEST_CLIENTS;
const ready: Commands = made === undefined ? { TypeScript: typescript } : JSON.parse(made);

function of(names: readonly string[]): Commands {
  const asked = names.filter(name => made === undefined || name in ready);
  return Object.fromEntries(asked.map(name => [name, ready[name] ?? null]));
}

/** Clients. */
export const languages = of(Object.keys(makers));
/** What stands on one of them. */
export const facades = of(Object.keys(facadeMakers));
