#!/usr/bin/env node
/**
 * `kubectl_complete-pawl`: what kubectl calls for the completion of `kubectl pawl …`, in cobra's words: candidates, a
 * tab and a description each, and a last line that says what the shell may add.
 */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const [{ buildProgram }, { complete }, { namesFrom }, { version }] = await Promise.all([
  import('./program/program.ts'),
  import('./complete.ts'),
  import('./complete-names.ts'),
  import('./version.ts'),
]);
const program = buildProgram('kubectl pawl', async () => {}, { version: '', mergeProgram: '' });
const answer = await complete(program, process.argv.slice(2), namesFrom(process.env, version));
// Requests still under way are not waited for.
process.stdout.write(answer, () => process.exit());
