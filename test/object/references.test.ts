// biome-ignore-all lint/suspicious/noTemplateCurlyInString: that is how references are written.
/** What stands in the place of `${config:…}` in a projection's texts. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type FoundConfigs, References, Unresolved } from '../../operator/object/projection/references.ts';
import { scalarText, type Value } from '../../text/convert/value.ts';
import type { Format } from '../../text/format.ts';
import { formats } from '../../text/formats.ts';
import { sha } from '../history/core/make.ts';

const found = (texts: Record<string, string | null>, format: Format = 'yaml'): FoundConfigs =>
  new Map(
    Object.entries(texts).map(([name, text]) => {
      const [namespace = '', ...path] = name.split('/');
      const config = { namespace, path: path.join('/') };
      const shown = text === null ? null : { config, format, version: 7n, sha256: sha(text), bytes: 0, text };
      return [name, { shown }];
    }),
  );

const limits = found({ 'pay/limits.yaml': 'cap: 1000\nname: "a b"\nlist: [x, 1.10]\n~/: odd\nnone: null\n' });
const shows = (text: string, format: Format = 'yaml', from = limits) =>
  new References(from).replace(text, format);
const why = (text: string, format: Format = 'yaml', from = limits): string => {
  try {
    return `shown as ${JSON.stringify(shows(text, format, from))}`;
  } catch (error) {
    if (!(error instanceof Unresolved)) throw error;
    return error.message;
  }
};

/** With scalars as their texts. */
const plainOf = (value: Value): unknown => {
  if (value.kind === 'list') return value.items.map(plainOf);
  if (value.kind === 'map') return value.entries.map(entry => [entry.name, plainOf(entry.value)]);
  return value.kind === 'null' ? null : scalarText(value);
};

describe('a reference', () => {
  it('becomes the scalar it names, spelled as it is there, wherever it stands', () => {
    expect(shows('cap: ${config:pay/limits.yaml#/cap}\n')).toBe('cap: 1000\n');
    expect(shows('rate: "${config:pay/limits.yaml#/list/1} of ${config:pay/limits.yaml#/name}"\n')).toBe(
      'rate: "1.10 of a b"\n',
    );
    expect(shows('odd: ${config:pay/limits.yaml#/~0~1}\n')).toBe('odd: odd\n');
    expect(shows('{"cap": "${config:pay/limits.yaml#/cap}"}', 'json')).toBe('{"cap": "1000"}');
    expect(shows('cap ${config:pay/limits.yaml#/cap};', 'text')).toBe('cap 1000;');
    expect(shows('CAP=${config:pay/limits.yaml#/cap}\n', 'env')).toBe('CAP=1000\n');
    expect(shows('whole: ${config:pay/one#}\n', 'yaml', found({ 'pay/one': 'just this\n' }))).toBe(
      'whole: just this\n',
    );
  });

  it('with a second $ is a text', () => {
    expect(shows('a: $${config:x}\n')).toBe('a: ${config:x}\n');
  });

  it('tells what it used, and what it would need', () => {
    const references = new References(limits);
    references.replace('a: ${config:pay/limits.yaml#/cap}\n', 'yaml');
    references.replace('a: ${config:pay/limits.yaml#/name}\n', 'yaml');
    expect(references.used).toEqual([{ config: { namespace: 'pay', path: 'limits.yaml' }, version: 7n }]);
    references.replace('a: ${config:pay/other.yaml#/cap}\n', 'yaml');
    expect(references.missing).toEqual([{ namespace: 'pay', path: 'other.yaml' }]);
  });

  it.each([
    ['${config:pay/limits.yaml}', 'it is not of the form'],
    ['${config:pay/limits.yaml#cap}', 'it is not of the form'],
    ['${config:limits.yaml#/cap}', 'it is not of the form'],
    ['${config:pay/limits.yaml#/cap', 'it is not of the form'],
    ['${config:pay/limits.yaml#/none/x}', 'there is no value at that place'],
    ['${config:pay/limits.yaml#/gone}', 'there is no value at that place'],
    ['${config:pay/limits.yaml#/list}', 'a list stands there'],
    ['${config:pay/limits.yaml#/none}', 'null stands there'],
    ['${config:pay/limits.yaml#}', 'a map stands there'],
  ])('%s is refused: %s', (reference, reason) => {
    expect(why(`a: "${reference}"\n`)).toContain(reason);
  });

  it('to a config that is not there, or has no values, is refused', () => {
    expect(why('a: ${config:pay/x#/a}\n', 'yaml', found({ 'pay/x': null }))).toBe('there is no such config');
    expect(why('a: ${config:pay/x#/a}\n', 'yaml', found({ 'pay/x': 'a' }, 'text'))).toContain('no values');
  });

  it('to a value with references in it is followed, but in no circle and not for ever', () => {
    const chain = (length: number) =>
      found(
        Object.fromEntries(
          Array.from({ length }, (_, index) => [
            `p/${index}`,
            index === length - 1 ? 'v: end\n' : `v: \${config:p/${index + 1}#/v}\n`,
          ]),
        ),
      );
    expect(shows('a: ${config:p/0#/v}\n', 'yaml', chain(8))).toBe('a: end\n');
    expect(why('a: ${config:p/0#/v}\n', 'yaml', chain(9))).toContain('more than 8 references');
    const circle = found({ 'p/a': 'v: ${config:p/b#/v}\n', 'p/b': 'v: ${config:p/a#/v}\n' });
    expect(why('a: ${config:p/a#/v}\n', 'yaml', circle)).toBe('it refers to itself');
  });

  it('cannot be multiplied without bound', () => {
    const ten = (name: string) => `v: "${`\${config:p/${name}#/v}`.repeat(10)}"\n`;
    const wide = found({ 'p/a': ten('b'), 'p/b': ten('c'), 'p/c': ten('d'), 'p/d': 'v: x\n' });
    expect(why('a: ${config:p/a#/v}\n', 'yaml', wide)).toContain('more than 1000');
  });
});

describe('the structure of a text', () => {
  it('is never changed by a value, whatever it is', () => {
    const place = fc.constantFrom(
      'a: %\nb: 1\n',
      'a: "%"\nb: 1\n',
      "a: '%'\nb: 1\n",
      'a: [%, 2]\n',
      '%: 1\n',
    );
    fc.assert(
      fc.property(
        place,
        fc.string({ unit: fc.constantFrom(...`ab1 :#"'{}[],&*!|>-\\%@\n`), maxLength: 8 }),
        (form, value) => {
          const from = found({ 'p/v': JSON.stringify({ v: value }) }, 'json');
          const text = form.replace('%', '${config:p/v#/v}');
          let after: string;
          try {
            after = shows(text, 'yaml', from);
          } catch (error) {
            expect(error).toBeInstanceOf(Unresolved);
            return;
          }
          // The value has one place, and everything else is as it was, whatever kind of scalar stands there.
          const shapeOf = (one: string) => JSON.stringify(formats.yaml.values(one).map(plainOf));
          const written = JSON.stringify('${config:p/v#/v}');
          expect(shapeOf(after)).toBe(shapeOf(text).replaceAll(written, () => JSON.stringify(value)));
        },
      ),
      { numRuns: 500 },
    );
  });

  it('with a line end, a comment or a quote in the value is refused', () => {
    const from = (v: string) => found({ 'p/v': JSON.stringify({ v }) }, 'json');
    expect(why('a: ${config:p/v#/v}\n', 'yaml', from('x\nadmin: true'))).toContain('several lines');
    expect(why('a: ${config:p/v#/v}\n', 'yaml', from('x # y'))).toContain('another structure');
    expect(why('{"a": "${config:p/v#/v}"}', 'json', from('x", "admin": "true'))).toContain(
      'another structure',
    );
    expect(why('a: ${config:p/v#/v}\n', 'yaml', from('x: y'))).toContain('another structure');
  });
});
