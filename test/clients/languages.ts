/**
 * The programs of the story, by language, as commands. What they need is made by `npm run test:clients`
 * (local/test-clients.ts), which says in PAWL_TEST_CLIENTS which of them can run, as JSON, and null for one that cannot:
 * its tests are counted as skipped. Without it, TypeScript alone can, so `npm test` needs no other toolchain.
 */
import { fileURLToPath } from 'node:url';
import { makers } from '../../local/test-clients.ts';
import type { Command } from './program.ts';

const typescript: Command = {
  command: process.execPath,
  args: [fileURLToPath(new URL('programs/typescript.ts', import.meta.url))],
};

const made = process.env.PAWL_TEST_CLIENTS;

export const languages: Readonly<Record<string, Command | null>> =
  made === undefined
    ? Object.fromEntries(Object.keys(makers).map(name => [name, name === 'TypeScript' ? typescript : null]))
    : JSON.parse(made);
