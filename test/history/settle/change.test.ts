/** What a change would become, for whoever asks with a dry run, is what it becomes. */
import { expect, test } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import { decideStale } from '../../../history/core/stale.ts';
import { nothingSince } from '../../../history/core/take-back.ts';
import { editOfChange, type RequestedChange, toSave, unwritten } from '../../../history/settle/change.ts';
import { readBody } from '../../../text/body.ts';
import { aVersion, aView, emptyView, law, person, sha } from '../core/make.ts';

const change: RequestedChange = {
  config: { namespace: 'payments', path: 'limits/eu.yaml' },
  ...{
    format: 'yaml',
    text: 'a: 9\n',
    baseVersion: null,
    unstated: 'overwrite',
    mustExist: false,
    onStale: null,
    confirm: null,
  },
  ...{ law, comment: '', promoted: false },
};
const deleted = { ...emptyView, config: { id: '1', format: 'yaml', lastVersion: 7n } } as const;

test.each([
  ['a new config', emptyView, 1n, null],
  ['a config that was deleted', deleted, 8n, null],
  ['a config that is there', aView(aVersion(7n, 'a: 1\n')), 8n, 7n],
] as const)('%s: the version it would get, and the one before it', (_, view, version, previous) => {
  const edit = editOfChange(change, { actor: person('ann'), git: {} });
  const decision = decide(edit, view, (text, format) => readBody(text, format), law);
  if (decision.kind !== 'save') throw new Error(decision.kind);
  expect(unwritten({ change, view, decision }, person('ann'))).toMatchObject({
    kind: 'ready',
    version,
    previous,
  });
});

test('a change that the latest holds already is written and answered with the checksum of the latest', () => {
  const [base, head, text] = ['a: 1\n\nb: 1\n', 'a: 2\n\nb: 2\n', 'a: 2\n\nb: 1\n'];
  const view = aView(aVersion(2n, head), { base: aVersion(1n, base) });
  const stated = { ...change, text, baseVersion: 1n, unstated: 'latest' } as const;
  const edit = editOfChange(stated, { actor: person('ann'), git: {} });
  const read = (body: string, format: 'yaml') => readBody(body, format);
  const found = decide(edit, view, read as typeof readBody, law);
  if (found.kind !== 'stale') throw new Error(found.kind);
  const decision = decideStale(edit, found, { base, head }, read as typeof readBody, law, nothingSince);
  if (decision.kind !== 'unchanged') throw new Error(decision.kind);
  expect(toSave({ change: stated, view, decision })).toMatchObject({ kind: 'unchanged', sha256: sha(head) });
  expect(unwritten({ change: stated, view, decision }, person('ann'))).toMatchObject({
    version: 2n,
    sha256: sha(head),
  });
});
