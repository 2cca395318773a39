/**
 * The shapes of the HTTP API in Go, Python and Java, from api/openapi.yaml, as far as the clients use them; `npm run
 * generate` writes them. (TypeScript's are api/types.gen.ts.) Generators for whole APIs bring their own transport, and packages for
 * it; the clients need shapes alone. Invariant: what the clients read and send is what openapi.yaml says, for a unit test
 * compares; and an answer with more fields, or another word in an enum, is still read.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { openapi } from '../api/openapi.gen.ts';
import { goFile } from './generate-go.ts';
import { javaFiles } from './generate-java.ts';
import { pythonFile } from './generate-python.ts';
import { type Schema, shapesOf } from './shapes.ts';

/** What the clients read and send, and all that is in it. */
const roots = ['ConfigRead', 'SaveConfig', 'SavedConfig', 'ApprovalRead', 'Problem', 'WatchEvent'];

/** Name of the file in clients/ → its text. */
export function generateClients(): Record<string, string> {
  const shapes = shapesOf(openapi.components.schemas as unknown as Record<string, Schema>, roots);
  return {
    'go/shapes.gen.go': goFile(shapes),
    'python/src/pawl/shapes.py': pythonFile(shapes),
    ...javaFiles(shapes),
  };
}

if (import.meta.main) {
  for (const [name, text] of Object.entries(generateClients())) {
    const path = fileURLToPath(new URL(name, import.meta.url));
    if ((await readFile(path, 'utf8').catch(() => '')) === text) continue;
    if (!process.argv.includes('--check')) {
      await writeFile(path, text);
    } else {
      console.error(`clients/${name} differs from api/openapi.yaml; run \`npm run generate\`.`);
      process.exitCode = 1;
    }
  }
}
