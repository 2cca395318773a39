/**
 * Words for the refusals of objects: the message a person reads in the Ready condition, with the next command to type,
 * and the status.conflict that goes with it. Invariant: no message is longer than 240 characters, and what is
 * cut from it stands in status.conflict.
 */
import type { Kept } from '../../history/core/delete.ts';
import {
  clip,
  freezeWords,
  message,
  moreViolations,
  quotaWords,
  type Sentence,
  savedBy,
  secretWords,
  shortName,
  shortPerson,
  versionBy,
  violationWords,
} from '../../history/core/names.ts';
import {
  type ContestedPlace,
  type Refusal,
  type RefusalOf,
  reasonOf,
  type Stale,
} from '../../history/core/refusal.ts';
import type { Judgements, Source, VersionRecord } from '../../history/words/model.ts';
import type { Approval } from './config-version.ts';
import { clashOf, conflictOf, previewOf } from './conflict.ts';
import { rightWords } from './right-words.ts';
import type { Stall } from './stall.ts';
import type { ConfigMapWish } from './terms.ts';

/** The object that is refused. */
export interface About {
  readonly source: Pick<Source, 'namespace' | 'name'>;
  readonly configMap: Pick<ConfigMapWish, 'enabled' | 'name' | 'key' | 'format'>;
  /** Absent, or null: it says nothing of an earlier name. */
  readonly formerly?: Pick<Source, 'name'> | null;
}

type Words = { readonly [Kind in Refusal['kind']]: (refusal: RefusalOf<Kind>, about: About) => Said };
type Said = Omit<Stall, 'reason'>;

const words: Words = {
  'not-a-path': ({ fault }) => said(`spec.path: ${fault}.`, 'Create another object.'),
  'no-right': refusal => ({ message: rightWords(refusal) }),
  'no-commit': ({ config }) =>
    said(
      `Config namespace ${config.namespace} takes changes from Git only, and this one names no commit.`,
      'Set spec.git.commit, or the annotation pawl.dev/git-commit, to 7 to 64 hex digits.',
    ),
  dirty: ({ config }) =>
    said(
      `This change comes from a work tree with uncommitted changes (git.dirty is true), which config namespace ` +
        `${config.namespace} does not take.`,
      'Commit them, and apply again with the new commit.',
    ),
  unreadable: ({ problem, head }) =>
    said(`${placed(clip(problem.message, 180))}.`, head ? `Version ${head.version} stays in force.` : ''),
  'too-hard': ({ why }) =>
    said(
      `This text is too hard to read: ${clip(why, 120)}.`,
      'Split it into several configs, or simplify it.',
    ),
  unstorable: ({ why }) =>
    said(`The database cannot hold this: ${clip(why, 140)}.`, 'Change it, and apply again.'),
  twice: ({ config }) => said(`There are two changes of ${shortName(config)}.`, 'Apply one.'),
  'other-format': ({ config, existing, proposed }) =>
    said(
      `${shortName(config)} is ${existing}, and a config keeps its format for life; this object says format: ${proposed}.`,
      `Propose ${existing}, or use another path.`,
    ),
  exists: ({ config, head }, about) =>
    said(
      dated(
        head,
        latest =>
          `spec.baseVersion: 0 means that ${shortName(config)} must not exist yet, but it does (${latest}).`,
        latest => `spec.baseVersion is 0, but ${shortName(config)} exists (${latest}).`,
      ),
      ...startFrom(head, about),
    ),
  'base-demanded': ({ config, head }, about) =>
    said(
      dated(
        head,
        latest =>
          `Config namespace ${config.namespace} requires every change to state its base. The latest of ` +
          `${shortName(config)} is ${latest}.`,
        latest => `A change of ${shortName(config)} must state its base; the latest is ${latest}.`,
      ),
      ...startFrom(head, about),
    ),
  'base-unknown': ({ config, head }, about) =>
    said(
      dated(
        head,
        latest =>
          `${shortName(config)} exists already (${latest}), and nothing says which version this text was edited from.`,
        latest => `${shortName(config)} exists (${latest}), and spec.baseVersion is not set.`,
      ),
      about.formerly
        ? `Nothing of ${clip(about.formerly.name, 40)} (spec.formerly) is known here: name the object whose text was accepted.`
        : '',
      ...startFrom(head, about),
    ),
  'base-spent': ({ config, baseVersion, said: last, head }) =>
    said(
      `This text is version ${baseVersion} of ${shortName(config)}, its own base; this object last became version ${last}.`,
      `To take that back, set spec.baseVersion: ${head.version}.`,
    ),
  'older-text': ({ config, older, head }) =>
    said(
      `This text is version ${older.version} of ${shortName(config)}; the latest is ${savedBy(head)}.`,
      `To save it again, set spec.baseVersion: ${head.version}.`,
    ),
  'base-ahead': ({ config, baseVersion, head }) =>
    said(
      `spec.baseVersion is ${baseVersion}, but the latest of ${shortName(config)} is ${savedBy(head)}.`,
      'Set spec.baseVersion to the version this text was edited from.',
    ),
  'base-gone': ({ config, baseVersion, head }, about) =>
    said(
      baseVersion
        ? `Version ${baseVersion} of ${shortName(config)} does not exist.`
        : `${shortName(config)} is gone.`,
      ...(head
        ? [dated(head, latest => `The latest is ${latest}.`), ...startFrom(head, about)]
        : ['The config has no version now: leave out spec.baseVersion, or set it to 0, to create it.']),
    ),
  'base-another': ({ config, baseVersion, head }) =>
    said(
      `Version ${baseVersion} of ${shortName(config)} no longer has the text that this object's status names: the ` +
        `database was restored.`,
      `Start from version ${head.version}, then set spec.baseVersion: ${head.version}.`,
    ),
  rejected: (refusal, about) => ({
    ...said(
      opening(refusal),
      'Nothing was saved, because onStale is Reject.',
      ...startFrom(refusal.head, about),
      [seeDiff(about), ''] as const,
    ),
    conflict: conflictOf(refusal.stale),
  }),
  unmergeable: (refusal, about) => ({
    ...said(
      opening(refusal),
      [`The edit cannot be merged automatically: ${clip(refusal.why, 66)}.`, `${clip(refusal.why, 50)}.`, 0],
      ...startFrom(refusal.head, about),
      [seeDiff(about), ''] as const,
    ),
    conflict: conflictOf(refusal.stale),
  }),
  unsavable: ({ problem, head }) =>
    said(
      `The edit merges onto version ${head.version}, but the result cannot be saved: ${clip(problem.message, 140)}.`,
    ),
  frozen: ({ config, freeze }) =>
    said(
      `${shortName(config)} is frozen ${freezeWords(freeze)}.`,
      'Pawl will save this by itself when the freeze ends.',
      ['Before that, a person with the right to bypass may save it: kubectl pawl save --bypass', ''],
    ),
  unapproved: (refusal, about) => ({ ...approvalWords(refusal, about), approval: approvalOf(refusal) }),
  unkeepable: ({ config }) =>
    said(
      `${shortName(config)} is protected (policy.approval of ConfigNamespace ${config.namespace}), and a delete cannot wait ` +
        'for an approval.',
      'A person with the right to bypass may delete it, with a reason.',
    ),
  violates: ({ found: { schema, violations, more }, of, head }) => ({
    ...said(
      `Schema ${clip(schema, 40)} does not allow this text. spec.body, ${ended(violationWords(violations[0]!))}`,
      moreViolations(violations, more),
      of === 'latest' && head ? `Version ${head.version} has that, too: settle it in this edit.` : '',
      head && of === 'text' ? [`Version ${head.version} stays in force.`, ''] : '',
    ),
    violations,
  }),
  'violates-together': ({ found: { schema, violations, more }, stale, head }, about) => ({
    ...said(
      `Both edits satisfy schema ${clip(schema, 30)}, but together they do not: ${ended(violationWords(violations[0]!), 110)}`,
      moreViolations(violations, more),
      [`Start from version ${head.version}, then set spec.baseVersion: ${head.version}.`, '', 0],
      [seeDiff(about), '', 9],
    ),
    violations,
    conflict: conflictOf(stale),
  }),
  unchecked: ({ schema, why, head }) =>
    said(
      `Schema ${clip(schema, 40)} took too long on this text: ${clip(why, 80)}.`,
      'Simplify the text, or ask who keeps the ConfigSchema to simplify that.',
      head ? [`Version ${head.version} stays in force.`, ''] : '',
    ),
  secret: ({ of, found: { places, more }, head }) => ({
    ...said(
      of === 'text'
        ? `This text brings in a secret. spec.body, ${secretWords(places[0]!)}.`
        : `The merged text brings in a secret: ${secretWords(places[0]!)}.`,
      [moreViolations(places, more), ''],
      ['Keep it elsewhere, or write # pawl:allow-secret REASON beside it.', '', 0],
      head ? [`Version ${head.version} stays in force.`, ''] : '',
    ),
    violations: places,
  }),
  unsearched: ({ why, head }) =>
    said(
      `This text took too long to be searched for secrets: ${clip(why, 80)}.`,
      'Simplify the text.',
      head ? [`Version ${head.version} stays in force.`, ''] : '',
    ),
  clash: (refusal, about) => ({
    ...clashWords(refusal, about),
    conflict: clashOf(refusal.stale, refusal.places),
  }),
  unconfirmed: (refusal, about) => unconfirmed(refusal, about),
  'over-quota': ({ exceeded }) =>
    said(
      quotaWords(exceeded),
      exceeded.quota === 'versions'
        ? 'Pawl will try again by itself after 00:00 UTC.'
        : 'Delete versions that nobody needs, or ask its owner for a higher policy.maxBytes. Pawl will try again by itself.',
    ),
  'not-in-git': ({ config, head }) =>
    said(
      `The latest of ${shortName(config)} is ${versionBy(head)}, which is not in the imported Git history.`,
    ),
  moved: ({ config, baseVersion, head }) =>
    said(
      `This object would delete ${shortName(config)} as of version ${baseVersion}, but the latest is ${savedBy(head)}.`,
      'Nothing was deleted.',
    ),
};

/** What the status of the refused object says. */
export function stallOf(refusal: Refusal, about: About): Stall {
  const say = words[refusal.kind] as (refusal: Refusal, about: About) => Said;
  return { reason: reasonOf(refusal), ...say(refusal, about) };
}

/**
 * Whether the ConfigMap of a config with a refused edit is still kept up to date: not where the object has no right to
 * it, or no use for it.
 */
export function isRendered(refusal: Refusal): boolean {
  if (refusal.kind === 'no-right') return refusal.readable;
  return refusal.kind !== 'not-a-path' && refusal.kind !== 'other-format';
}

/** Why a config outlives the object that was to take it along; worded for the middle of a sentence. */
export function keptBecause(why: Kept): string {
  switch (why.kind) {
    case 'suspended':
      return 'this object is suspended';
    case 'asked-for':
      return `ConfigVersion ${why.by.name} in namespace ${why.by.namespace} asks for it`;
    case 'unseen':
      return 'this Pawl watches only some Kubernetes namespaces, and objects in others may ask for it';
    case 'never-accepted':
      return 'nothing this object proposed was ever accepted';
    case 'not-its-own':
      return `this object did not save the latest, ${savedBy(why.head)}`;
  }
}

/** One sentence of at most so many characters; what a schema says may end in a question. */
function ended(sentence: string, max = 170): string {
  const short = clip(sentence, max);
  return short.endsWith('?') ? short : `${short}.`;
}

function said(...sentences: readonly Sentence[]): Said {
  return { message: message(...sentences) };
}

/** `Start from version 9 (kubectl get configmap …), then set spec.baseVersion: 9.` */
function startFrom({ version }: VersionRecord, { configMap, source }: About): readonly Sentence[] {
  const then = `then set spec.baseVersion: ${version}.`;
  const short = `Start from version ${version}, ${then}`;
  // A ConfigMap in another format does not hold the version's own text.
  if (!configMap.enabled || configMap.format !== 'Source') return [short];
  const key = configMap.key.replaceAll('.', '\\.');
  const command = `kubectl get configmap ${configMap.name} -n ${source.namespace} -o jsonpath='{.data.${key}}'`;
  return [[`Start from version ${version} (${command}), ${then}`, short]];
}

/** With the time where there is room for it, and else in short. */
function dated(
  head: VersionRecord,
  sentence: (latest: string) => string,
  inShort: (latest: string) => string = sentence,
): Sentence {
  return [sentence(savedBy(head)), inShort(versionBy(head)), 9];
}

function opening({ config, stale }: { config: Refusal['config']; stale: Stale }): Sentence {
  const { base, head } = stale;
  const edited =
    base.kind === 'version' ? `on version ${base.record.version}` : `on this object's previous text`;
  return [
    `This edit of ${shortName(config)} is based ${edited}; the latest is ${savedBy(head)}.`,
    `This edit is based ${edited}; the latest is ${versionBy(head)}.`,
    9,
  ];
}

function seeDiff({ source }: About): string {
  return `See your edit: kubectl get cv ${source.name} -n ${source.namespace} -o jsonpath='{.status.conflict.diff}'`;
}

function clashWords({ head, places }: RefusalOf<'clash'>, about: About): Said {
  const list = (all: readonly string[], max: number) => {
    const different = [...new Set(all)];
    const more = different.length > max ? `; and ${different.length - max} more` : '';
    return different.slice(0, max).join('; ') + more;
  };
  const people = [...new Set(places.map(({ by }) => shortPerson(by)))];
  const who = people.length > 2 ? `${people.slice(0, 2).join(', ')} and others` : people.join(' and ');
  const summary = `Changed by others too: ${list(places.map(withoutValues), 2)}. Nothing was saved.`;
  return {
    message: message(
      [
        `Changed by both: ${list(places.map(inWords), 2)}.`,
        clip(`Changed by both: ${list(places.map(withoutValues), 2)}`, 130),
      ],
      'Nothing was saved.',
      [`Settle it with ${who}.`, ''],
      ...startFrom(head, about),
      [seeDiff(about), ''],
    ),
    summary: message(summary),
  };
}

function unconfirmed(
  { config, stale, head, merged, token, sent, takesBack }: RefusalOf<'unconfirmed'>,
  { source }: About,
): Said {
  const conflict = previewOf(stale, merged, token);
  const command = `kubectl annotate cv ${source.name} -n ${source.namespace} --overwrite pawl.dev/confirm=${token}`;
  const other = sent
    ? ([
        `The annotation pawl.dev/confirm holds ${clip(sent, 20)}, which is not for this result.`,
        'pawl.dev/confirm is not for this result.',
      ] as const)
    : '';
  const [first] = takesBack;
  const taken = first && `takes back what ${shortPerson(first)} saved in version ${first.version}`;
  const back: Sentence | null = first
    ? [`This text ${taken} of ${shortName(config)}.`, `This text ${taken}.`, 8]
    : null;
  return {
    message: message(
      back ?? opening({ config, stale }),
      other,
      [
        conflict.merged !== undefined
          ? `To save status.conflict.merged: ${command}`
          : `To save the merged text: ${command}`,
        `To save the merged text, annotate the object with pawl.dev/confirm=${token}`,
        0,
      ],
      first ? [`To save yours: spec.baseVersion: ${head.version}.`, ''] : '',
    ),
    conflict,
  };
}

function approvalWords(
  { config, needed, approvers, isProposerKnown, isAskedAgain, rejection }: RefusalOf<'unapproved'>,
  { source }: About,
): Said {
  const approve = `kubectl pawl approve -n ${config.namespace}`;
  const command = `${approve} --proposal ${source.namespace}.${source.name} ${config.path}`;
  if (rejection) {
    return said(
      `${clip(rejection.name, 40)} rejected this change: ${clip(rejection.reason, 90)}.`,
      'Edit spec.body to propose another one.',
      [`It may still be approved: ${command}`, ''],
    );
  }
  const people = needed === 1 ? 'one person' : `${needed} people`;
  return said(
    [
      `${shortName(config)} is changed only when ${people} with the right to approve have approved it (${approvers.length} of ${needed}).`,
      `It waits for approval (${approvers.length} of ${needed}).`,
      1,
    ],
    isAskedAgain
      ? ['The latest text changed in the same places, so it is asked again.', 'It is asked again.', 2]
      : '',
    isProposerKnown ? '' : ['Who proposed it is not known, so one more is asked.', ''],
    [`To see and approve it: ${command}`, `To approve it: ${approve} ${clip(config.path, 60)}`, 0],
  );
}

/** What approves it, and what it would change. */
function approvalOf({
  token,
  needed,
  approvers,
  change,
  head,
  rejection,
}: RefusalOf<'unapproved'>): Approval {
  const facts = { token, needed, change, ...(head && { currentVersion: String(head.version) }) };
  return withJudgements(facts, { approvals: { token, by: approvers }, rejection });
}

/** As a status shows what was said to its change. */
export function withJudgements(
  { approvedBy: _, rejectedBy: __, ...facts }: Approval,
  { approvals, rejection }: Judgements,
): Approval {
  const by = approvals?.token === facts.token ? approvals.by : [];
  return {
    ...facts,
    ...(by.length > 0 && { approvedBy: by.map(({ name, at }) => ({ name, at: at.toISOString() })) }),
    ...(rejection?.token === facts.token && {
      rejectedBy: { name: rejection.name, at: rejection.at.toISOString(), reason: rejection.reason },
    }),
  };
}

/** A manifest has lines of its own. */
const placed = (fault: string): string => (fault.startsWith('line ') ? `spec.body, ${fault}` : fault);

/** What was changed where and by whom, without the values. */
const withoutValues = ({ path, by }: ContestedPlace): string =>
  `${placeName(path)} by ${shortPerson(by)} in version ${by.version}`;

const placeName = (path: string): string => (path ? clip(path, 60) : 'the whole text');

/** `cap, from 1000 to 1200 by ada@example.com in version 2 and to 1500 by you` */
function inWords(place: ContestedPlace): string {
  const { path, base, current, proposed, by, isSecret } = place;
  if (isSecret) return withoutValues(place);
  const to = (side: { text: string } | null) => (side === null ? 'to nothing' : `to ${clip(side.text, 24)}`);
  const from = base === null ? '' : ` from ${clip(base.text, 24)}`;
  return `${placeName(path)},${from} ${to(current)} by ${shortPerson(by)} in version ${by.version} and ${to(proposed)} by you`;
}
