/** Texts held against schemas in the real thread, in which no schema can hold up anything else. */
import { afterAll, describe, expect, it } from 'vitest';
import type { Law } from '../../../history/core/law.ts';
import { SchemaChecker } from '../../../history/settle/schema-checker.ts';
import { Thinker } from '../../../history/settle/thinker.ts';
import type { AppliedSchema } from '../../../history/words/schema.ts';
import { systemClock } from '../../../runtime/clock.ts';
import { Offload } from '../../../runtime/offload.ts';
import { setOf } from '../../schema/make.ts';
import { anEdit, aRequest, aVersion, aView, emptyView, law } from '../core/make.ts';

const module = new URL('../../../history/settle/thinker-thread.ts', import.meta.url);
const offload = new Offload({
  ...{ module, clock: systemClock, taskCpuMs: 60_000, maxHeapMiB: 512, idleMs: 60_000 },
});
const thinker = new Thinker(offload, { maxBodyBytes: 1_048_576 });
afterAll(() => offload.close());

const applied = (schema: object, enforcement: AppliedSchema['enforcement'] = 'Refuse'): AppliedSchema => ({
  ...{ name: 'limits', enforcement, set: setOf(schema) },
});
const under = (...schemas: AppliedSchema[]): Law => ({ ...law, schemas });
const capped = { properties: { cap: { type: 'integer', maximum: 10 } } };
/** Takes exponential time where it does not match. */
const hostile = { properties: { name: { pattern: '^(([a-z])+.)+[A-Z]([a-z])+$' } } };
const poison = `name: ${'a'.repeat(60)}\n`;

describe('a text that a schema does not allow', () => {
  it('is refused at every door, and with Warn saved with a notice', async () => {
    for (const edit of [anEdit({ body: 'cap: 11\n' }), aRequest('cap: 11\n')]) {
      const refused = await thinker.decide(edit, emptyView, under(applied(capped)));
      expect(refused).toMatchObject({
        kind: 'refused',
        refusal: { kind: 'violates', found: { violations: [{ path: 'cap', line: 1, column: 6 }] } },
      });
      const warned = await thinker.decide(edit, emptyView, under(applied(capped, 'Warn')));
      expect(warned).toMatchObject({ kind: 'save', notices: [{ schema: 'limits', enforcement: 'Warn' }] });
      const fine = await thinker.decide({ ...edit, text: 'cap: 1\n' }, emptyView, under(applied(capped)));
      expect(fine).toMatchObject({ kind: 'save' });
      expect(fine).not.toHaveProperty('notices');
    }
  });

  it('is still what the config has where it was saved before', async () => {
    const head = aVersion(3n, 'cap: 11\n');
    const again = await thinker.decide(anEdit({ body: 'cap: 11\n' }), aView(head), under(applied(capped)));
    expect(again).toMatchObject({ kind: 'unchanged', version: 3n });
  });
});

describe('a merge', () => {
  const texts = [
    'min: 1\n\nmax: 5\n',
    'min: 4\n\nmax: 5\n',
    'min: 1\n\nmax: 2\n',
    'min: 4\n\nmax: 2\n',
  ] as const;
  const [base, head, proposed, merged] = texts;
  const one = aVersion(1n, base);
  const two = aVersion(2n, head);
  // What JSON Schema can say of two places: not both at once.
  const ordered = JSON.parse(
    '{"if": {"properties": {"min": {"minimum": 3}}}, "then": {"properties": {"max": {"minimum": 3}}}}',
  ) as object;
  const conclude = async (text: string, at: Law, facts = {}) => {
    const edit = aRequest(text, { baseVersion: 1n, onStale: 'Merge', ...facts });
    const found = await thinker.decide(edit, aView(two, { base: one }), at);
    if (found.kind !== 'stale') throw new Error(found.kind);
    return thinker.decideStale(edit, found, { base, head }, at, { versions: [], isCut: false });
  };

  it('of two texts that satisfy a schema into one that does not is a clash, with the rule as its reason', async () => {
    expect(await conclude(proposed, under(applied(ordered)))).toMatchObject({
      kind: 'refused',
      refusal: {
        kind: 'violates-together',
        head: { version: 2n },
        stale: { diff: expect.stringContaining('+max: 2') },
        found: { violations: [{ path: 'max', line: 3, message: 'must be >= 3' }] },
      },
    });
    // Without the schema, it is the text that would be saved.
    expect(await conclude(proposed, law)).toMatchObject({ kind: 'save', body: { text: merged } });
  });

  it('is refused before it is shown to be confirmed', async () => {
    const shown = await conclude(proposed, law, { onStale: 'Confirm' });
    expect(shown).toMatchObject({ refusal: { kind: 'unconfirmed' } });
    const refused = await conclude(proposed, under(applied(ordered)), { onStale: 'Confirm' });
    expect(refused).toMatchObject({ refusal: { kind: 'violates-together' } });
  });

  it('tells what is wrong with the author’s own text in its own lines', async () => {
    const text = '# more\nmin: 1\n\nmax: many\n';
    const typed = under(applied({ properties: { max: { type: 'integer' } } }));
    expect(await conclude(text, typed)).toMatchObject({
      refusal: { kind: 'violates', of: 'text', found: { violations: [{ line: 4, column: 6 }] } },
    });
  });

  it('says so where the latest version has it, too', async () => {
    const strict = under(applied({ properties: { min: { maximum: 3 } } }));
    expect(await conclude('min: 1\n\nmax: 6\n', strict)).toMatchObject({
      refusal: { kind: 'violates', of: 'latest', found: { violations: [{ path: 'min' }] } },
    });
  });

  it('carries what a schema that only warns says to the merged text', async () => {
    expect(await conclude(proposed, under(applied(ordered, 'Warn')))).toMatchObject({
      ...{ kind: 'save', versionKind: 'merged' },
      notices: [{ violations: [{ path: 'max' }] }],
    });
  });
});

describe('a hostile schema', () => {
  it('refuses the text that it takes too long for, by its name, and holds up nothing else', async () => {
    const slow = thinker.decide(aRequest(poison), emptyView, under(applied(hostile)));
    const others = ['a', 'b', 'c'].map(namespace =>
      thinker.decide(
        aRequest('cap: 11\n', { config: { namespace, path: 'x.yaml' } }),
        emptyView,
        under(applied(capped)),
      ),
    );
    expect(await slow).toMatchObject({
      refusal: { kind: 'unchecked', schema: 'limits', why: expect.stringContaining('it takes more than') },
    });
    for (const other of await Promise.all(others))
      expect(other).toMatchObject({ refusal: { kind: 'violates' } });
    const harmless = await thinker.decide(aRequest('name: a.Ab\n'), emptyView, under(applied(hostile)));
    expect(harmless).toMatchObject({ kind: 'save' });
  });

  it('that only warns lets the text through, and says that it was not checked', async () => {
    const warned = await thinker.decide(aRequest(poison), emptyView, under(applied(hostile, 'Warn')));
    expect(warned).toMatchObject({ kind: 'save', notices: [{ kind: 'unfinished', schema: 'limits' }] });
  });

  it('too large to be compiled, or too deep, is wrong and refuses nothing', async () => {
    let deep: object = { type: 'integer' };
    for (let n = 0; n < 5_000; n += 1) deep = { properties: { a: deep } };
    const enums = { enum: Array.from({ length: 200_000 }, (_, n) => `value ${n}`) };
    for (const schema of [deep, enums]) {
      const decision = await thinker.decide(aRequest('cap: 1\n'), emptyView, under(applied(schema)));
      expect(['save', 'refused']).toContain(decision.kind);
      const next = await thinker.decide(aRequest('cap: 1\n'), emptyView, under(applied(capped)));
      expect(next.kind).toBe('save');
    }
    const verdict = await thinker.schemas.verdict(setOf(deep));
    expect(verdict).toMatchObject({ ok: false });
    expect(await thinker.decide(aRequest('a: x\n'), emptyView, under(applied(deep)))).toMatchObject({
      kind: 'save',
    });
  });
});

it('a save that no schema is about asks the thread nothing', async () => {
  const asked: string[] = [];
  const noting = { run: (task: string) => Promise.resolve(asked.push(task)) } as unknown as Offload;
  const aside = new Thinker(noting, { maxBodyBytes: 1_048_576 });
  expect(await aside.decide(aRequest('cap: 11\n'), emptyView, law)).toMatchObject({ kind: 'save' });
  expect(asked).toEqual([]);
});

it('a schema is compiled once for each of its states', async () => {
  const asked: string[] = [];
  const noting = {
    run: (task: string) =>
      Promise.resolve(asked.push(task) && (task === 'verdictOf' ? { ok: true } : { kind: 'satisfied' })),
  } as unknown as Offload;
  const checker = new SchemaChecker(noting, systemClock);
  for (let n = 0; n < 3; n += 1) await checker.check([applied(capped)], 'cap: 1\n', 'yaml');
  expect(asked).toEqual(['verdictOf', 'checkText', 'checkText', 'checkText']);
  expect(await checker.check([applied(capped)], 'cap: 1\n', 'text')).toEqual([]);
  expect(asked).toHaveLength(4);
});
