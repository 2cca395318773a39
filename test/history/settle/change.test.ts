/** What a change would become, for whoever asks with a dry run, is what it becomes. */
import { expect, test } from 'vitest';
import type { Law } from '../../../history/core/grants.ts';
import { type Ask, decideAsk } from '../../../history/core/request.ts';
import { unwritten } from '../../../history/settle/change.ts';
import { readBody } from '../../../text/body.ts';
import { aVersion, aView, emptyView } from '../core/make.ts';

const law: Law = { write: null, read: null, policy: {} };
const ask: Ask = {
  config: { namespace: 'payments', path: 'limits/eu.yaml' },
  ...{ format: 'yaml', text: 'a: 9\n', baseVersion: null, onStale: null, confirm: null, git: {} },
};
const deleted = { ...emptyView, config: { id: '1', format: 'yaml', lastVersion: 7n } } as const;

test.each([
  ['a new config', emptyView, 1n, null],
  ['a config that was deleted', deleted, 8n, null],
  ['a config that is there', aView(aVersion(7n, 'a: 1\n')), 8n, 7n],
] as const)('%s: the version it would get, and the one before it', (_, view, version, previous) => {
  const outcome = decideAsk(ask, view, (text, format) => readBody(text, format), law);
  if (outcome.kind === 'stale') throw new Error(outcome.kind);
  const change = { ...ask, law, comment: '', promoted: false };
  expect(unwritten({ change, view, outcome })).toMatchObject({ kind: 'ready', version, previous });
});
