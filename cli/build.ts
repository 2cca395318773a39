/**
 * `npm run build:cli`: the command line as compiled JavaScript, in dist/cli, ready for `npm pack` and `npm link`.
 * Invariant: what it needs and which version it has are the project's own; nothing is written a second time by hand.
 */
import { execFileSync } from 'node:child_process';
import { chmodSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

interface Package {
  readonly version: string;
  readonly license: string;
  readonly engines: Readonly<Record<string, string>>;
  readonly dependencies: Readonly<Record<string, string>>;
}

/** What the compiled files import; test/cli/build.test.ts compares. */
const needed = ['commander', 'diff', 'js-yaml', 'node-diff3', 'smol-toml', 'toml-eslint-parser', 'yaml'];
/** Seventy packages that only users of a kubeconfig with an `auth-provider` need: they install it themselves. */
const optional = '@kubernetes/client-node';

export function buildCli(out = join(root, 'dist', 'cli')): string {
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc');
  execFileSync(
    process.execPath,
    [tsc, '-p', join(import.meta.dirname, 'tsconfig.build.json'), '--outDir', out],
    {
      cwd: root,
      stdio: 'inherit',
    },
  );
  const { version, license, engines, dependencies } = JSON.parse(
    readFileSync(join(root, 'package.json'), 'utf8'),
  ) as Package;
  const bin = {
    pawl: 'cli/main.js',
    'kubectl-pawl': 'cli/main.js',
    'kubectl_complete-pawl': 'cli/complete-main.js',
  };
  const manifest = {
    ...{ name: 'kubectl-pawl', version, license, type: 'module', engines, bin },
    description: 'kubectl pawl: versioned, merge-safe configuration from a Git workspace',
    dependencies: Object.fromEntries(needed.map(name => [name, dependencies[name]])),
    peerDependencies: { [optional]: dependencies[optional] },
    peerDependenciesMeta: { [optional]: { optional: true } },
  };
  writeFileSync(join(out, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
  copyFileSync(join(root, 'docs', 'cli.md'), join(out, 'README.md'));
  copyFileSync(join(root, 'LICENSE'), join(out, 'LICENSE'));
  for (const file of new Set(Object.values(bin))) chmodSync(join(out, file), 0o755);
  return out;
}

if (import.meta.main) console.log(buildCli());
