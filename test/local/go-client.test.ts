/** oapi-codegen, with which Go programs get their clients, finds types and a client in api/openapi.yaml. */
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { findBinaries } from '../../local/binaries.ts';
import { operations } from '../../server/spec.ts';

it('generates a Go client with every operation', { timeout: 900_000 }, async () => {
  const { 'oapi-codegen': generator } = await findBinaries(['oapi-codegen']);
  const folder = await mkdtemp(join(tmpdir(), 'pawl-go-'));
  try {
    const file = join(folder, 'pawl.go');
    const document = join(import.meta.dirname, '../../api/openapi.yaml');
    const args = ['-generate', 'types,client', '-package', 'pawl', '-o', file, document];
    await promisify(execFile)(generator, args);
    const code = await readFile(file, 'utf8');
    for (const { id } of operations) {
      const name = id[0]!.toUpperCase() + id.slice(1);
      expect(code).toMatch(new RegExp(`^func \\(c \\*Client\\) ${name}(WithBody)?\\(`, 'm'));
    }
    // What may be null, such as the base of a version that stated none.
    expect(code).toMatch(/BaseVersion +(\*int|nullable\.Nullable\[int)/);
  } finally {
    await rm(folder, { recursive: true });
  }
});
