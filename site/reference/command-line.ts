/** The page of `kubectl pawl`, from the help of its commands. Invariant: every command has a section. */
import { type Command, Help } from 'commander';
import { buildProgram } from '../../cli/program/program.ts';
import { opening } from './table.ts';

const name = 'kubectl pawl';

export function commandLinePage(): string {
  const program = buildProgram(name, async () => undefined, { version: '', mergeProgram: '' });
  const groups = Map.groupBy(
    program.commands.filter(command => !isHidden(command)),
    command => command.helpGroup().replace(/:$/, ''),
  );
  const sections = [...groups].map(
    ([group, commands]) => `## ${group}\n\n${commands.flatMap(withParts).map(section).join('\n')}`,
  );
  return `${opening('The command line', 'cli/program')}
What \`--help\` says of every command. What the commands are for, and how they work together: [cli.md](../cli.md). The options
and the exit status stand here once, and hold for all commands.

## Options of every command

\`\`\`text
${helpOf(program, true)}
\`\`\`

${sections.join('\n')}`;
}

// Commander keeps it to itself, and leaves such commands out of its own lists.
const isHidden = (command: Command): boolean => (command as unknown as { _hidden: boolean })._hidden;

const withParts = (command: Command): Command[] => [command, ...command.commands.flatMap(withParts)];

function section(command: Command): string {
  const usual = new Help();
  const said = command.configureHelp().optionDescription;
  const option = command.parent?.options.find(({ long }) => long === '--namespace');
  const meaning = option && said?.call(usual, option);
  const note =
    meaning && meaning !== usual.optionDescription(option) ? `\n\`-n\` is the ${meaning} here.\n` : '';
  return `### ${pathOf(command).join(' ')}\n${note}\n\`\`\`text\n${helpOf(command, false)}\n\`\`\`\n`;
}

const pathOf = (command: Command): string[] =>
  command.parent?.parent ? [...pathOf(command.parent), command.name()] : [command.name()];

/** As on a terminal of 110 columns without colours. */
function helpOf(command: Command, isWhole: boolean): string {
  let text = '';
  command.configureHelp({ ...command.configureHelp(), showGlobalOptions: isWhole });
  command.configureOutput({
    writeOut: part => {
      text += part;
    },
    getOutHelpWidth: () => 110,
    getOutHasColors: () => false,
  });
  command.outputHelp();
  return text.trim();
}
