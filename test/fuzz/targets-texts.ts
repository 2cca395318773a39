/** Targets that take texts of configs: the readers, the conversions, the merge and its verifier. */
import assert from 'node:assert/strict';
import { objection } from '../../merge/accept.ts';
import { type Clean, type Format, type MergeEdit, merge } from '../../merge/merge.ts';
import { Ids } from '../../merge/node.ts';
import { read } from '../../merge/read.ts';
import { notesOf, readBody } from '../../text/body.ts';
import { BodyFault, defaultBodyLimits } from '../../text/body-problem.ts';
import { convert } from '../../text/convert/convert.ts';
import { eventsJson } from '../../text/events-json.ts';
import { formats } from '../../text/formats.ts';
import { readYamlEvents } from '../../text/yaml-events.ts';
import { YamlJson } from '../../text/yaml-json.ts';
import { compose } from '../../text/yaml-reader.ts';
import { canon, mayBeRenames, plain } from '../merge/oracle.ts';
import { readBoth } from '../merge/shapes.ts';
import { type FuzzTarget, unless } from './target.ts';

const yamlWords = [
  ...['- ', ': ', '? ', '\n', '  ', '# c\n', '"', "'", '[', ']', '{', '}', ',', '|\n', '>-\n', '&a ', '*a'],
  ...['---\n', '...\n', '%YAML 1.2\n', '<<: ', '!t ', '!!str ', '~', 'null', 'true', '0x1F', '1.50', '012'],
  ...['\t', '\r\n', '\\u0041', '\\', '\uFEFF', '\u2028', '\u0085', 'é', '🙂', 'name: ', 'id: '],
];
const otherWords = [
  ...['//', '/* */', '[a]\n', '[[a]]\n', 'a.b = 1\n', '"""', "'''", '1979-05-27T07:32:00Z', '0b1', '1_000'],
  ...['inf', 'a=1\n', 'a:1\n', '!c\n', ';c\n', 'export ', '${', '\\\n', '\\n', '\\uD83D', '\r'],
];

/** As the engine works on a text: no mark, no carriage returns, a last line end. */
function viewOf(given: string): string {
  const text = given.replace(/^\uFEFF/, '').replaceAll('\r\n', '\n');
  return text.endsWith('\n') ? text : `${text}\n`;
}

function ofLibrary(text: string): string[] {
  return compose(text, defaultBodyLimits).map(document => {
    const [fault] = document.errors;
    if (fault) throw new BodyFault('Syntax', fault.pos[0], fault.message);
    return new YamlJson(text, defaultBodyLimits).render(document.contents);
  });
}

/** What readYaml refuses before either reader: a second mark, and control characters. */
const refusedBefore = /^\uFEFF\uFEFF|[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\ufffe\uffff]|\r(?!\n)/;

const reader: FuzzTarget = {
  promises: 'YAML is read by events as by the `yaml` package, and never throws',
  parts: 2,
  words: yamlWords,
  run([text = '', like = '']) {
    const { ok } = readBody(text, 'yaml');
    if (!refusedBefore.test(text)) {
      const fast = unless(BodyFault, () => {
        const events = readYamlEvents(text);
        return events && eventsJson(events, defaultBodyLimits);
      });
      if (fast !== null) {
        const slow = unless(BodyFault, () => ofLibrary(text));
        if (fast instanceof BodyFault)
          assert(slow instanceof BodyFault, `only events refuse it: ${fast.message}`);
        else assert.deepEqual(slow, fast);
      }
    }
    const alone = (error: unknown) => assert.fail(`only events read it: ${error}`);
    for (const before of [null, viewOf(like)]) {
      const both = readBoth(viewOf(text), before, alone);
      if (both !== null) assert.deepEqual(both.fast, both.slow);
    }
    if (ok)
      assert(readBody(viewOf(text), 'yaml').ok, 'without its mark, or with a last line end, it is refused');
  },
};

const names = Object.keys(formats) as Format[];
const formatOf = (letter: string): Format => names[(letter.codePointAt(0) ?? 0) % names.length] as Format;

const readers: FuzzTarget = {
  promises: 'every format is read, noted and converted without throwing; JSON as JSON.parse reads it',
  parts: 2,
  words: [...yamlWords, ...otherWords],
  run([letter = '', text = '']) {
    const format = formatOf(letter);
    const result = readBody(text, format);
    notesOf(text, format);
    const conversions = (['json', 'yaml', 'env', 'properties'] as const).map(to => convert(text, format, to));
    if (format === 'json' && result.ok) assert.deepEqual(JSON.parse(result.body.json), JSON.parse(text));
    if (!result.ok || result.body.documents !== 1) return;
    JSON.parse(result.body.json);
    const [json, yaml] = conversions;
    // What a conversion writes can be read again, and says the same each way.
    if (json?.ok) assert(readBody(json.text, 'json').ok, 'its JSON is refused');
    if (!json?.ok || !yaml?.ok) return;
    const again = readBody(yaml.text, 'yaml');
    assert(again.ok, 'its YAML is refused');
    assert.deepEqual(JSON.parse(again.body.json), JSON.parse(json.text));
  },
};

const merging: FuzzTarget = {
  promises:
    'three texts of any format get an answer; a clean one can be read, is explained by its edits, and stays',
  parts: 4,
  words: [...yamlWords, ...otherWords],
  run([letter = '', base = '', current = '', proposed = '']) {
    const format = formatOf(letter);
    const result = merge(base, current, proposed, { format });
    if (result.kind === 'clash') {
      assert(result.places.length > 0, 'a clash has no place');
      const failed = result.places.find(({ detail }) => detail?.startsWith('the merge failed'));
      assert.equal(failed?.detail, undefined);
    }
    if (result.kind !== 'clean') return;
    assert.equal(written(current, result.edits), result.text);
    // The rest is promised of texts that can be versions.
    if (![base, current, proposed].every(text => readBody(text, format).ok)) return;
    const again = merge(base, result.text, proposed, { format });
    const said = again.kind === 'clean' ? again.text : again.kind;
    // Of lines that stand there several times, nobody can tell which of them a side added.
    const mayClash = mayBeRenames(again) || (again.kind === 'clash' && format === 'text');
    if (!mayClash) assert.equal(said, result.text, 'merged again, it is another');
    const found = readBody(result.text, format);
    if (!found.ok && found.problem.reason !== 'BodyTooLarge') assert.fail(found.problem.message);
  },
};

const verifying: FuzzTarget = {
  promises: 'the verifier notices each edit of a merge that is dropped, doubled or moved',
  parts: 5,
  words: yamlWords,
  run([choice = '', letter = '', base = '', current = '', proposed = '']) {
    const format = (letter.codePointAt(0) ?? 0) % 2 === 0 ? 'yaml' : 'json';
    const result = merge(base, current, proposed, { format });
    if (result.kind !== 'clean' || result.edits.length === 0 || base === current) return;
    if (proposed === base || proposed === current) return;
    const ids = new Ids();
    const before = read('base', base, format, ids);
    const inputs = {
      base: before,
      current: read('current', current, format, ids, before),
      proposed: read('proposed', proposed, format, ids, before),
    };
    const judge = (edits: readonly MergeEdit[], text: string) =>
      objection(inputs, edits, text, { format }, ids);
    const wrong = spoiled(current, result, choice);
    const text = written(current, wrong);
    if (text === result.text) return;
    assert(judge(result.edits, text) !== null, 'a text that its edits do not explain is not noticed');
    if (judge(wrong, text) === null) assert.equal(substance(text), substance(result.text));
  },
};

function written(current: string, edits: readonly MergeEdit[]): string {
  let at = 0;
  let text = '';
  for (const edit of edits) {
    text += current.slice(at, edit.start) + edit.text;
    at = edit.end;
  }
  return text + current.slice(at);
}

/** With one edit dropped, doubled, or put where another line begins. */
function spoiled(current: string, { edits }: Clean, choice: string): MergeEdit[] {
  const [which = 0, how = 0, where = 0] = [...choice].map(letter => letter.codePointAt(0)!);
  const at = which % edits.length;
  const edit = edits[at]!;
  if (how % 3 === 0) return edits.toSpliced(at, 1);
  if (how % 3 === 1) return edits.toSpliced(at, 1, { ...edit, text: edit.text + edit.text });
  const starts = [0, ...[...current.matchAll(/\n/g)].map(match => match.index + 1)];
  const to = starts[where % starts.length]!;
  const free = edits.every(other => other === edit || to <= other.start || to >= other.end);
  if (!free || (to > edit.start && to < edit.end)) return edits.toSpliced(at, 1);
  return [...edits.toSpliced(at, 1, { ...edit, text: '' }), { ...edit, start: to, end: to }].toSorted(
    (a, b) => a.start - b.start || a.end - b.end,
  );
}

/** What a person would miss: the values and every word, in any order. */
function substance(text: string): string {
  const words = text
    .split(/\s+/)
    .filter(word => word !== '')
    .sort()
    .join(' ');
  return `${canon(plain(text), true)}\n${words}`;
}

export const ofTexts: Readonly<Record<string, FuzzTarget>> = { reader, readers, merging, verifying };
