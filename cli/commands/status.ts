/** `status`: how each file compares with the server. Exits with 1 if any is not in sync. */
import { type SurveyedConfig, standingWords } from '../compare.ts';
import type { Context } from '../context.ts';
import type { Exit } from '../errors.ts';
import { survey } from '../survey.ts';
import { type Colour, oneLine, table } from '../terminal.ts';
import { ago, count, who } from '../words.ts';

const colours: Partial<Record<SurveyedConfig['standing'], Colour>> = {
  'changed-here': 'green',
  'new-here': 'green',
  'changed-there': 'cyan',
  'new-there': 'cyan',
  'gone-here': 'yellow',
  'gone-there': 'yellow',
  'changed-both': 'red',
  unresolved: 'red',
  'unknown-base': 'red',
};

export async function status(context: Context, typed: readonly string[]): Promise<Exit> {
  const { terminal } = context;
  const { entries, leftOut } = await survey(context, context.files(typed));
  const different = entries.filter(({ standing }) => standing !== 'in-sync');
  const exit = different.length > 0 ? 1 : 0;
  if (context.structured) {
    await context.print({ files: entries.map(described), left_out: leftOut });
    return exit;
  }
  const now = context.surroundings.now();
  const wide = context.output === 'wide';
  const shown = wide ? entries : different;
  if (shown.length > 0) {
    const headings = [
      'STATE',
      'FILE',
      'BASE',
      'LATEST',
      'LAST SAVED',
      ...(wide ? ['CONFIG', 'COMMIT', 'COMMENT'] : []),
    ];
    const lines = table(
      headings,
      shown.map(entry => row(entry, now, wide)),
    ).split('\n');
    const painted = lines.map((line, index) => {
      const colour = index === 0 ? 'bold' : colours[shown[index - 1]?.standing ?? 'in-sync'];
      return colour === undefined ? line : terminal.paint(colour, line);
    });
    terminal.out(painted.join('\n'));
  }
  for (const { file, why } of leftOut) terminal.tell(oneLine(`left out: ${file}: ${why}`));
  const same = entries.length - different.length;
  if (different.length === 0)
    terminal.tell(
      same === 0
        ? 'There are no configs, neither here nor on the server.'
        : `${count(same, 'file', 'files')} in sync.`,
    );
  else if (same > 0 && !wide) terminal.tell(`${count(same, 'other file', 'other files')} in sync.`);
  return exit;
}

function row({ standing, file, base, head, config }: SurveyedConfig, now: number, wide: boolean): string[] {
  const saved = head === null ? '' : `${who(head)}, ${ago(head.created_at, now)}`;
  const more = wide
    ? [`${config.namespace}/${config.path}`, head?.git.commit?.slice(0, 7) ?? '', head?.comment ?? '']
    : [];
  return [
    standingWords[standing],
    file,
    String(base?.version ?? '-'),
    String(head?.version ?? '-'),
    saved,
    ...more,
  ];
}

function described({ standing, file, base, head, config, local }: SurveyedConfig) {
  return {
    file,
    ...config,
    state: standing,
    ...(base !== null && { base_version: base.version }),
    ...(local !== null && { content_sha256: local.sha256 }),
    ...(head !== null && { latest: head }),
  };
}
