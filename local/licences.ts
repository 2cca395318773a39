/**
 * `npm run licences`: the packages that Pawl hands out, with their licences, from the lock file; exits 1 where a licence
 * is not one that we accept. Invariant: a package that ends up in the image, in the command line or in the web page is
 * listed, and what only builds or tests Pawl is not.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '..');

/** Licences that let Pawl be handed out under Apache-2.0 when their notices come along. */
export const acceptedLicences = [
  ...['0BSD', 'Apache-2.0', 'BlueOak-1.0.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'],
  ...['PSF-2.0', 'Python-2.0', 'Unlicense'],
];

interface Locked {
  readonly version: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
  readonly peerDependencies?: Readonly<Record<string, string>>;
}

type Lock = Readonly<Record<string, Locked>>;

export interface Licensed {
  readonly name: string;
  readonly version: string;
  /** An SPDX expression. */
  readonly licence: string;
  readonly part: 'programs' | 'web page';
}

/** Every package that is handed out, by name and version. */
export function handedOut(): Licensed[] {
  const { packages } = JSON.parse(readFileSync(join(root, 'package-lock.json'), 'utf8')) as {
    packages: Lock;
  };
  const programs = Object.keys(packages).filter(path => path !== '' && !packages[path]!.dev);
  const page = reachedFrom(packages, importedByPage());
  const told = (part: Licensed['part']) => (path: string) => {
    const { version, license = 'none stated' } = packages[path]!;
    return { name: path.split('node_modules/').at(-1)!, version, licence: license, part };
  };
  return [...programs.map(told('programs')), ...page.map(told('web page'))].sort(
    (a, b) =>
      a.name.localeCompare(b.name) || a.version.localeCompare(b.version) || a.part.localeCompare(b.part),
  );
}

/** Whether an SPDX expression can be met with licences that we accept. */
export function isAccepted(expression: string): boolean {
  const plain = expression.replace(/^\((.*)\)$/, '$1');
  if (plain.includes(' OR ')) return plain.split(' OR ').some(isAccepted);
  return plain.split(' AND ').every(one => acceptedLicences.includes(one));
}

function importedByPage(): string[] {
  const building = ['build.ts', 'vite.config.ts'];
  const files = readdirSync(join(root, 'ui'), { recursive: true, encoding: 'utf8' })
    .filter(file => /[.]tsx?$/.test(file) && !building.includes(file))
    .map(file => readFileSync(join(root, 'ui', file), 'utf8'));
  const specifiers = files.flatMap(text =>
    [...text.matchAll(/(?:from|import)\s*\(?\s*'([^'.][^']*)'/g)].map(match => match[1]!),
  );
  const nameOf = (specifier: string) =>
    specifier
      .split('/')
      .slice(0, specifier.startsWith('@') ? 2 : 1)
      .join('/');
  return [...new Set(specifiers.map(nameOf))].filter(name => !name.startsWith('node:'));
}

/** Paths in the lock file of these packages of the project and of all that they need. */
function reachedFrom(packages: Lock, names: readonly string[]): string[] {
  const found = new Set<string>();
  const visit = (name: string, from: string): void => {
    const path = locate(packages, name, from);
    if (path === null || found.has(path)) return;
    found.add(path);
    const { dependencies = {}, optionalDependencies = {}, peerDependencies = {} } = packages[path]!;
    for (const next of Object.keys({ ...dependencies, ...optionalDependencies, ...peerDependencies }))
      visit(next, path);
  };
  for (const name of names) visit(name, '');
  return [...found];
}

/** As Node finds a package: in the folder of the one that asks, or in one around it. */
function locate(packages: Lock, name: string, from: string): string | null {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('/node_modules/')))) {
    const path = folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (path in packages) return path;
    if (folder === '') return null;
  }
}

if (import.meta.main) {
  const all = handedOut();
  for (const { name, version, licence, part } of all)
    console.log(`${`${name}@${version}`.padEnd(48)} ${licence.padEnd(16)} ${part}`);
  const refused = all.filter(({ licence }) => !isAccepted(licence));
  for (const { name, licence } of refused) console.error(`${name}: ${licence} is not a licence we accept`);
  process.exitCode = refused.length > 0 ? 1 : 0;
}
