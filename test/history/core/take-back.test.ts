/** What somebody else saved is never taken back unseen by an edit that states no base. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decide } from '../../../history/core/decide.ts';
import { type Edit, isSamePerson } from '../../../history/core/edit.ts';
import type { Law } from '../../../history/core/law.ts';
import { decideStale } from '../../../history/core/stale.ts';
import { nothingSince, takenBack } from '../../../history/core/take-back.ts';
import type { Line, VersionRecord } from '../../../history/words/model.ts';
import { merge } from '../../../merge/merge.ts';
import { aLine, anEdit, aRequest, aVersion, aView, law, person, readAnything } from './make.ts';

const [ada, bob, cem] = ['ada', 'bob', 'cem'].map(person) as [
  ReturnType<typeof person>,
  ReturnType<typeof person>,
  ReturnType<typeof person>,
];
const text = (cap: number, fee: number, more = '') =>
  `# per day\ncap: ${cap}\n# agreed\nfee: ${fee}\n${more}`;

type Saved = readonly [by: VersionRecord['actor'], text: string];

/** The versions of a config, from 1, and the line of the object they came from. */
function past(...saved: readonly Saved[]) {
  const steps = saved.map(([actor, body], n) => ({
    record: aVersion(BigInt(n + 1), body, { actor, author: '' }),
    text: body,
  }));
  const last = steps.at(-1)!;
  const line = (at = steps.length): Line => {
    const { record, text: body } = steps[at - 1]!;
    return aLine(body, { uid: 'uid-0', version: record.version, actor: record.actor });
  };
  return { steps, last, line };
}

function settle(
  edit: Edit,
  { steps, last }: ReturnType<typeof past>,
  line: Line | null,
  at: Law = law,
  newest = steps.length,
) {
  const base = steps.find(({ record }) => record.version === edit.baseVersion)?.record ?? null;
  const found = decide(edit, aView(last.record, { line, base }), readAnything, at);
  if (found.kind !== 'stale') return found;
  const sha = found.base.kind === 'version' ? found.base.record.sha256 : found.base.line.sha256;
  const from = steps.find(({ record }) => record.sha256 === sha)!.text;
  const since = found.unseen
    ? { versions: steps.slice(-newest), isCut: newest < steps.length }
    : nothingSince;
  return decideStale(edit, found, { base: from, head: last.text }, readAnything, at, since);
}

const by = (actor: VersionRecord['actor'], body: string, spec = {}): Edit => ({
  ...anEdit({ body, ...spec }),
  actor,
});

describe('two people on one object, neither of whom states a base', () => {
  const saved = past([ada, text(1000, 5)], [ada, text(1200, 5)]);

  it('are asked before one takes back what the other saved, and are shown what keeps both', () => {
    const decision = settle(by(bob, text(1000, 6)), saved, saved.line());
    expect(decision).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: text(1200, 6), takesBack: [saved.steps[1]!.record] },
    });
    if (decision.kind !== 'refused' || decision.refusal.kind !== 'unconfirmed') throw new Error();
    const confirmed = { ...by(bob, text(1000, 6)), confirm: decision.refusal.token };
    expect(settle(confirmed, saved, saved.line())).toMatchObject({
      kind: 'save',
      versionKind: 'confirmed',
      body: { text: text(1200, 6) },
    });
  });

  it('go on without a question where nothing is taken back', () => {
    expect(settle(by(bob, text(1200, 6)), saved, saved.line())).toMatchObject({
      kind: 'save',
      versionKind: 'direct',
    });
    expect(settle(by(bob, text(1500, 5)), saved, saved.line())).toMatchObject({ kind: 'save' });
    expect(settle(by(bob, text(1200, 5, 'new: 1\n')), saved, saved.line())).toMatchObject({ kind: 'save' });
  });

  it('may take back what they themselves saved, or saw when they last saved', () => {
    expect(settle(by(ada, text(1000, 5)), saved, saved.line())).toMatchObject({ kind: 'save' });
    const seen = past(...saved.steps.map(({ record, text: body }): Saved => [record.actor, body]), [
      bob,
      text(1200, 7),
    ]);
    expect(settle(by(bob, text(1000, 7)), seen, seen.line())).toMatchObject({ kind: 'save' });
    const back = past([bob, text(1000, 5)], [ada, text(1200, 5)]);
    expect(settle(by(bob, text(1000, 6)), back, back.line())).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: text(1200, 6) },
    });
  });

  it('who say with which version they began mean it', () => {
    expect(settle(by(bob, text(1000, 6), { baseVersion: 2 }), saved, saved.line())).toMatchObject({
      kind: 'save',
      body: { text: text(1000, 6) },
    });
  });

  it('are merged without a question where they say so', () => {
    expect(settle(by(bob, text(1000, 6), { onStale: 'Merge' }), saved, saved.line())).toMatchObject({
      kind: 'save',
      versionKind: 'merged',
      body: { text: text(1200, 6) },
    });
    const merging = { ...law, policy: { onStale: 'Merge' as const } };
    expect(settle(by(bob, text(1000, 6)), saved, saved.line(), merging)).toMatchObject({ kind: 'save' });
  });

  it('are not asked about what an engine puts back, where they say that all is merged', () => {
    const merging = { ...law, policy: { onStale: 'Merge' as const } };
    const edited = past([ada, text(1000, 5)], [bob, text(1000, 9)]);
    const putBack = (spec = {}) => by(ada, text(1000, 5), spec);
    const kept = { kind: 'unchanged', version: 2n };
    expect(settle(putBack({ onStale: 'Merge' }), edited, edited.line())).toMatchObject(kept);
    expect(settle(putBack(), edited, edited.line(), merging)).toMatchObject(kept);
    const next = aLine(text(1000, 5), { uid: 'uid-0', version: 2n, actor: ada, acceptedAs: 'Unchanged' });
    expect(settle(by(ada, text(1200, 5)), edited, next, merging)).toMatchObject({
      ...{ kind: 'save', versionKind: 'merged' },
      body: { text: text(1200, 9) },
    });

    expect(settle(putBack(), edited, edited.line())).toMatchObject({ refusal: { kind: 'unconfirmed' } });
    // A request has no status that goes on telling.
    expect(settle({ ...putBack(), carrier: null }, edited, edited.line(), merging)).toMatchObject({
      refusal: { kind: 'older-text' },
    });
  });

  it('have the last word where the policy lets the last writer win', () => {
    const lastWins = { ...law, policy: { onTakeBack: 'Save' as const } };
    expect(settle(by(bob, text(1000, 6)), saved, saved.line(), lastWins)).toMatchObject({
      kind: 'save',
      versionKind: 'direct',
      body: { text: text(1000, 6) },
    });
  });

  it('cannot be told apart without verified names', () => {
    const nobody = { name: 'kubectl', verified: false };
    const unverified = past([nobody, text(1000, 5)], [nobody, text(1200, 5)]);
    expect(settle(by(nobody, text(1000, 6)), unverified, unverified.line())).toMatchObject({ kind: 'save' });
  });

  it('are told so beside a place that both changed, too', () => {
    const twice = past([ada, text(1000, 5)], [ada, text(1200, 7)]);
    expect(settle(by(bob, text(1000, 6)), twice, twice.line())).toMatchObject({ kind: 'clash' });
  });

  it('lose no comment and no new key either', () => {
    const more = past([ada, text(1000, 5)], [ada, `${text(1000, 5)}# mind the sum\nsum: 1\n`]);
    expect(settle(by(bob, text(1000, 6)), more, more.line())).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: `${text(1000, 6)}# mind the sum\nsum: 1\n` },
    });
  });

  it('are asked, too, before one takes back all that the other saved, and nothing else', () => {
    const twice = past([ada, text(1000, 5)], [ada, text(1200, 7)]);
    for (const [fee, onStale] of [
      [5, undefined],
      [7, undefined],
      [7, 'Merge'],
    ] as const) {
      const edit = by(bob, text(1000, fee), onStale && { onStale });
      const decision = settle(edit, twice, twice.line());
      expect(decision).toMatchObject({
        refusal: { kind: 'unconfirmed', merged: text(1200, 7), takesBack: [twice.last.record] },
      });
      if (decision.kind !== 'refused' || decision.refusal.kind !== 'unconfirmed') throw new Error();
      const confirmed = { ...edit, confirm: decision.refusal.token };
      expect(settle(confirmed, twice, twice.line())).toMatchObject({ kind: 'unchanged', version: 2n });
    }
  });

  it('do not move the line of an object from the latest text: the next edit would be swallowed', () => {
    const noted = past([ada, text(1000, 5)], [ada, text(1200, 5, 'note: 1\n')]);
    expect(settle(by(bob, text(1000, 5)), noted, noted.line())).toMatchObject({
      refusal: { kind: 'unconfirmed', takesBack: [noted.last.record] },
    });
    // Refused, the line stays where it was, and what ada removes is removed.
    expect(settle(by(ada, text(1200, 5)), noted, noted.line())).toMatchObject({
      kind: 'save',
      body: { text: text(1200, 5) },
    });
  });

  it('do not move the line of an object back to a version that it has left, either', () => {
    const more = past([ada, text(1, 1)], [ada, text(2, 1)], [cem, text(2, 2)]);
    expect(settle(by(bob, text(1, 1)), more, more.line(2))).toMatchObject({
      refusal: {
        kind: 'unconfirmed',
        merged: text(2, 2),
        takesBack: [more.steps[1]!.record, more.last.record],
      },
    });
    // Refused, the line stays where it was: an edit of the same place is no clash with ada herself.
    expect(settle(by(ada, text(3, 1)), more, more.line(2))).toMatchObject({
      kind: 'save',
      body: { text: text(3, 2) },
    });
  });
});

describe('a place that both changed, and nothing else', () => {
  it.each(['{"cap": 1}', '{"cap": 1}\n', '{\n  "cap": 1\n}\n'])('takes nothing back in %j', first => {
    const one = past([ada, first], [ada, first.replace('1', '2')]);
    const format = { format: 'json' } as const;
    const edit = by(bob, first.replace('1', '3'), format);
    const view = {
      ...aView(one.last.record, { line: one.line() }),
      config: { id: '1', format: 'json', lastVersion: 2n },
    } as const;
    const found = decide(edit, view, readAnything, law);
    if (found.kind !== 'stale') throw new Error(found.kind);
    const texts = { base: one.last.text, head: one.last.text };
    expect(
      decideStale(edit, found, texts, readAnything, law, { versions: one.steps, isCut: false }),
    ).toMatchObject({
      kind: 'save',
      versionKind: 'direct',
    });
  });
});

describe('an engine that applies what is in Git', () => {
  it('is one person, and takes back its own commits as it likes', () => {
    const engine = person('system:serviceaccount:argocd:controller');
    const git = past([engine, text(1, 1)], [engine, text(2, 1)]);
    expect(settle(by(engine, text(1, 1)), git, git.line())).toMatchObject({ kind: 'save' });
  });

  it('asks before it takes back what somebody edited in its own object', () => {
    const engine = person('system:serviceaccount:argocd:controller');
    const edited = past([engine, text(1, 1)], [bob, text(1, 9)]);
    expect(settle(by(engine, text(2, 1)), edited, edited.line())).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: text(2, 9), takesBack: [edited.steps[1]!.record] },
    });
  });
});

describe('an object against itself', () => {
  const saved = past([ada, text(1000, 5)], [cem, text(1500, 5)]);
  const line = aLine(text(1500, 5), { uid: 'uid-0', version: 2n, baseVersion: 1n, actor: cem });

  it('is no conflict: a base that was accepted and did not change is as if absent for the same person', () => {
    for (const [cap, fee] of [
      [1600, 5],
      [1500, 6],
      [1000, 5],
    ] as const) {
      expect(settle(by(cem, text(cap, fee), { baseVersion: 1 }), saved, line)).toMatchObject({
        kind: 'save',
        versionKind: 'direct',
        body: { text: text(cap, fee) },
      });
    }
  });

  it('keeps what others saved in between', () => {
    const more = past(...saved.steps.map(({ record, text: body }): Saved => [record.actor, body]), [
      ada,
      text(1500, 8),
    ]);
    expect(settle(by(cem, text(1600, 5), { baseVersion: 1 }), more, line)).toMatchObject({
      kind: 'save',
      versionKind: 'merged',
      body: { text: text(1600, 8) },
    });
  });

  it('that another person edits on the same base is merged, and never taken for a revert', () => {
    expect(settle(by(bob, text(1000, 6), { baseVersion: 1, onStale: 'Merge' }), saved, line)).toMatchObject({
      kind: 'save',
      versionKind: 'merged',
      body: { text: text(1500, 6) },
    });
  });

  it('is another’s where names are not verified: of two writers with one base, neither takes back the other', () => {
    const nobody = { name: 'kubectl', verified: false };
    const unverified = past([nobody, text(1000, 5)], [nobody, text(1500, 5)]);
    const theirs = { ...line, actor: nobody };
    const edit = by(nobody, text(1000, 6), { baseVersion: 1, onStale: 'Merge' });
    expect(settle(edit, unverified, theirs)).toMatchObject({
      ...{ kind: 'save', versionKind: 'merged' },
      body: { text: text(1500, 6) },
    });
  });

  it('is the same one after a proposal that said nothing new, and so became no version', () => {
    const unchanged = { ...line, generation: 2n, acceptedAs: 'Unchanged' } as const;
    for (const cap of [1600, 1000]) {
      expect(settle(by(cem, text(cap, 5), { baseVersion: 1 }), saved, unchanged)).toMatchObject({
        kind: 'save',
        versionKind: 'direct',
      });
    }
  });

  it('is never swallowed by a number that was left in: a text that is its own used-up base is asked about', () => {
    const unsure = { ...line, actor: null };
    expect(settle(by(cem, text(1000, 5), { baseVersion: 1 }), saved, unsure)).toMatchObject({
      refusal: { kind: 'base-spent', baseVersion: 1n, said: 2n },
    });
  });
});

describe('a text that is an older version, letter for letter', () => {
  const saved = past([ada, text(1, 1)], [ada, text(2, 1)], [ada, text(3, 1)]);
  const head = saved.last.record;
  const match = (edit: Edit, line: Line | null) =>
    decide(edit, aView(head, { line, match: 2n }), readAnything, law);

  it('has that as its base where nothing else says which: no edit, and nothing is reverted', () => {
    expect(match(by(bob, text(2, 1)), null)).toMatchObject({ kind: 'unchanged', version: 2n });
  });

  it('is a cluster catching up where its source has not been there yet', () => {
    expect(match(by(bob, text(2, 1)), saved.line(1))).toMatchObject({ kind: 'unchanged', version: 2n });
  });

  it('is an edit where its source said the latest: a text as it once was is meant', () => {
    const toggled = past([ada, 'on: false\n'], [cem, 'on: true\n'], [cem, 'on: false\n']);
    const [view, edit] = [{ line: toggled.line(1), match: 2n }, by(ada, 'on: true\n')];
    expect(decide(edit, aView(toggled.last.record, view), readAnything, law)).toMatchObject({
      kind: 'save',
      body: { text: 'on: true\n' },
      expectedHead: 3n,
    });
  });

  it('is an edit of its line where that has come to the latest, whatever the text was once', () => {
    const line = { ...saved.line(3), sha256: saved.line(1).sha256, actor: ada };
    const decisions = [null, 1n, 2n, 3n].map(older =>
      decide(by(ada, text(2, 1)), aView(head, { line, match: older }), readAnything, law),
    );
    for (const decision of decisions)
      expect(decision).toMatchObject({ kind: 'stale', base: { kind: 'line' } });
  });

  it('is a revert where its source has been there and left', () => {
    const behind = { ...saved.line(3), version: 3n, sha256: head.sha256, actor: bob };
    expect(match(by(bob, text(2, 1)), behind)).toMatchObject({ kind: 'save' });
  });
});

describe('a request without a base, where the policy lets it go without', () => {
  const lenient = { ...law, policy: { requireBaseVersion: false } };
  const saved = past([cem, text(1000, 5)], [ada, text(1200, 5)]);

  it('is asked before it takes back what others saved', () => {
    expect(settle(aRequest(text(1000, 6)), saved, null, lenient)).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: text(1200, 6) },
    });
    expect(settle(aRequest(text(1000, 5)), saved, null, lenient)).toMatchObject({
      refusal: { kind: 'older-text', older: saved.steps[0]!.record },
    });
    expect(settle(aRequest(text(1200, 6)), saved, null, lenient)).toMatchObject({
      kind: 'save',
      versionKind: 'direct',
    });
  });
});

describe('a text that may be older than every version known here', () => {
  const body = (cap: number, fee = 5) => text(cap, fee);
  const saved = past(...Array.from({ length: 41 }, (_, cap): Saved => [ada, body(cap)]));

  it.each([
    ['the first version, letter for letter', body(0)],
    ['the first version with an edit', body(0, 6)],
    ['the latest with an edit, which nobody can know', body(40, 6)],
  ])('is asked for its base: %s', (_, edited) => {
    expect(settle(by(bob, edited), saved, saved.line(), law, 33)).toMatchObject({
      refusal: { kind: 'base-unknown', head: saved.last.record },
    });
  });

  it('is shown what it takes back as far as that is known', () => {
    expect(settle(by(bob, body(39, 6)), saved, saved.line(), law, 33)).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: body(40, 6) },
    });
  });

  it('is saved where all versions are known, or its author saved one of those that are', () => {
    expect(settle(by(bob, body(99)), saved, saved.line())).toMatchObject({ kind: 'save' });
    const own = past(
      ...saved.steps.map(({ text: was, record }, n): Saved => [n === 20 ? bob : record.actor, was]),
    );
    expect(settle(by(bob, body(99)), own, own.line(), law, 33)).toMatchObject({ kind: 'save' });
  });

  it('is merged without a question where it says nothing that the latest does not say', () => {
    const line = { ...saved.line(39), actor: ada };
    expect(settle(by(bob, body(40)), saved, line, law, 33)).toMatchObject({ kind: 'unchanged' });
  });
});

describe('the search for what is taken back', () => {
  const many = (length: number, at: (index: number) => string) =>
    `{"list": [\n${Array.from({ length }, (_, index) => `  ${at(index)}`).join(',\n')}\n]}\n`;

  it('merges only with the versions that an edit may come from, however many there are', () => {
    const rows = (round: number) => many(40, index => `"row ${index} ${index === 3 ? round : ''}"`);
    const rounds = Array.from({ length: 33 }, (_, round) => rows(round));
    const record = (round: number) => aVersion(BigInt(round + 1), rounds[round]!, { actor: ada, author: '' });
    const versions = rounds.map((body, round) => ({ record: record(round), text: body }));
    const merges: string[] = [];
    const counting = (...[base, head, result, options]: Parameters<typeof merge>) => {
      merges.push(base);
      return merge(base, head, result, options);
    };
    const texts = { head: rounds.at(-1)!, result: rows(99) };
    expect(takenBack(bob, 'json', texts, { versions, isCut: false }, counting)).toBeNull();
    expect(merges).toEqual([rounds[31]]);
  });

  it('ends at its budget, and says that it does not know', () => {
    const tall = Array.from({ length: 400 }, (_, row) => `row${row}: ${'x'.repeat(1000)}\n`).join('');
    const step = (version: bigint, cap: number) => {
      const body = `cap: ${cap}\n${tall}`;
      return { record: aVersion(version, body, { actor: ada, author: '' }), text: body };
    };
    // Each of them says what the edit says, so that each of them asks for a merge.
    const versions = [step(1n, 1), step(2n, 2), step(3n, 1), step(4n, 2), step(5n, 3)];
    let merges = 0;
    const barren = (_base: string, _head: string, result: string) => {
      merges++;
      return { kind: 'clean', text: result, edits: [], notices: [] } as const;
    };
    const texts = { head: versions.at(-1)!.text, result: `cap: 1\n${tall}` };
    expect(takenBack(bob, 'yaml', texts, { versions, isCut: false }, barren)).toBe('unknown');
    expect(merges).toBe(1);
  });

  it('names all versions after the one it found, and none of them is the author’s own', () => {
    const unverified = { ...cem, verified: false };
    const saves = fc.tuple(
      fc.constantFrom(ada, bob, cem, unverified),
      fc.nat({ max: 2 }),
      fc.nat({ max: 2 }),
    );
    fc.assert(
      fc.property(fc.array(saves, { minLength: 2, maxLength: 8 }), saves, (saved, [, cap, fee]) => {
        const { steps, last } = past(...saved.map(([who, a, b]): Saved => [who, text(a, b)]));
        const texts = { head: last.text, result: text(cap, fee) };
        const taken = takenBack(bob, 'yaml', texts, { versions: steps, isCut: false });
        if (taken === null || taken === 'unknown') return;
        const own = steps.findLastIndex(({ record }) => record.actor === bob);
        expect(steps.indexOf(taken.step)).toBeGreaterThanOrEqual(own);
        const after = steps.slice(steps.indexOf(taken.step) + 1).map(({ record }) => record);
        expect(taken.others).toEqual(after);
        expect(taken.others.filter(({ actor }) => isSamePerson(actor, bob))).toEqual([]);
        expect(taken.others[0]?.actor.verified).toBe(true);
      }),
    );
  });

  it('sees what others changed in a text of one line', () => {
    const json = (cap: number, fee: number, more = '') => `{"cap":${cap},"fee":${fee}${more}}`;
    const one = past([ada, json(1000, 5)], [ada, json(1200, 5)], [ada, json(1200, 7)]);
    const texts = { head: one.last.text, result: json(1000, 5, ',"x":1') };
    expect(takenBack(bob, 'json', texts, { versions: one.steps, isCut: false })).toMatchObject({
      step: one.steps[0],
      merged: { text: json(1200, 7, ',"x":1') },
    });
  });

  it('sees two lines that others swapped', () => {
    const flags = (a: boolean, b: boolean) => `a:\n  on: ${a}\nb:\n  on: ${b}\n`;
    const swapped = past([ada, flags(true, false)], [ada, flags(false, true)]);
    const edited = `${flags(true, false)}more: 1\n`;
    expect(settle(by(bob, edited), swapped, swapped.line())).toMatchObject({
      refusal: { kind: 'unconfirmed', merged: `${flags(false, true)}more: 1\n` },
    });
  });
});
