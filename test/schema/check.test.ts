/** What a schema says to texts of every format: the place, what is allowed, and the nearest spelling. */
import { describe, expect, it } from 'vitest';
import type { SchemaSet } from '../../history/words/schema.ts';
import { SchemaBook } from '../../operator/object/schema-book.ts';
import { checkText, verdictOf } from '../../schema/check.ts';
import type { Format } from '../../text/format.ts';
import { nearest } from '../../text/nearest.ts';
import { aSchema, setOf } from './make.ts';

const limits = {
  type: 'object',
  additionalProperties: false,
  required: ['cap'],
  properties: {
    cap: { type: 'integer', maximum: 1000 },
    fee: { type: 'number' },
    region: { enum: ['eu', 'us', 'apac'] },
    banks: { type: 'array', items: { type: 'object', properties: { bic: { pattern: '^[A-Z]{8}$' } } } },
  },
};

const places = (text: string, format: Format, set: SchemaSet = setOf(limits)) => {
  const answer = checkText(text, format, set);
  if (answer.kind !== 'violated') return answer.kind;
  return answer.violations.map(({ line, column, path, message }) => `${line}:${column} ${path}: ${message}`);
};

describe('a text', () => {
  it.each([
    ['yaml', '# caps\ncap: 5\nbanks:\n  - bic: x\n', '4:10 banks[0].bic: must match ^[A-Z]{8}$'],
    ['json', '{"cap": 5,\n "banks": [{"bic": "x"}]}\n', '2:20 banks[0].bic: must match ^[A-Z]{8}$'],
    ['jsonc', '{"cap": 5, // caps\n "banks": [{"bic": "x"}]}\n', '2:20 banks[0].bic: must match ^[A-Z]{8}$'],
    ['toml', 'cap = 5\n\n[[banks]]\nbic = "x"\n', /^[34]:\d+ banks\[0\]\.bic: must match/],
    ['yaml', 'fee: 1\ncap: 2000\n', '2:6 cap: must be <= 1000'],
    ['yaml', 'fee: 1\n', '1:1 : needs the key cap'],
    ['yaml', 'cap: 1\nregion: ue\n', '2:9 region: must be one of eu, us, apac; did you mean eu?'],
    ['toml', 'fee = 1\ncap = 2000\n', /^2:\d cap: must be <= 1000/],
  ] as const)('of format %s is told where: %j', (format, text, told) => {
    const found = places(text, format);
    expect(found).toHaveLength(1);
    if (typeof told === 'string') expect(found[0]).toBe(told);
    else expect(found[0]).toMatch(told);
  });

  it('with an unknown key is told the nearest spelling, at the key', () => {
    expect(places('cap: 1\nregoin: eu\n', 'yaml')).toEqual([
      '2:1 regoin: is not a known key; did you mean region? (known: cap, fee, region, banks)',
    ]);
  });

  it('of properties is held to strings, each key by itself', () => {
    const set = setOf({ properties: { 'db.port': { pattern: '^[0-9]+$' } } });
    expect(places('# port\ndb.port=abc\n', 'properties', set)).toEqual([
      expect.stringMatching(/^2:\d+ .*db\.port.*: must match \^\[0-9\]\+\$$/),
    ]);
    expect(places('db.port=1\n', 'properties', set)).toBe('satisfied');
  });

  it('of several YAML documents is held to it in each', () => {
    expect(places('cap: 1\n---\ncap: x\n', 'yaml')).toEqual(['3:6 document 2, cap: must be integer']);
  });

  it('without a value, plain text, satisfies every schema', () => {
    expect(places('anything', 'text')).toBe('satisfied');
  });

  it('never has its values repeated', () => {
    const secret = 'hunter2hunter2';
    const all = [
      { cap: secret },
      { cap: 1, region: secret },
      { cap: 1, banks: [{ bic: secret }] },
      { cap: 1, banks: secret },
    ].flatMap(value => places(JSON.stringify(value), 'json'));
    expect(all).toHaveLength(4);
    expect(JSON.stringify(all)).not.toContain(secret);
  });

  it('with very many faults has the first of them told, and the rest counted', () => {
    const text = Array.from({ length: 500 }, (_, n) => `k${n}: 1\n`).join('');
    const answer = checkText(`cap: 1\n${text}`, 'yaml', setOf(limits));
    if (answer.kind !== 'violated') throw new Error(answer.kind);
    expect(answer.violations).toHaveLength(20);
    expect(answer.violations[0]!.line).toBe(2);
    expect(answer.more).toBe(480);
  });

  it('of draft-07 and of 2020-12 is held to its own draft', () => {
    const tuple = { items: [{ type: 'string' }], additionalItems: false };
    const draft07 = { $schema: 'http://json-schema.org/draft-07/schema#', ...tuple };
    expect(places('[1]', 'json', setOf(draft07))).toEqual(['1:2 [0]: must be string']);
    const prefix = { prefixItems: [{ type: 'string' }], items: false };
    expect(places('["a", 1]', 'json', setOf(prefix))).toHaveLength(1);
  });

  it('is held to formats', () => {
    expect(places('at: x\n', 'yaml', setOf({ properties: { at: { format: 'date-time' } } }))).toHaveLength(1);
  });
});

describe('a schema', () => {
  it.each([
    ['a type that is none', { type: 'strnig' }, /type/],
    ['a pattern that is none', { pattern: '(' }, /regular expression/i],
    ['another draft', { $schema: 'http://json-schema.org/draft-04/schema#' }, /draft-04/],
    ['a reference to nothing', { $ref: 'money' }, /names no ConfigSchema/],
    ['a reference into the network', { $ref: 'https://example.com/x.json' }, /nothing is fetched/],
    ['promises', { $async: true, type: 'object' }, /\$async/],
  ])('with %s is wrong, says why, and refuses nothing', (_, schema, why) => {
    const verdict = verdictOf(setOf(schema));
    expect(verdict.ok).toBe(false);
    expect(!verdict.ok && verdict.why).toMatch(why);
    expect(checkText('cap: 1\n', 'yaml', setOf(schema)).kind).toBe('wrong');
  });

  it('may refer to others by name, by $id and to themselves, in circles', () => {
    const book = new SchemaBook([
      aSchema('limits', { properties: { cap: { $ref: 'money#/$defs/euro' }, next: { $ref: '#' } } }),
      aSchema('money', { $defs: { euro: { $ref: 'https://example.com/amount' }, any: { $ref: 'limits' } } }),
      aSchema('amount', { $id: 'https://example.com/amount', type: 'integer' }),
    ]);
    const { set } = book.named('limits')!;
    expect(set.documents.map(({ name }) => name).sort()).toEqual(['amount', 'limits', 'money']);
    expect(verdictOf(set)).toEqual({ ok: true });
    expect(places('next:\n  cap: x\n', 'yaml', set)).toEqual(['2:8 next.cap: must be integer']);
  });

  it('that recurses without end refuses the text by name of the fault, and stops nothing', () => {
    const answer = checkText('{}', 'json', setOf({ $ref: '#' }));
    expect(answer).toEqual({ kind: 'unfinished', why: 'it is nested too deep' });
  });
});

describe('which schemas apply', () => {
  const book = new SchemaBook([
    aSchema('all', {}),
    aSchema('eu', {}, { namespaces: ['payments-*'], paths: ['limits/**'] }),
    aSchema('none', {}, { namespaces: [] }),
  ]);
  const names = (namespace: string, path: string) => book.for({ namespace, path })?.map(({ name }) => name);

  it('is said by namespace and path', () => {
    expect(names('payments-eu', 'limits/a.yaml')).toEqual(['all', 'eu']);
    expect(names('payments', 'limits/a.yaml')).toEqual(['all']);
    expect(names('payments-eu', 'rates.yaml')).toEqual(['all']);
    expect(new SchemaBook([]).for({ namespace: 'a', path: 'b' })).toBeUndefined();
  });

  it('changes its hash with what it refers to, and with nothing else', () => {
    const hash = (money: object) =>
      new SchemaBook([
        aSchema('limits', { $ref: 'money' }),
        aSchema('money', money),
        aSchema('x', money),
      ]).named('limits')!.set.sha256;
    expect(hash({ type: 'integer' })).not.toBe(hash({ type: 'string' }));
    expect(setOf({}).sha256).toBe(setOf({}).sha256);
  });
});

it.each([
  ['regoin', ['region', 'cap'], 'region'],
  ['Cap', ['cap'], 'cap'],
  ['x', ['cap'], null],
  ['timeout_ms', ['timeoutMs', 'time'], 'timeoutMs'],
  ['a'.repeat(1000), ['a'], null],
])('the nearest to %s of %j is %s', (word, known, near) => {
  expect(nearest(word, known)).toBe(near);
});
