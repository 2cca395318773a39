/**
 * Values as `NAME=value` lines. Invariant: `sh`, systemd's EnvironmentFile, dotenv, Node and Docker Compose read
 * the same values, or the value is refused.
 *
 * - Names are the keys in upper case joined by `_`, every ASCII character but letters and digits made `_`: the rule
 *   of MicroProfile Config, which Spring understands too. Camel case is not split, list items go by their index.
 * - A value of characters that mean nothing to any reader stands bare, so that those that take quotes literally
 *   (`docker run --env-file`, `kubectl create --from-env-file`, Kustomize) read most files too. Others are in
 *   single quotes, or in double quotes when they hold a single quote.
 * - Escapes are avoided: each reader has its own. So a value with a line end (a second line would be another
 *   variable to some), with `'` beside one of `" $ \` and a backtick, or with `\` before the closing quote is refused.
 * - Control characters are refused too, and so are noncharacters: systemd drops the whole file for one.
 * - python-dotenv expands `${NAME}` even in single quotes, unless told not to; nothing written here prevents it.
 * - Tabs and characters such as emoji cannot be escaped: kubectl shows a text with them as one quoted line.
 */
import type { Path } from '../path.ts';
import { flatten, type Naming } from './flat.ts';
import type { Output } from './output.ts';
import { Unconvertible, type Value } from './value.ts';

export function writeEnv(value: Value, output: Output): void {
  flatten(value, 'env', naming, (name, text, path) => output.add(`${name}=${spell(text, path)}\n`));
}

const naming: Naming = {
  key(parent, key, path) {
    if (!/^[ -~]+$/.test(key) || !/[A-Za-z0-9]/.test(key)) {
      throw new Unconvertible(
        path,
        'names of environment variables are made of ASCII letters, digits and `_`; rename this key',
      );
    }
    const name = key.replace(/[^A-Za-z0-9]/g, '_').toUpperCase();
    if (parent !== null) return `${parent}_${name}`;
    if (/^[0-9]/.test(name)) {
      throw new Unconvertible(
        path,
        'the name of an environment variable cannot begin with a digit; rename this key',
      );
    }
    return name;
  },
  item: (parent, index) => `${parent}_${index}`,
};

function spell(text: string, path: Path): string {
  if (/^[A-Za-z0-9_@%+=:,./-]*$/.test(text)) return text;
  if (/[\n\r]/.test(text)) {
    throw new Unconvertible(
      path,
      'readers of env files disagree about a value of several lines; write one line',
    );
  }
  if (/[\0-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\p{Noncharacter_Code_Point}]/u.test(text)) {
    throw new Unconvertible(path, 'not all readers of env files accept a control character; remove it');
  }
  if (!text.includes("'") && !text.endsWith('\\')) return `'${text}'`;
  if (!/["$`\\]/.test(text)) return `"${text}"`;
  throw new Unconvertible(
    path,
    'readers of env files disagree about every way to quote this value; leave out single quotes, and `\\` at the end',
  );
}
