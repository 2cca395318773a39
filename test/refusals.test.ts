/**
 * Every refusal at every door: the same facts lead to the same reason, in the door's own words, short enough to be read
 * in a table. The compiler holds the list of refusals complete: one that is new needs a row here.
 */
import { describe, expect, it } from 'vitest';
import { unapproved, unapprovedRefusal } from '../history/core/approval.ts';
import { decide, type RefusedEdit } from '../history/core/decide.ts';
import { decideDelete } from '../history/core/delete.ts';
import type { Edit } from '../history/core/edit.ts';
import { refuseImport } from '../history/core/import.ts';
import { approvalUnder, type Law } from '../history/core/law.ts';
import { type Refusal, type RefusalOf, reasonOf } from '../history/core/refusal.ts';
import { blame, decideStale, staleEditOf } from '../history/core/stale.ts';
import { textToCheck, underSchemas } from '../history/core/under-schemas.ts';
import { underSecrets } from '../history/core/under-secrets.ts';
import type { Line, VersionRecord, View } from '../history/words/model.ts';
import type { SchemaFinding } from '../history/words/schema.ts';
import type { SecretSearch } from '../history/words/secret.ts';
import { stallOf } from '../operator/object/refusal-words.ts';
import { refusedBy, slugOf } from '../server/problems.ts';
import type { BodyProblem } from '../text/body.ts';
import {
  aLine,
  anEdit,
  aRequest,
  aVersion,
  aView,
  emptyView,
  law,
  person,
  readAnything,
} from './history/core/make.ts';

const long = (of: string) => of.repeat(40).slice(0, 250);
const config = { namespace: 'payments', path: 'limits/eu.yaml' };
const about = {
  source: { namespace: 'payments', name: 'limits' },
  configMap: { enabled: true, name: 'limits-eu.yaml', key: 'eu.yaml', format: 'Source' },
} as const;
/** As long as names may be. */
const lengthy = {
  source: { namespace: 'n'.repeat(63), name: 'o'.repeat(253) },
  configMap: { enabled: true, name: 'm'.repeat(253), key: 'k'.repeat(253), format: 'Source' },
} as const;

const texts = ['cap: 1\n\nfee: 1\n', 'cap: 2\n\nfee: 1\n', 'cap: 2\n\nfee: 2\n'] as const;
const [one, two, three] = texts.map((text, n) =>
  aVersion(BigInt(n + 1), text, { author: '', actor: person('ada@example.com'), comment: 'raise it' }),
) as [VersionRecord, VersionRecord, VersionRecord];
const problem: BodyProblem = {
  ...{ reason: 'InvalidBody', code: 'Syntax', line: 2, column: 3, message: 'line 2, column 3: no value' },
};
const unreadable = () => ({ ok: false, problem }) as const;

interface Sight {
  readonly edit: Edit;
  readonly view: View;
  readonly law?: Law;
  readonly read?: typeof readAnything | typeof unreadable;
  /** What schemas say, by text. Absent: nothing. */
  readonly findings?: Readonly<Record<string, readonly SchemaFinding[]>>;
  /** What a search for secrets says of the text that would be saved. Absent: nothing. */
  readonly search?: SecretSearch;
  /** The text of the base, where it is another one than version 1. */
  readonly base?: string;
}

/** As far as pure code goes; as settle does with a store. */
function refusalOf(sight: Sight): Refusal {
  const { edit, view, law: at = law, read = readAnything, base = texts[0], findings = {}, search } = sight;
  const found = decide(edit, view, read as typeof readAnything, at);
  const rule = approvalUnder(at, edit.config.path);
  if (found.kind === 'save' && rule) {
    const waiting = unapproved(edit, found, view.head, texts[2], rule, read as typeof readAnything);
    return unapprovedRefusal(edit, waiting, { approvals: null, rejection: null });
  }
  if (found.kind === 'save') {
    const held = underSchemas(edit, found, findings[edit.text] ?? [], view.head);
    if (held.kind === 'refused') return held.refusal;
    const searched = search && underSecrets(edit, found, { ...ofSecrets(search, view), proposed: null });
    if (searched?.kind === 'refused') return searched.refusal;
  }
  if (found.kind === 'refused') return found.refusal;
  if (found.kind !== 'stale') throw new Error(found.kind);
  const since = [one, two, three].map((record, n) => ({ record, text: texts[n]! }));
  const [sides, newest] = [
    { base, head: texts[2] },
    { versions: since, isCut: false },
  ];
  const decision = decideStale(edit, found, sides, read as typeof readAnything, at, newest);
  const text = textToCheck(decision);
  if (text !== null && findings[text]) {
    const [proposed, head] = [findings[edit.text] ?? [], findings[texts[2]] ?? []];
    const both = { stale: staleEditOf(edit, found, sides), proposed, head };
    const held = underSchemas(edit, decision, findings[text], view.head, both);
    if (held.kind === 'refused') return (held as RefusedEdit).refusal;
  }
  const clean = { kind: 'clean' } as const;
  const searched = search && underSecrets(edit, decision, { ...ofSecrets(search, view), proposed: clean });
  if (searched?.kind === 'refused') return searched.refusal;
  if (decision.kind === 'clash') return blame(config, decision, since);
  if (decision.kind !== 'refused') throw new Error(decision.kind);
  return decision.refusal;
}

const ofSecrets = (search: SecretSearch, { head }: View) => ({ policy: 'Refuse', search, head }) as const;

/** The same change as an object proposes it, and as a request asks for it. */
type Door = 'object' | 'request';
const doors: readonly Door[] = ['object', 'request'];
const through = (door: Door, text: string, facts: Partial<Edit> = {}): Edit => {
  const actor = person('cem');
  return door === 'object'
    ? { ...anEdit({ body: text }), actor, ...facts }
    : aRequest(text, { actor, ...facts });
};

const onto = aView(three, { base: one });
const under = (policy: Law['policy']): Law => ({ ...law, policy });
const noRight: Refusal = {
  ...{ kind: 'no-right', config, right: 'write', from: 'teams', readable: false },
  rules: { kind: 'listed', paths: ['rates'] },
};
const merged = 'cap: 2\n\nfee: 2\nnew: 1\n';
const freeze = {
  name: 'all',
  reason: 'Year-end closing',
  until: '2027-01-02T06:00:00Z',
  by: 'ada@example.com',
};
const notAllowed: SchemaFinding = {
  ...{ kind: 'violated', schema: 'limits', enforcement: 'Refuse', more: 2 },
  violations: [
    {
      ...{ schema: 'limits', pointer: '/new', path: 'new', line: 4, column: 1, rule: 'additionalProperties' },
      message: 'is not a known key; did you mean net? (known: net, cap, fee)',
    },
  ],
};
const leaked: SecretSearch = {
  kind: 'found',
  fresh: {
    places: [
      {
        ...{ pointer: '/new', path: 'new', line: 4, column: 6, rule: 'known-key' },
        message: 'holds a literal secret',
      },
    ],
    more: 2,
  },
  known: { places: [], more: 0 },
};
const mine = 'cap: 1\n\nfee: 1\nnew: 1\n';
const line = (facts: Partial<Line>): Line => aLine(texts[1], { version: 2n, uid: 'uid-0', ...facts });

/** How each refusal comes about; null: a door knows no such thing. */
const rows: { readonly [Kind in Refusal['kind']]: Partial<Record<Door | 'delete', () => Refusal>> } = {
  'not-a-path': both(door => ({
    edit: through(door, 'a', { config: { ...config, path: 'a//b' } }),
    view: onto,
  })),
  'no-right': {
    ...both(door => ({ edit: through(door, 'a'), view: onto, law: { ...law, write: noRight } })),
    delete: () => deleting({ ...law, delete: { ...noRight, right: 'delete' } as Refusal }),
  },
  'no-commit': {
    ...both(door => ({ edit: through(door, 'a'), view: onto, law: under({ requireGitCommit: true }) })),
    delete: () => deleting(under({ requireGitCommit: true })),
  },
  dirty: {
    ...both(door => ({
      ...{ edit: through(door, 'a', { git: { commit: 'c0ffee1', dirty: true } }), view: onto },
      law: under({ allowDirty: false }),
    })),
    delete: () => deleting(under({ allowDirty: false }), { git: { dirty: true } }),
  },
  unreadable: both(door => ({ edit: through(door, 'a'), view: onto, read: unreadable })),
  'too-hard': given({ kind: 'too-hard', config, why: 'it took longer than 10 s' }),
  unstorable: given({ kind: 'unstorable', config, why: 'the comment has a NUL' }),
  twice: { request: () => ({ kind: 'twice', config }) },
  'other-format': both(door => ({ edit: through(door, '{}', { format: 'json' }), view: onto })),
  exists: both(door => ({ edit: through(door, mine, { baseVersion: 0n }), view: onto })),
  'base-demanded': {
    ...both(door => ({ edit: through(door, mine), view: onto, law: under({ requireBaseVersion: true }) })),
    delete: () => deleting(under({ requireBaseVersion: true })),
  },
  'base-unknown': { object: () => refusalOf({ edit: through('object', mine), view: onto }) },
  'base-spent': {
    object: () =>
      refusalOf({
        edit: through('object', texts[0], { baseVersion: 1n }),
        view: aView(three, { base: one, line: line({ baseVersion: 1n }) }),
      }),
  },
  'older-text': {
    request: () =>
      refusalOf({
        edit: through('request', texts[0]),
        view: aView(three),
        ...{ law: under({ requireBaseVersion: false }), base: texts[2] },
      }),
  },
  'base-ahead': both(door => ({ edit: through(door, mine, { baseVersion: 9n }), view: aView(three) })),
  'base-gone': both(door => ({ edit: through(door, mine, { baseVersion: 2n }), view: aView(three) })),
  'base-another': both(door => ({
    edit: through(door, mine, { baseVersion: 1n, known: { version: 1n, sha256: 'another' } }),
    view: onto,
  })),
  rejected: both(door => ({ edit: through(door, mine, { baseVersion: 1n, onStale: 'Reject' }), view: onto })),
  unmergeable: both(door => ({
    edit: through(door, 'cap: [1\n', { baseVersion: 1n, onStale: 'Merge' }),
    view: onto,
  })),
  unsavable: {
    object: () => unsavable('object'),
    request: () => unsavable('request'),
  },
  frozen: {
    ...both(door => ({
      edit: through(door, mine, { baseVersion: 3n }),
      view: onto,
      law: { ...law, freeze },
    })),
    delete: () => deleting({ ...law, freeze }),
  },
  unapproved: both(door => ({
    edit: through(door, mine, { baseVersion: 3n }),
    view: aView(three, { base: three }),
    law: under({ approval: [{ count: 2 }] }),
  })),
  unkeepable: {
    delete: () => deleting(under({ approval: [{}] })),
    request: () => ({ kind: 'unkeepable', config, what: 'elsewhere', head: three }),
  },
  violates: both(door => ({
    ...{ edit: through(door, mine, { baseVersion: 3n }), view: aView(three, { base: three }) },
    findings: { [mine]: [notAllowed] },
  })),
  'violates-together': both(door => ({
    ...{ edit: through(door, mine, { baseVersion: 1n, onStale: 'Merge' }), view: onto },
    findings: { [merged]: [notAllowed] },
  })),
  unchecked: both(door => ({
    ...{ edit: through(door, mine, { baseVersion: 3n }), view: aView(three, { base: three }) },
    findings: {
      [mine]: [
        { kind: 'unfinished', schema: 'limits', enforcement: 'Refuse', why: 'it takes longer than 2 s' },
      ],
    },
  })),
  secret: both(door => ({
    ...{ edit: through(door, mine, { baseVersion: 3n }), view: aView(three, { base: three }) },
    search: leaked,
  })),
  unsearched: both(door => ({
    ...{ edit: through(door, mine, { baseVersion: 1n, onStale: 'Merge' }), view: onto },
    search: { kind: 'unfinished', why: 'it takes more than 2 s' },
  })),
  clash: both(door => ({ edit: through(door, 'cap: 9\n\nfee: 9\n', { baseVersion: 1n }), view: onto })),
  unconfirmed: both(door => ({
    edit: through(door, mine, { baseVersion: 1n, confirm: 'another' }),
    view: onto,
  })),
  'over-quota': given({
    ...{ kind: 'over-quota', config, head: three },
    exceeded: { namespace: config.namespace, quota: 'bytes', limit: 10_000n, used: 9_999n },
  }),
  'not-in-git': {
    request: () => {
      const commit = {
        ...{ config, format: null, text: mine, author: 'Ada <ada@example.com>', comment: '', after: 3n },
        ...{
          authored: { at: new Date(0), offsetMinutes: 0 },
          git: { commit: 'c0ffee1' },
          parentSha256: null,
        },
      };
      return refuseImport(commit, aView(three))!;
    },
  },
  moved: { delete: () => deleting(law, { baseVersion: 1n }) },
};

function both(sight: (door: Door) => Sight): Record<Door, () => Refusal> {
  return { object: () => refusalOf(sight('object')), request: () => refusalOf(sight('request')) };
}

function given(refusal: Refusal): Record<Door, () => Refusal> {
  return { object: () => refusal, request: () => refusal };
}

function deleting(at: Law, ask: object = {}): Refusal {
  const decision = decideDelete(
    { config, baseVersion: null, git: {}, object: null, ...ask },
    aView(three),
    at,
  );
  if (decision.kind !== 'refused') throw new Error(decision.kind);
  return decision.refusal;
}

function unsavable(door: Door): Refusal {
  const read = (text: string) => (text === mine ? readAnything(text) : unreadable());
  return refusalOf({
    edit: through(door, mine, { baseVersion: 1n }),
    view: onto,
    read: read as typeof readAnything,
  });
}

const kinds = Object.keys(rows) as readonly Refusal['kind'][];

describe.each(kinds)('the refusal %s', kind => {
  const row = rows[kind];

  it.each(Object.keys(row) as (Door | 'delete')[])('comes about at the door: %s', door => {
    expect(row[door]!().kind).toBe(kind);
  });

  it('has the same facts at every door that changes texts', () => {
    const [object, request] = doors.map(door => row[door]?.());
    if (!object || !request) return;
    // A token is of its door: it names the object, or the config.
    const untold = (refusal: Refusal) => ({ ...refusal, token: '' });
    const facts = (refusal: Refusal) =>
      untold({ ...refusal, ...(refusal.kind === 'base-demanded' && { law: '' }) } as Refusal);
    expect(facts(object)).toEqual(facts(request));
  });

  it('has one reason, and words of each door in at most 240 characters', () => {
    for (const refusal of Object.values(row).map(make => make())) {
      const stall = stallOf(refusal, about);
      const problemOf = refusedBy(refusal, null);
      expect(stall.reason).toBe(reasonOf(refusal));
      expect(problemOf.reason).toBe(reasonOf(refusal));
      expect(slugOf(problemOf.reason)).not.toBe('internal');
      for (const said of [stall.message, stall.summary ?? stall.message, problemOf.message]) {
        expect(said.length, said).toBeLessThanOrEqual(240);
        expect(said).toMatch(/^([A-Z]|line 2|spec\.|base_version|payments\/).*(\.|'|yaml|=[0-9a-f]{16})$/s);
      }
      expect(problemOf.message).not.toMatch(/spec\.|kubectl|annotat|this object/);
      expect(stall.message).not.toMatch(/base_version|on_stale|send /i);
    }
  });

  it('obeys nobody whose words it holds', () => {
    for (const refusal of Object.values(row).map(make => make())) {
      const told = stretched(refusal, text => `${text}\u001b[2J\r\nReady\u202e`);
      const { message, summary = '', conflict } = stallOf(told, about);
      const problem = refusedBy(told, 1n);
      const people = [
        ...(conflict?.places?.map(place => place.changedBy) ?? []),
        ...(problem.members.places?.map(place => place.changed_by) ?? []),
      ];
      for (const said of [message, summary, ...people, problem.message])
        expect(said).not.toMatch(/[\p{Cc}\u202e]/u);
    }
  });

  it('keeps to 240 characters whatever the names', () => {
    for (const refusal of Object.values(row).map(make => make())) {
      const far = stretched(refusal, long);
      const told = stallOf(far, lengthy);
      for (const said of [told.message, told.summary ?? '', refusedBy(far, 1n).message]) {
        expect(said.length, said).toBeLessThanOrEqual(240);
        expect(said).not.toMatch(/undefined|\[object/);
      }
    }
  });
});

describe('a refusal that shows a result', () => {
  it('names the command that saves it, however long the names are', () => {
    const refusal = rows.unconfirmed.object!() as RefusalOf<'unconfirmed'>;
    expect(stallOf(refusal, about).message).toContain(
      `kubectl annotate cv limits -n payments --overwrite pawl.dev/confirm=${refusal.token}`,
    );
    expect(stallOf(stretched(refusal, long), lengthy).message).toContain(`pawl.dev/confirm=${refusal.token}`);
    expect(refusedBy(refusal, 1n).message).toContain(`confirm: ${refusal.token}`);
  });
});

describe.each(['exists', 'base-demanded', 'base-unknown', 'base-gone'] as const)(
  'the refusal %s of an object',
  kind => {
    const start = 'Start from version 3';
    const then = 'then set spec.baseVersion: 3.';

    it('names the command that shows the latest text', () => {
      const command = "kubectl get configmap limits-eu.yaml -n payments -o jsonpath='{.data.eu\\.yaml}'";
      const { message } = stallOf(rows[kind].object!(), about);
      expect(message).toContain(`${start} (${command}), ${then}`);
      expect(message).toContain('version 3 by ada@example.com');
    });

    it('names none where the ConfigMap shows that text in another format', () => {
      const converted = { ...about, configMap: { ...about.configMap, format: 'json' } } as const;
      const { message } = stallOf(rows[kind].object!(), converted);
      expect(message).toContain(`${start}, ${then}`);
      expect(message).not.toContain('kubectl');
    });
  },
);

/** With names, people and texts as whoever writes them may have made them, such as very long. */
function stretched(refusal: Refusal, say: (of: string) => string): Refusal {
  const who = (record: VersionRecord): VersionRecord => ({
    ...record,
    version: 9_007_199_254_740_991n,
    author: say('somebody.with.a.long.name@example.com '),
    comment: say('because '),
  });
  return {
    ...refusal,
    config: { namespace: 'n'.repeat(63), path: `${long('deep/')}x` },
    ...('head' in refusal && refusal.head && { head: who(refusal.head) }),
    ...('exceeded' in refusal && {
      exceeded: { ...refusal.exceeded, namespace: 'n'.repeat(63), limit: 2n ** 62n, used: 2n ** 62n },
    }),
    ...('older' in refusal && { older: who(refusal.older) }),
    ...('stale' in refusal && { stale: { ...refusal.stale, head: who(refusal.stale.head) } }),
    ...('takesBack' in refusal && { takesBack: [who(three)] }),
    ...('why' in refusal && { why: say('why ') }),
    ...('from' in refusal && { from: 'f'.repeat(63) }),
    ...('problem' in refusal && { problem: { ...refusal.problem, message: say('no ') } }),
    // Of our own making (text/config-path.ts).
    ...('fault' in refusal && { fault: long('no ') }),
    ...('freeze' in refusal && {
      freeze: { ...refusal.freeze, reason: say('because '), by: say('somebody@example.com') },
    }),
    ...('schema' in refusal && { schema: say('schema-') }),
    ...(refusal.kind === 'secret' && {
      found: {
        ...refusal.found,
        places: refusal.found.places.map(one => ({ ...one, path: say('key.'), rule: say('rule-') })),
      },
    }),
    ...('found' in refusal &&
      refusal.kind !== 'secret' && {
        found: {
          ...refusal.found,
          schema: say('schema-'),
          violations: refusal.found.violations.map(one => ({
            ...one,
            path: say('key.'),
            message: say('must '),
          })),
        },
      }),
    ...('places' in refusal && {
      places: refusal.places.flatMap(place =>
        Array.from({ length: 9 }, (_, n) => ({ ...place, path: say(`place${n}.`), by: who(place.by) })),
      ),
    }),
  } as Refusal;
}

it('a config that has no version is gone in the words of each door', () => {
  const refusal = refusalOf({ edit: through('request', mine, { baseVersion: 3n }), view: emptyView });
  expect(stallOf(refusal, about).message).toContain('leave out spec.baseVersion');
  expect(refusedBy(refusal, 3n).message).toContain('leave base_version out');
  const gone = refusalOf({ edit: through('request', mine, { mustExist: true }), view: emptyView });
  const { reason, message } = refusedBy(gone, null);
  expect([reason, message]).toEqual([
    'BaseVersionGone',
    'payments/limits/eu.yaml has no version now, and this request may only change one that exists. ' +
      'With the right to create it, send base_version: 0 in place of If-Match: *.',
  ]);
});
