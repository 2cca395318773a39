/** Messages of events: CloudEvents as the CNCF's library reads them, and text for Slack; values only where asked for. */
import { CloudEvent, HTTP } from 'cloudevents';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { VersionDetail } from '../../history/words/history.ts';
import type { DueNotification, HappenedEvent, LoggedRefusal } from '../../history/words/notification.ts';
import { type EventFacts, kindOf, messageOf, notificationId } from '../../operator/notify/event.ts';
import { changedPlaces } from '../../operator/notify/places.ts';
import type { ConfigNotifierSpec } from '../../operator/object/config-notifier.ts';

const at = new Date('2026-11-29T00:00:00.000Z');
const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const due = (more: Partial<DueNotification> = {}): DueNotification => ({
  ...{ id: '1', event: 'msg_1', kind: 'Saved', config, version: 9n, entry: null, at, attempts: 1 },
  ...more,
});
const version = (more: Partial<VersionDetail> = {}): VersionDetail => ({
  ...{ version: 9n, sha256: 'ab12', kind: 'direct', baseVersion: 8n, author: 'ada@example.com' },
  ...{ actor: { name: 'system:admin', verified: true }, comment: 'raise the cap', git: { commit: '3f2c' } },
  ...{
    createdAt: at,
    mergedOnto: null,
    mergedPaths: [],
    confirmedBy: null,
    approvals: [],
    object: null,
    authored: null,
    bytes: 9,
  },
  ...more,
});
const refusal: LoggedRefusal = {
  ...{ deployer: { name: 'cem', verified: true }, object: { namespace: 'payments', name: 'limits' } },
  ...{ reason: 'VersionConflict', message: 'Changed by both: cap, from 1000 to 1200.', latest: 9n },
};
const places = changedPlaces('cap: 1200\nfee: 1\n', 'cap: 1000\n', 'yaml');

const cluster = 'default';
const webhook: ConfigNotifierSpec = { url: 'https://hooks.example.com', signingSecret: { name: 's' } };
const slack: ConfigNotifierSpec = { url: 'https://hooks.example.com', format: 'Slack' };
const bodyOf = (spec: ConfigNotifierSpec, facts: EventFacts, of = due()) =>
  messageOf(of, facts, { spec, cluster }).body;
const textOf = (spec: ConfigNotifierSpec, facts: EventFacts, of = due()): string =>
  JSON.parse(bodyOf(spec, facts, of)).text;

const target = { kind: 'ConfigMap', namespace: 'pods', name: 'limits' } as const;

describe('what came to be shown', () => {
  it('is told with its target and who saved it; what was not shown with the reason, and the message only where asked for', () => {
    const shown = { version: version(), places, rendering: { target, failure: null } };
    const { type, data } = JSON.parse(bodyOf(webhook, shown, due({ kind: 'Rendered' })));
    expect(type).toBe('dev.pawl.config.rendered');
    expect(data).toMatchObject({ version: '9', author: 'ada@example.com', comment: 'raise the cap', target });
    const failure = { object: 'eu', reason: 'TargetNotOwned', message: 'It shows cap 1000.' };
    const failed = { version: version(), rendering: { target, failure } };
    const told = (spec: ConfigNotifierSpec) =>
      JSON.parse(bodyOf(spec, failed, due({ kind: 'RenderFailed' })));
    expect(told(webhook)).toMatchObject({
      type: 'dev.pawl.config.renderfailed',
      data: { target, reason: 'TargetNotOwned', object: { namespace: 'pods', name: 'eu' } },
    });
    expect(JSON.stringify(told(webhook))).not.toContain('1000');
    expect(told({ ...webhook, includeValues: true }).data.message).toBe('It shows cap 1000.');
    expect(textOf(slack, failed, due({ kind: 'RenderFailed' }))).toBe(
      '*payments/limits/eu.yaml*: ConfigMap pods/limits does not show version 9. TargetNotOwned: see ConfigVersion pods/eu',
    );
  });
});

describe('a CloudEvent', () => {
  it('is read and found valid by the library of the CNCF', () => {
    const { contentType, body } = messageOf(
      due(),
      { version: version(), places },
      { spec: webhook, cluster },
    );
    const event = HTTP.toEvent({ headers: { 'content-type': contentType }, body });
    if (!(event instanceof CloudEvent)) throw new Error('not one event');
    expect(event.validate()).toBe(true);
    expect(event).toMatchObject({
      ...{ specversion: '1.0', id: 'msg_1', type: 'dev.pawl.config.saved', subject: 'limits/eu.yaml' },
      ...{ source: '/clusters/default/namespaces/payments', time: '2026-11-29T00:00:00.000Z' },
    });
    expect(event.data).toEqual({
      ...{ namespace: 'payments', path: 'limits/eu.yaml', version: '9', kind: 'direct' },
      ...{ author: 'ada@example.com', requester: { name: 'system:admin', verified: true } },
      ...{ comment: 'raise the cap', baseVersion: '8', contentSha256: 'ab12', gitCommit: '3f2c' },
      places: [
        { kind: 'replace', pointer: '/cap' },
        { kind: 'add', pointer: '/fee' },
      ],
    });
  });

  it('has the values, and what a refusal says of them, only where they are asked for', () => {
    expect(bodyOf(webhook, { version: version(), places })).not.toContain('1200');
    expect(bodyOf(webhook, { refusal }, due({ kind: 'Conflict', version: null, entry: 5n }))).not.toContain(
      '1200',
    );
    expect(textOf(slack, { version: version(), places })).not.toContain('1200');
    expect(textOf(slack, { refusal }, due({ kind: 'Conflict', version: null, entry: 5n }))).not.toContain(
      '1200',
    );
    const asking = { ...webhook, includeValues: true };
    expect(JSON.parse(bodyOf(asking, { version: version(), places })).data.places[0]).toEqual({
      ...{ kind: 'replace', pointer: '/cap', before: '1000', after: '1200' },
    });
    const told = JSON.parse(bodyOf(asking, { refusal }, due({ kind: 'Conflict', version: null, entry: 5n })));
    expect(told.data).toMatchObject({
      reason: 'VersionConflict',
      message: refusal.message,
      latestVersion: '9',
    });
  });

  it('still tells which version it was of one that is gone', () => {
    const { data } = JSON.parse(bodyOf(webhook, {}));
    expect(data).toEqual({ namespace: 'payments', path: 'limits/eu.yaml', version: '9' });
  });

  it('is small, whatever the comment and however much changed', () => {
    const many = Object.fromEntries(Array.from({ length: 2_000 }, (_, n) => [`k${n}`, n]));
    const all = changedPlaces(JSON.stringify(many), '{}', 'json');
    const facts = { version: version({ comment: 'x'.repeat(100_000) }), places: all };
    const body = bodyOf({ ...webhook, includeValues: true }, facts);
    expect(body.length).toBeLessThan(64 << 10);
    const { data } = JSON.parse(body);
    expect(data.places.length + data.morePlaces).toBe(2_000);
  });
});

describe('a text for Slack', () => {
  it('says who did what, with the template of the notifier where it has one', () => {
    expect(textOf(slack, { version: version(), places })).toBe(
      '*payments/limits/eu.yaml* is at version 9, by ada@example.com (system:admin): raise the cap (/cap, /fee)',
    );
    const own = { ...slack, text: '{{event}} {{version}} {{who}}' };
    expect(textOf(own, { version: version() })).toBe('Saved 9 ada@example.com (system:admin)');
    const waiting = due({ kind: 'Waiting', version: null, entry: 5n });
    expect(textOf(slack, { refusal }, waiting)).toBe(
      '*payments/limits/eu.yaml*: a proposal of cem waits. VersionConflict: see ConfigVersion payments/limits',
    );
  });

  it('mentions nobody and makes no link, whatever an author or a comment says', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (author, comment) => {
        const text = textOf(slack, { version: version({ author, comment: `<!channel>${comment}` }) });
        expect(text).not.toMatch(/[<>]/);
      }),
    );
  });
});

describe('an id', () => {
  const event = (id: string): HappenedEvent => ({
    ...{ id, config, at, what: { kind: 'saved', version: 1n, isMerge: false } },
  });

  it('is the same for the same event and notifier, and no other has it', () => {
    expect(notificationId('uid-1', event('a'))).toBe(notificationId('uid-1', event('a')));
    const ids = ['uid-1', 'uid-2'].flatMap(uid => ['a', 'b'].map(id => notificationId(uid, event(id))));
    expect(new Set(ids).size).toBe(4);
  });
});

it('a merge, a save, a delete and a refusal are each told as what they are', () => {
  const of = (what: HappenedEvent['what']) => kindOf({ id: '', config, at, what });
  expect(of({ kind: 'saved', version: 1n, isMerge: false })).toBe('Saved');
  expect(of({ kind: 'saved', version: 1n, isMerge: true })).toBe('Merged');
  expect(of({ kind: 'deleted', version: 1n })).toBe('Deleted');
  expect(of({ kind: 'refused', entry: 1n, reason: 'VersionConflict' })).toBe('Conflict');
  expect(of({ kind: 'refused', entry: 1n, reason: 'ConfirmationRequired' })).toBe('Waiting');
  expect(of({ kind: 'refused', entry: 1n, reason: 'ApprovalRequired' })).toBe('Waiting');
  expect(of({ kind: 'refused', entry: 1n, reason: 'InvalidBody' })).toBeNull();
});

describe('changed places', () => {
  it('are left out of texts that take long to compare, or cannot be read', () => {
    expect(changedPlaces(`a: ${'x'.repeat(200_000)}`, 'a: 1', 'yaml')).toBeNull();
    expect(changedPlaces('a: [', 'a: 1', 'yaml')).toBeNull();
  });

  it('of a first version are the whole', () => {
    expect(changedPlaces('a: 1\n', null, 'yaml')).toMatchObject({ changes: [{ kind: 'add', pointer: '' }] });
  });
});
