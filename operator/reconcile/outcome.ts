/**
 * The outcome of a look at an object: from what was settled, and what kept the ConfigMap back, to what its status
 * shows. Pure. Invariant: an outcome is accepted or refused, never both and never neither.
 */

import type { Settled } from '../../history/settle/settle.ts';
import type { Others } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import { type BodyNote, notesOf } from '../../text/body.ts';
import { formatOfNew } from '../../text/format.ts';
import type { ConfigVersion } from '../object/config-version.ts';
import { isRendered, stallOf } from '../object/refusal-words.ts';
import type { Stall } from '../object/stall.ts';
import type { Outcome } from '../object/status.ts';
import type { Terms } from '../object/terms.ts';

const dirtyWarning =
  'It comes from a work tree with uncommitted changes, so no commit holds exactly this text.';

/**
 * @param trouble why the ConfigMap is not as it must be; null: it is
 * @param others whose text is live instead; null: nobody's, or the status tells it already
 * @param notes of the object's text; null: it was not read
 */
export function outcomeOf(
  terms: Terms,
  { line, refusal, head, saved, notices }: Settled,
  trouble: Stall | null,
  others: Others | null,
  notes: readonly BodyNote[] | null,
): Outcome {
  const { configMap } = terms;
  const warning = warningOf(terms);
  if (refusal || !line) {
    if (!refusal) throw new Error('neither accepted nor refused');
    const shown = configMap.enabled && head && isRendered(refusal) && !trouble;
    return {
      kind: 'refused',
      refusal: stallOf(refusal, terms),
      configMap: shown ? { name: configMap.name, version: head.version } : null,
    };
  }
  const { acceptedAs, version, sha256, contentSha256, supersededBy } = line;
  return {
    kind: 'accepted',
    as: acceptedAs,
    exact: sha256 === contentSha256,
    version,
    sha256: contentSha256,
    supersededBy,
    later: others?.later ?? null,
    mixedWith: others?.mixedWith ?? null,
    configMap: configMap.enabled ? configMap.name : null,
    trouble,
    notes,
    ...(saved && { notices }),
    ...(warning !== '' && { warning }),
  };
}

const warningOf = ({ git, gitWarning }: Terms): string =>
  [git.dirty ? dirtyWarning : '', gitWarning ?? ''].filter(text => text !== '').join(' ');

/** What is longer is not looked through while others wait. */
const notedLetters = 64 * 1024;

/** As far as the object itself says which format its text has. */
export function notesOfProposal({ format, config }: Terms, text: string): readonly BodyNote[] {
  if (text.length > notedLetters) return [];
  return notesOf(text, format ?? formatOfNew(config.path));
}

/** Of a renamed object, while the one that it was says what is not saved. */
export function waitingForFormer({ metadata: { namespace }, spec }: ConfigVersion): Outcome {
  const message =
    `Waits until the text of ConfigVersion ${spec.formerly} is saved, or that object is gone, because this one continues ` +
    `its line (spec.formerly). See what holds it up: kubectl describe cv ${spec.formerly} -n ${namespace}`;
  return { kind: 'waiting', reason: Reason.Progressing, message };
}

/** The reason of the Ready condition that tells it. */
export function readyReason(outcome: Outcome): string {
  if (outcome.kind === 'refused') return outcome.refusal.reason;
  if (outcome.kind === 'accepted') return outcome.trouble?.reason ?? outcome.as;
  return outcome.kind === 'waiting' ? outcome.reason : Reason.Suspended;
}

/**
 * Whether this object's version is a head that others may not have heard of: saved just now, or before an
 * answer, this process or a status write was lost.
 */
export function isNews({ status }: ConfigVersion, { saved, line, head }: Settled): boolean {
  const told = line !== null && status.version === String(line.version);
  return saved || (!told && line !== null && line.version === head?.version);
}
