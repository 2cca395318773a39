/** The page of the operator's settings, from their table. */
import { settingTable } from '../../operator/setting-table.ts';
import { code, opening, table } from './table.ts';

export function settingsPage(): string {
  const rows = settingTable.map(({ flag, env, fallback, meaning }) => [
    code(env),
    code(`--${flag}`),
    fallback === null ? '–' : code(fallback),
    // A Git host and Starlight would make links of them.
    meaning.replace(/\b[a-z]+:\/\/[^\s;,]+/g, code),
  ]);
  return `${opening('Settings of the operator', 'operator/setting-table.ts')}
Each setting is an environment variable and a flag; the flag wins. \`npm run operator -- --help\` prints the same list. In the
[chart](../../charts/pawl/README.md), those that have no value of their own are \`settings.NAME\`, named like the flag:
\`--resync-minutes\` is \`settings.resyncMinutes\`.

${table(['variable', 'flag', 'default', 'meaning'], rows)}
`;
}
