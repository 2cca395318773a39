#!/usr/bin/env node
/** `kubectl_complete-pawl`: what kubectl calls for the completion of `kubectl pawl …`. */
import { enableCompileCache } from 'node:module';

enableCompileCache();
const { completionOf } = await import('./complete-answer.ts');
const answer = await completionOf(process.argv.slice(2), process.env);
// Requests still under way are not waited for.
process.stdout.write(answer, () => process.exit());
