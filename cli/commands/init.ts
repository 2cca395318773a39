/**
 * `init`: writes the workspace's pawl.yaml, and leaves out what is there for Kubernetes and not for Pawl. Invariant: a
 * pawl.yaml that exists is never touched.
 */
import { mkdirSync, realpathSync, writeFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit } from '../errors.ts';
import { scan } from '../scan.ts';
import { exampleWorkspace, parseWorkspace, type Workspace, workspaceFile } from '../workspace.ts';

export async function init(context: Context, mappings: readonly string[]): Promise<Exit> {
  if (mappings.length === 0) {
    throw new CliError(
      'Usage',
      `name a folder and its config namespace: ${context.command('init', 'config/payments=payments')}\n\nIt writes a file such as:\n\n${exampleWorkspace}`,
    );
  }
  const lines = mappings.map(mapping => {
    const at = mapping.lastIndexOf('=');
    if (at <= 0)
      throw new CliError(
        'Usage',
        `${mapping} is not of the form FOLDER=NAMESPACE, such as config/payments=payments`,
      );
    const folder = mapping.slice(0, at);
    return `  ${/^[\w.][\w./-]*$/.test(folder) ? folder : JSON.stringify(folder)}: ${mapping.slice(at + 1)}\n`;
  });
  const mapped = `${exampleWorkspace.split('\n', 1)[0]}\nfolders:\n${lines.join('')}`;
  const { cwd } = context.surroundings;
  const file = join(cwd, workspaceFile);
  const workspace = parseWorkspace(mapped, workspaceFile);
  const { folders } = workspace;
  const ignored = kubernetesFilesIn({ root: realpathSync(cwd), ...workspace });
  const text = mapped + ignoring(ignored);
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST')
      throw new CliError('Workspace', `${workspaceFile} already exists here; edit it`, { cause });
    throw new CliError('File', `cannot write ${file}: ${codeOf(cause)}`, { cause });
  }
  for (const { folder } of folders) mkdirSync(join(cwd, folder), { recursive: true });
  if (context.structured) await context.print({ file: workspaceFile, folders, ignore: ignored });
  else context.terminal.out(`Wrote ${workspaceFile}:\n\n${text}\n`);
  if (ignored.length > 0)
    context.terminal.tell(
      'Files that are for Kubernetes are no configs of Pawl: ignore names them. Edit it to have one.',
    );
  context.terminal.tell(`To bring the server’s configs here: ${context.command('pull')}`);
  return 0;
}

/** Kustomize's files, and manifests: somebody else applies those. */
function kubernetesFilesIn(workspace: Workspace): string[] {
  const { files } = scan(workspace);
  return files.filter(({ file, text }) => isForKubernetes(file, text)).map(({ file }) => file);
}

/** What kubectl and Kustomize look for in a folder. */
const kustomizations = ['kustomization.yaml', 'kustomization.yml', 'Kustomization'];

function isForKubernetes(file: string, text: string): boolean {
  if (kustomizations.includes(posix.basename(file))) return true;
  if (!/^\s*\{/.test(text)) return /^apiVersion\s*:/m.test(text) && /^kind\s*:/m.test(text);
  try {
    const value = JSON.parse(text) as { apiVersion?: unknown; kind?: unknown };
    return typeof value.apiVersion === 'string' && typeof value.kind === 'string';
  } catch {
    return false;
  }
}

/** What a pattern would read as more than a letter may be any letter. */
function ignoring(files: readonly string[]): string {
  if (files.length === 0) return '';
  const patterns = files.map(file => `  - ${JSON.stringify(file.replace(/[*?[\]{}!()]/g, '?'))}\n`);
  return `ignore:\n${patterns.join('')}`;
}
