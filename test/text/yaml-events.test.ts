import { expect, test } from 'vitest';
import { merge } from '../../merge/merge.ts';
import { readBody } from '../../text/body.ts';
import { readYamlEvents } from '../../text/yaml-events.ts';

test('a text that was just read is not read again', () => {
  const text = 'a: 1\nb: [2, 3]\n';
  const events = readYamlEvents(text);
  expect(events).not.toBeNull();
  expect(readYamlEvents([...text].join(''))).toBe(events);
  expect(readYamlEvents('a: 1\nb: [2, 4]\n')).not.toBe(events);
});

test('what a merge has read is what the strict reader of its result reads', () => {
  const [base, current, proposed] = ['a: 1\nb: 2\n', 'a: 1\nb: 3\n', 'a: 4\nb: 2\n'];
  const result = merge(base, current, proposed, { format: 'yaml' });
  const text = result.kind === 'clean' ? result.text : '';
  const events = readYamlEvents(text);
  expect(readBody(text, 'yaml')).toMatchObject({ ok: true, body: { json: '{"a":4,"b":3}' } });
  expect(readYamlEvents(text)).toBe(events);
});

test('a text that is left to the library is left each time', () => {
  for (const _ of [1, 2]) expect(readYamlEvents('%YAML 1.2\n---\na: 1\n')).toBeNull();
});
