/**
 * The programs of the story, by language, as commands. What they need is made by `npm run test:clients`
 * (local/test-clients.ts), which says in PAWL_TEST_CLIENTS which of them can run, as JSON; without it, TypeScript can.
 */
import { fileURLToPath } from 'node:url';
import type { Command } from './program.ts';

const typescript: Command = {
  command: process.execPath,
  args: [fileURLToPath(new URL('programs/typescript.ts', import.meta.url))],
};

export const languages: Readonly<Record<string, Command>> = JSON.parse(
  process.env.PAWL_TEST_CLIENTS ?? JSON.stringify({ TypeScript: typescript }),
);
