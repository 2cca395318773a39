/**
 * The table of values in the chart's README, from the comments of values.yaml, so that no value goes undescribed.
 * Invariant: a value stands in the table once, as its own line or within the default of the one above it.
 */
import { isMap, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';

const begin = '<!-- values: made from values.yaml by `npm run generate` -->';
const end = '<!-- end of values -->';

/** The README with its table made anew. @throws Error where the marks of the table are missing */
export function withValues(readme: string, values: string): string {
  const [from, to] = [readme.indexOf(begin), readme.indexOf(end)];
  if (from < 0 || to < from) throw new Error(`the chart's README has no ${begin} … ${end}`);
  return `${readme.slice(0, from)}${begin}\n\n${tableOf(values)}\n${readme.slice(to)}`;
}

function tableOf(values: string): string {
  const { contents, commentBefore } = parseDocument(values);
  if (!isMap(contents)) throw new Error('values.yaml is not a map');
  const lines = [...rows(contents as YAMLMap, '', commentBefore ?? '')];
  return `| value | default | |\n|---|---|---|\n${lines.join('\n')}\n`;
}

function* rows(map: YAMLMap, prefix: string, firstComment = ''): Generator<string> {
  for (const [index, { key, value }] of (
    map.items as Pair<{ value: string; commentBefore?: string }>[]
  ).entries()) {
    const name = prefix + key.value;
    const above = key.commentBefore ?? (index === 0 ? firstComment || (map.commentBefore ?? '') : '');
    const said = describe(above);
    // A map of a library's own shape (resources, a security context) is one value; ours are told apart by their comments.
    if (isMap(value) && value.items.length > 0 && !value.flow && !isShape(name)) {
      if (said) yield `| **\`${name}\`** | | ${said} |`;
      yield* rows(value as YAMLMap, `${name}.`);
    } else {
      yield `| \`${name}\` | ${code(value)} | ${said} |`;
    }
  }
}

const isShape = (name: string): boolean =>
  /(^|\.)(resources|podSecurityContext|securityContext|strategy)$/.test(name);

/** What stands after `# -- `, and the lines that go on with it. */
function describe(comment: string): string {
  const lines = comment.split('\n').map(line => line.trim());
  const start = lines.findLastIndex(line => line.startsWith('-- '));
  if (start < 0) return '';
  return lines
    .slice(start)
    .filter(line => line !== '')
    .join(' ')
    .replace(/^-- /, '')
    .replaceAll('|', '\\|');
}

function code(value: unknown): string {
  const plain = isScalar(value) ? value.value : (value as { toJSON(): unknown } | null)?.toJSON();
  return `\`${JSON.stringify(plain ?? null).replaceAll('|', '\\|')}\``;
}
