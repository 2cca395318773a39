/** What a change would become, for whoever asks with a dry run, is what it becomes. */
import { expect, test } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import { editOfChange, type RequestedChange, unwritten } from '../../../history/settle/change.ts';
import { readBody } from '../../../text/body.ts';
import { aVersion, aView, emptyView, law, person } from '../core/make.ts';

const change: RequestedChange = {
  config: { namespace: 'payments', path: 'limits/eu.yaml' },
  ...{
    format: 'yaml',
    text: 'a: 9\n',
    baseVersion: null,
    unstated: 'overwrite',
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
  expect(unwritten({ change, view, decision })).toMatchObject({ kind: 'ready', version, previous });
});
