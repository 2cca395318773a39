/** `init`: writes the workspace's pawl.yaml. Invariant: a pawl.yaml that exists is never touched. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit } from '../errors.ts';
import { exampleWorkspace, parseWorkspace, workspaceFile } from '../workspace.ts';

export async function init(context: Context, mappings: readonly string[]): Promise<Exit> {
  if (mappings.length === 0) {
    throw new CliError(
      'Usage',
      `name a folder and its config namespace: ${context.command('init', 'config/payments=payments')}\n\nIt writes a file such as:\n\n${exampleWorkspace}`,
    );
  }
  const lines = mappings.map(mapping => {
    const at = mapping.lastIndexOf('=');
    if (at <= 0) throw new CliError('Usage', `${mapping} is not of the form FOLDER=NAMESPACE`);
    const folder = mapping.slice(0, at);
    return `  ${/^[\w.][\w./-]*$/.test(folder) ? folder : JSON.stringify(folder)}: ${mapping.slice(at + 1)}\n`;
  });
  const text = `${exampleWorkspace.split('\n', 1)[0]}\nfolders:\n${lines.join('')}`;
  const { cwd } = context.surroundings;
  const file = join(cwd, workspaceFile);
  const { folders } = parseWorkspace(text, workspaceFile);
  try {
    writeFileSync(file, text, { flag: 'wx' });
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST')
      throw new CliError('Workspace', `${workspaceFile} already exists here; edit it`, { cause });
    throw new CliError('File', `cannot write ${file}: ${codeOf(cause)}`, { cause });
  }
  for (const { folder } of folders) mkdirSync(join(cwd, folder), { recursive: true });
  if (context.structured) await context.print({ file: workspaceFile, folders });
  else context.terminal.out(`Wrote ${workspaceFile}:\n\n${text}\n`);
  context.terminal.tell(`To bring the server’s configs here: ${context.command('pull')}`);
  return 0;
}
