/**
 * `npm run release -- --url URL [--out DIR]`: what a release consists of besides its image, in one folder: the command
 * line as an archive, krew's manifest for it, the chart, bills of materials, the changes, and checksums of all.
 * Invariant: one commit gives the same bytes twice, and nothing is published here.
 */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { buildCli } from '../cli/build.ts';
import { chartFolder, helm } from './helm.ts';

const root = resolve(import.meta.dirname, '..');

export class NotReleasable extends Error {
  override readonly name = 'NotReleasable';
  readonly reason = 'NotReleasable';
}

/** What the sources say about the version that they are. */
export interface Sources {
  /** package.json's. */
  readonly version: string;
  readonly chart: { readonly version: string; readonly appVersion: string };
  readonly changelog: string;
  /** The Git tag that is released; null: a try. */
  readonly tag: string | null;
}

/**
 * The section of the changelog that becomes the release's notes.
 * @throws NotReleasable where the sources contradict each other
 */
export function notesOf({ version, chart, changelog, tag }: Sources): string {
  if (tag !== null && tag !== `v${version}`)
    throw new NotReleasable(`The tag is ${tag}, and package.json says ${version}: tag v${version}.`);
  if (chart.appVersion !== version)
    throw new NotReleasable(
      `Chart.yaml's appVersion is ${chart.appVersion}, and package.json says ${version}.`,
    );
  const sections = changelog.split(/^## /m).slice(1);
  const own = sections.find(section => section.startsWith(`[${version}]`));
  const notes =
    own ?? (tag === null ? sections.find(section => section.startsWith('[Unreleased]')) : undefined);
  if (notes === undefined)
    throw new NotReleasable(`CHANGELOG.md has no section [${version}]: give [Unreleased] its name and date.`);
  return `${notes.slice(notes.indexOf('\n') + 1).trim()}\n`;
}

/** krew's manifest: the template with its three words filled in. */
export function krewManifest(
  template: string,
  release: { readonly version: string; readonly url: string; readonly sha256: string },
): string {
  const words = { VERSION: `v${release.version}`, URL: release.url, SHA256: release.sha256 };
  return template
    .replace(/^#.*\n/gm, '')
    .replace(/\b(VERSION|URL|SHA256)\b/g, word => words[word as keyof typeof words]);
}

export interface ReleaseOptions {
  readonly out: string;
  /** Where the files will be downloaded from. */
  readonly url: string;
  readonly tag: string | null;
}

/** Writes the files and answers with their names. */
export async function buildRelease({ out, url, tag }: ReleaseOptions): Promise<string[]> {
  const read = (file: string): string => readFileSync(join(root, file), 'utf8');
  const { version } = JSON.parse(read('package.json')) as { version: string };
  const chart = {
    version: /^version: (.+)$/m.exec(read('charts/pawl/Chart.yaml'))![1]!,
    appVersion: /^appVersion: (.+)$/m.exec(read('charts/pawl/Chart.yaml'))![1]!,
  };
  const notes = notesOf({ version, chart, changelog: read('CHANGELOG.md'), tag });
  rmSync(out, { recursive: true, force: true });
  mkdirSync(out, { recursive: true });
  const time = run('git', ['log', '-1', '--format=%ct']).trim();

  const cli = buildCli(join(out, 'kubectl-pawl'));
  run(
    'npm',
    ['install', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund', '--no-package-lock'],
    cli,
  );
  rmSync(join(cli, 'node_modules', '.package-lock.json'), { force: true });
  const archive = `kubectl-pawl-${version}.tar.gz`;
  pack(out, 'kubectl-pawl', archive, time);
  rmSync(cli, { recursive: true });

  await helm(['package', chartFolder, '--destination', out]);
  const packed = `pawl-${chart.version}.tgz`;
  // Helm writes the time of packing into the archive.
  run('tar', ['-xzf', packed], out);
  pack(out, 'pawl', packed, time);
  rmSync(join(out, 'pawl'), { recursive: true });

  writeFileSync(join(out, 'sbom.operator.cdx.json'), billOfMaterials(version, time));
  writeFileSync(join(out, 'NOTES.md'), notes);
  const sha256 = sumOf(join(out, archive));
  const manifest = krewManifest(read('cli/krew.yaml'), { version, url: `${url}/${archive}`, sha256 });
  writeFileSync(join(out, 'krew.yaml'), manifest);
  const files = readdirSync(out).sort();
  writeFileSync(join(out, 'SHA256SUMS'), files.map(file => `${sumOf(join(out, file))}  ${file}\n`).join(''));
  return [...files, 'SHA256SUMS'];
}

/** A folder as an archive that depends on nothing but its files and the commit's time. */
function pack(folder: string, name: string, archive: string, time: string): void {
  const same = [
    '--sort=name',
    `--mtime=@${time}`,
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--mode=u+rw,go=rX',
  ];
  const plain = archive.replace(/[.]t(ar[.])?gz$/, '.tar');
  run('tar', ['--format=ustar', ...same, '-cf', plain, name], folder);
  run('gzip', ['--no-name', '--force', '--best', plain], folder);
  renameSync(join(folder, `${plain}.gz`), join(folder, archive));
}

interface Component {
  readonly name: string;
  readonly 'bom-ref': string;
  readonly properties?: readonly { readonly name: string; readonly value: string }[];
}

interface Bill {
  serialNumber?: string;
  metadata: { timestamp: string; component: object };
  components: Component[];
  dependencies: { ref: string; dependsOn?: string[] }[];
}

/**
 * What the operator is made of, from the lock file. Not by npm's own `--omit dev`, which leaves out what a package for
 * development needs too.
 */
function billOfMaterials(version: string, time: string): string {
  const args = ['sbom', '--sbom-format', 'cyclonedx', '--package-lock-only'];
  const { serialNumber: _, ...bill } = JSON.parse(run('npm', args)) as Bill;
  bill.metadata.timestamp = new Date(Number(time) * 1000).toISOString();
  bill.metadata.component = { ...bill.metadata.component, name: 'pawl', version, type: 'application' };
  const forDevelopment = ({ properties = [] }: Component): boolean =>
    properties.some(({ name, value }) => name === 'cdx:npm:package:development' && value === 'true');
  const gone = new Set(bill.components.filter(forDevelopment).map(component => component['bom-ref']));
  bill.components = bill.components.filter(component => !gone.has(component['bom-ref']));
  bill.dependencies = bill.dependencies
    .filter(({ ref }) => !gone.has(ref))
    .map(({ ref, dependsOn = [] }) => ({ ref, dependsOn: dependsOn.filter(other => !gone.has(other)) }));
  return `${JSON.stringify(bill, null, 2)}\n`;
}

const sumOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

function run(program: string, args: readonly string[], cwd = root): string {
  return execFileSync(program, args, { cwd, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 });
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: { url: { type: 'string' }, out: { type: 'string' }, tag: { type: 'string' } },
  });
  if (values.url === undefined) throw new NotReleasable('Say where the files will be: --url https://…');
  const out = resolve(values.out ?? join(root, 'dist', 'release'));
  const files = await buildRelease({ out, url: values.url, tag: values.tag ?? null });
  console.log(files.map(file => join(out, file)).join('\n'));
}
