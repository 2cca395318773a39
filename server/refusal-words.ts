/**
 * Words for the refusals of requests: what is the matter, and what to send instead. Invariant: no message is longer
 * than 240 characters, and what is cut from it stands in the problem's other fields.
 */
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
} from '../history/core/names.ts';
import type { Refusal, RefusalOf, Stale } from '../history/core/refusal.ts';
import type { ConfigId, VersionRecord } from '../history/words/model.ts';
import type { Violation } from '../history/words/schema.ts';

/** Doors that have no place for `bypass`. */
export type Unbypassed = 'delete' | 'delete-version' | 'undelete' | 'import';

type Words = {
  readonly [Kind in Refusal['kind']]: (refusal: RefusalOf<Kind>, door: Unbypassed | null) => string;
};

/** Of those who have the right to bypass, or could be let by otherwise; '': nothing. */
const instead: Readonly<Record<Unbypassed, (config: ConfigId) => string>> = {
  delete: () =>
    'With the right to bypass: send it as a change of POST /deployments (operation: delete), with bypass and your reason.',
  'delete-version': config =>
    `If it holds a secret: POST /purge/${shortName(config)}, with the right to purge.`,
  undelete: () => '',
  import: () => '',
};
const bypassWords = (door: Unbypassed | null, config: ConfigId): string =>
  door === null ? 'With the right to bypass: send bypass, with your reason.' : instead[door](config);

const words: Words = {
  'not-a-path': ({ fault }) => message(`${fault[0]!.toUpperCase()}${fault.slice(1)}.`),
  'no-right': ({ config, right }) =>
    message(
      `You may not ${right} ${shortName(config)}.`,
      'Ask the owner of the config namespace for that right.',
    ),
  'no-commit': ({ config }) =>
    message(
      `Config namespace ${config.namespace} takes changes from Git only, and this one names no commit.`,
      'Send git.commit: 7 to 64 lower-case hex digits.',
    ),
  dirty: ({ config }) =>
    message(
      `This change comes from a work tree with uncommitted changes (git.dirty is true), which config namespace ` +
        `${config.namespace} does not take.`,
      'Commit them, and send it again with the new commit.',
    ),
  unreadable: ({ problem }) => message(`${clip(problem.message, 238)}.`),
  'too-hard': ({ why }) =>
    message(
      `This text is too hard to read: ${clip(why, 120)}.`,
      'Split it into several configs, or simplify it.',
    ),
  unstorable: ({ why }) =>
    message(`The database cannot hold this: ${clip(why, 140)}.`, 'Change it, and send it again.'),
  twice: ({ config }) => message(`The request has two changes of ${shortName(config)}.`, 'Send one.'),
  'other-format': ({ config, existing, proposed }) =>
    message(
      `${shortName(config)} is ${existing}, and a config keeps its format for life; this request says format: ${proposed}.`,
      `Send ${existing}, or use another path.`,
    ),
  exists: ({ config, head }) =>
    message(
      dated(
        head,
        latest => `${shortName(config)} exists already (${latest}), and this request asks for a new one.`,
      ),
      startFrom(head),
    ),
  'base-demanded': ({ config, deed, head }) =>
    message(
      dated(
        head,
        latest =>
          `This ${deed} of ${shortName(config)} does not state the version it is about. The latest is ${latest}.`,
      ),
      deed === 'delete' ? `Look at it, then send base_version: ${head.version}.` : startFrom(head),
    ),
  'base-unknown': ({ config, head }) =>
    message(
      dated(
        head,
        latest =>
          `${shortName(config)} exists already (${latest}), and nothing says which version this text was edited from.`,
      ),
      startFrom(head),
    ),
  'base-spent': ({ config, baseVersion, said, head }) =>
    message(
      `This text is version ${baseVersion} of ${shortName(config)}, its own base; version ${said} was made from it since.`,
      `To take that back, send base_version: ${head.version}.`,
    ),
  'older-text': ({ config, older, head }) =>
    message(
      `This text is version ${older.version} of ${shortName(config)}; the latest is ${savedBy(head)}.`,
      `To save it again, send base_version: ${head.version}.`,
    ),
  'base-ahead': ({ config, baseVersion, head }) =>
    message(
      `base_version is ${baseVersion}, but the latest of ${shortName(config)} is ${savedBy(head)}.`,
      'Send the version this text was edited from.',
    ),
  'base-gone': ({ config, baseVersion, head }) =>
    message(
      ...(baseVersion
        ? [`Version ${baseVersion} of ${shortName(config)} does not exist.`]
        : [
            `${shortName(config)} has no version now, and this request may only change one that exists.`,
            'With the right to create it, send base_version: 0 in place of If-Match: *.',
          ]),
      ...(head ? [dated(head, latest => `The latest is ${latest}.`), startFrom(head)] : []),
      baseVersion && !head
        ? 'The config has no version now: leave base_version out, or send 0, to create it.'
        : '',
    ),
  'base-another': ({ config, baseVersion, head }) =>
    message(
      `Version ${baseVersion} of ${shortName(config)} no longer has the text it had: the database was restored.`,
      startFrom(head),
    ),
  rejected: ({ config, stale, head }) =>
    message(opening(config, stale), 'Nothing was saved, because on_stale is reject.', startFrom(head)),
  unmergeable: ({ config, stale, why, head }) =>
    message(
      opening(config, stale),
      [`The edit cannot be merged automatically: ${clip(why, 66)}.`, `${clip(why, 50)}.`, 0],
      startFrom(head),
    ),
  unsavable: ({ problem, head }) =>
    message(
      `The edit merges onto version ${head.version}, but the result cannot be saved: ${clip(problem.message, 140)}.`,
    ),
  frozen: ({ config, freeze }, door) =>
    message(
      `${shortName(config)} is frozen ${freezeWords(freeze)}.`,
      `Send it again after that. ${bypassWords(door, config)}`.trim(),
    ),
  unapproved: ({ config, needed, approvers }) =>
    message(
      `${shortName(config)} is changed only when others have approved it (${approvers.length} of ${needed}).`,
      'GET /approvals lists what waits.',
    ),
  unkeepable: ({ config, what }, door) =>
    message(`${shortName(config)} is protected: ${unkept[what]}`, bypassWords(door, config)),
  violates: ({ found: { schema, violations, more }, of, head }) =>
    message(
      `Schema ${clip(schema, 40)} does not allow this text. ${placed(violations[0]!)}`,
      moreViolations(violations, more),
      of === 'latest' && head ? `Version ${head.version} has that, too: settle it in this edit.` : '',
    ),
  'violates-together': ({ found: { schema, violations, more }, head }) =>
    message(
      `Both edits satisfy schema ${clip(schema, 30)}, but together they do not. ${placed(violations[0]!, 110)}`,
      moreViolations(violations, more),
      startFrom(head),
    ),
  unchecked: ({ schema, why }) =>
    message(
      `Schema ${clip(schema, 40)} took too long on this text: ${clip(why, 80)}.`,
      'Simplify the text, or ask who keeps the ConfigSchema to simplify that.',
    ),
  secret: ({ of, found: { places, more } }) =>
    message(
      `${of === 'text' ? 'This' : 'The merged'} text brings in a secret: ${secretWords(places[0]!)}.`,
      [moreViolations(places, more), ''],
      ['Keep it elsewhere, or write # pawl:allow-secret REASON beside it.', '', 0],
    ),
  unsearched: ({ why }) =>
    message(
      `This text took too long to be searched for secrets: ${clip(why, 80)}.`,
      'Simplify the text, and send it again.',
    ),
  clash: ({ config, stale, places, head }) => {
    const changed = [
      ...new Set(
        places.map(
          ({ path, by }) =>
            `${path ? clip(path, 60) : 'the whole text'} by ${shortPerson(by)} in version ${by.version}`,
        ),
      ),
    ];
    const list = (max: number) =>
      changed.slice(0, max).join('; ') + (changed.length > max ? `; and ${changed.length - max} more` : '');
    return message(
      [`Changed by both: ${list(3)}.`, clip(`Changed by both: ${list(1)}`, 120)],
      'Nothing was saved.',
      `Decide each place, then send the result with base_version: ${head.version}.`,
      [opening(config, stale)[0]!, '', 9],
    );
  },
  unconfirmed: ({ config, stale, token, sent, takesBack: [first], head }) =>
    message(
      first
        ? `This text takes back what ${shortPerson(first)} saved in version ${first.version} of ${shortName(config)}.`
        : opening(config, stale),
      sent === null ? '' : 'The token sent is not for this result.',
      [
        `It merges cleanly. To save exactly the merged text, send the same request with confirm: ${token}.`,
        `Send it with confirm: ${token}.`,
      ],
      first ? [`To save yours: base_version: ${head.version}.`, ''] : '',
    ),
  'over-quota': ({ exceeded }) =>
    message(
      quotaWords(exceeded),
      exceeded.quota === 'versions'
        ? 'Send it again after 00:00 UTC, or ask its owner for a higher policy.maxVersionsPerDay.'
        : 'Delete versions that nobody needs, or ask its owner for a higher policy.maxBytes.',
    ),
  'not-in-git': ({ config, after, head }) =>
    message(
      dated(head, latest => `The latest of ${shortName(config)} is ${latest}.`),
      after === head.version
        ? 'Its text is not the one that the imported commit changed.'
        : `This import goes on after version ${after}.`,
      'Nothing was imported. Commit the latest text to Git where it is not there, then import again.',
    ),
  moved: ({ config, baseVersion, head }) =>
    message(
      dated(
        head,
        latest =>
          `This asks to delete ${shortName(config)} as of version ${baseVersion}, but the latest is ${latest}.`,
      ),
      'Nothing was deleted.',
      `Look at it first, then send base_version: ${head.version}.`,
    ),
};

const unkept: Readonly<Record<RefusalOf<'unkeepable'>['what'], string>> = {
  delete: 'a delete cannot wait for an approval.',
  'delete-version': 'a delete of a version cannot wait for an approval.',
  undelete: 'an undelete cannot wait for an approval. Propose its text anew, as a save.',
  import: 'an import cannot wait for an approval. Take the paths out of policy.approval while you import.',
  several: 'changes that also delete cannot wait for an approval. Save it in a request of its own.',
  elsewhere:
    'changes of several config namespaces cannot wait for an approval together. Send one request for each.',
  larger:
    'more than 100 changes or 4 MiB cannot wait for an approval together. Send them in several requests.',
};

/** What a problem document says in `detail`. */
export function detailOf(refusal: Refusal, door: Unbypassed | null = null): string {
  const say = words[refusal.kind] as (refusal: Refusal, door: Unbypassed | null) => string;
  return say(refusal, door);
}

/** `Line 3, column 5: cap must be <= 100.`; what a schema says may end in a question. */
function placed(violation: Violation, max = 170): string {
  const said = clip(violationWords(violation), max);
  return `${said[0]!.toUpperCase()}${said.slice(1)}${said.endsWith('?') ? '' : '.'}`;
}

const startFrom = ({ version }: VersionRecord): string =>
  `Start from its text, then send base_version: ${version}.`;

/** With the time where there is room for it. */
function dated(head: VersionRecord, sentence: (latest: string) => string): Sentence {
  return [sentence(savedBy(head)), sentence(versionBy(head)), 9];
}

function opening(config: Refusal['config'], { base, head }: Stale): Sentence {
  const edited = base.kind === 'version' ? ` on version ${base.record.version}` : '';
  return [
    `This edit of ${shortName(config)} was made${edited}; the latest is ${savedBy(head)}.`,
    `This edit was made${edited}; the latest is ${versionBy(head)}.`,
    9,
  ];
}
