/**
 * `npm run test:clients`: generates a Python client from api/openapi.yaml with openapi-python-client, which must find
 * nothing to complain of, and runs test/clients/generated.py with it on a real server. Exit status: 0 when all is as
 * promised; 3: there is no Python or the generator cannot be had, nothing ran.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { endWith, installed, runHere } from './virtual-environment.ts';

const GENERATOR = 'openapi-python-client==0.29.1';
/** Without it, generated code is handed to formatters that need not be there. */
const SETTINGS = 'package_name_override: pawl_client\npost_hooks: []\n';

async function main(signal: AbortSignal): Promise<number> {
  const bin = await installed(GENERATOR, signal);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-clients-'));
  try {
    const [settings, client] = [join(folder, 'settings.yaml'), join(folder, 'client')];
    await writeFile(settings, SETTINGS);
    const generated = await runHere(
      join(bin, 'openapi-python-client'),
      [
        ...['generate', '--path', 'api/openapi.yaml', '--output-path', client],
        ...['--config', settings, '--fail-on-warning'],
      ],
      { signal },
    );
    if (generated !== 0) throw new Error('the generator finds fault with api/openapi.yaml');
    const story = [join(bin, 'python'), '-B', 'test/clients/generated.py'];
    const local = fileURLToPath(new URL('./run.ts', import.meta.url));
    return await runHere(process.execPath, [local, '--operator', '--', ...story], {
      signal,
      env: { PYTHONPATH: client },
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await endWith(main);
