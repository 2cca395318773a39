/**
 * A fault of the parser that the merge and its verifier share is found by the other one.
 */
import { getScalarValue, parseEvents } from 'js-yaml';
import { afterEach, expect, test, vi } from 'vitest';
import { merge } from '../../merge/merge.ts';

vi.mock('js-yaml', async original => {
  const real = await original<typeof import('js-yaml')>();
  return { ...real, parseEvents: vi.fn(real.parseEvents), getScalarValue: vi.fn(real.getScalarValue) };
});

const base = 'a: 1\nb:\n  - name: x\n    v: "one"\n  - name: y\n    v: "two"\nc: 1\n';
const current = base.replace('c: 1', 'c: 2');
const proposed = base.replace('"two"', '"three"');

/** A text that was just read is not read again: each test has texts of its own. */
const named = (text: string, name: string) => text.replaceAll('name: ', `${name}: `);

afterEach(() => {
  vi.mocked(parseEvents).mockRestore();
  vi.mocked(getScalarValue).mockRestore();
});

test('both parsers agree on a usual merge', () => {
  expect(merge(base, current, proposed, { format: 'yaml' }).kind).toBe('clean');
});

test('a text that the shared parser reads as another is a doubt', async () => {
  const real = await vi.importActual<typeof import('js-yaml')>('js-yaml');
  vi.mocked(getScalarValue).mockImplementation((input, scalar) =>
    real.getScalarValue(input, scalar).replace('three', 'tree'),
  );
  vi.mocked(parseEvents).mockImplementation((input, options) =>
    real.parseEvents(input, options).map(event => ('fast' in event ? { ...event, fast: false } : event)),
  );
  const [b, c, p] = [base, current, proposed].map(text => named(text, 'id'));
  expect(merge(b!, c!, p!, { format: 'yaml' })).toMatchObject({
    kind: 'clash',
    places: [{ kind: 'Unverified', detail: 'two parsers do not read proposed alike' }],
  });
});

test('an item that the shared parser overlooks is a doubt', async () => {
  const real = await vi.importActual<typeof import('js-yaml')>('js-yaml');
  // Of the pair `v: "three"` and all that comes with it, nothing.
  vi.mocked(parseEvents).mockImplementation((input, options) => {
    const events = real.parseEvents(input, options);
    const at = events.findIndex(
      event => 'valueStart' in event && input.slice(event.valueStart).startsWith('three'),
    );
    return at === -1 ? events : events.toSpliced(at - 1, 2);
  });
  const [b, c, p] = [base, current, proposed].map(text => named(text, 'key'));
  expect(merge(b!, c!, p!, { format: 'yaml' })).toMatchObject({
    kind: 'clash',
    places: [{ kind: 'Unverified', detail: 'two parsers do not read proposed alike' }],
  });
});

test('a line that the shared parser overlooks above an entry that both texts have is a doubt', async () => {
  const real = await vi.importActual<typeof import('js-yaml')>('js-yaml');
  vi.mocked(parseEvents).mockImplementation((input, options) => {
    const events = real.parseEvents(input, options);
    const at = events.findIndex(
      event => 'valueStart' in event && input.slice(event.valueStart).startsWith('overlooked'),
    );
    return at === -1 ? events : events.toSpliced(at, 2);
  });
  const b = `${named(base, 'slug')}d: 1\n`;
  const p = b.replace('c: 1', 'overlooked: 1\nc: 1');
  expect(merge(b, b.replace('d: 1', 'd: 2'), p, { format: 'yaml' })).toMatchObject({
    kind: 'clash',
    places: [{ kind: 'Unverified', detail: 'two parsers do not read proposed alike' }],
  });
});
