/**
 * Decides what becomes of a proposal: the order of DESIGN.md, "What happens to a proposal", as pure code.
 * It sees hashes and numbers only; texts are needed past this point by a stale proposal alone, and
 * stale.ts decides that once they are fetched. Same input, same decision: no I/O, no clock, no logger.
 */

import type { BodyProblem } from '../../text/body.ts';
import { checkPath } from '../../text/config-path.ts';
import type { Body, Format } from '../../text/format.ts';
import type { Line, Version, VersionRecord, View } from '../words/model.ts';
import { Reason } from '../words/reasons.ts';
import { type Law, lawFor } from './grants.ts';
import type { Proposal, Terms } from './proposal.ts';
import type { Refusal } from './refusal.ts';
import { configName, latestText, savedBy } from './words.ts';

export type BodyReading =
  | { readonly ok: true; readonly body: Body }
  | { readonly ok: false; readonly problem: BodyProblem };

/** The text a stale proposal was edited from: a saved version, or the source's last accepted proposal. */
export type Base =
  | { readonly kind: 'version'; readonly record: VersionRecord }
  | { readonly kind: 'line'; readonly line: Line };

export type Answered =
  /** Accepted before: the answer is what the line says. */
  | { readonly kind: 'accepted'; readonly line: Line }
  /**
   * The object seen is older than one already accepted: the cache lags, a newer event is on its way; or the cluster
   * was restored to an earlier moment, which only the API server can tell.
   */
  | { readonly kind: 'outdated' };

export type Decision =
  | Answered
  | { readonly kind: 'refused'; readonly refusal: Refusal }
  /** Save as the next version, if the head still is `expectedHead` (0n: there is none). */
  | { readonly kind: 'save'; readonly body: Body; readonly proposed: Body; readonly expectedHead: Version }
  /** Some version says it already; only the source's line moves. */
  | {
      readonly kind: 'unchanged';
      readonly version: Version;
      readonly proposed: Body;
      readonly expectedHead: Version;
    }
  /** Needs the texts of base and head. */
  | { readonly kind: 'stale'; readonly proposed: Body; readonly base: Base; readonly head: VersionRecord };

/**
 * @param read reads the proposal's text; called at most once, and not at all for an answer already given
 * @param law rights and policy at this moment; without it, those of a namespace nobody made rules for
 */
export function decide(
  proposal: Proposal,
  view: View,
  read: (text: string, format: Format) => BodyReading,
  law: Law = defaultLaw(proposal),
): Decision {
  const earlier = answeredBefore(proposal, view);
  if (earlier) return earlier;
  const { line, head } = view;

  const unlawful = checkRights(proposal, law) ?? checkGit(proposal, law);
  if (unlawful) return refuse(unlawful);
  const reading = read(proposal.text, proposal.format);
  if (!reading.ok) {
    const { reason, message: fault } = reading.problem;
    const message = head ? `${fault}. Version ${head.version} stays in force.` : `${fault}.`;
    return { kind: 'refused', refusal: { reason, message, rendered: true } };
  }
  const proposed = reading.body;

  if (!head) {
    const gone = (proposal.baseVersion ?? 0n) > 0n;
    return gone ? refuse(baseGone(proposal, view)) : save(proposed, 0n);
  }
  if (view.config && view.config.format !== proposal.format) {
    return refuse(formatMismatch(proposal, view.config.format));
  }
  if (proposed.sha256 === head.sha256) {
    return { kind: 'unchanged', version: head.version, proposed, expectedHead: head.version };
  }
  if (line && line.sha256 === proposed.sha256 && line.baseVersion === proposal.baseVersion) {
    return { kind: 'unchanged', version: line.version, proposed, expectedHead: head.version };
  }
  return decideBase(proposal, proposed, head, view, law);
}

/** Which base the proposal was edited from, and whether the head still is that text. */
function decideBase(
  proposal: Proposal,
  proposed: Body,
  head: VersionRecord,
  view: View,
  { policy }: Law,
): Decision {
  const { baseVersion } = proposal;
  if (baseVersion === null) {
    if (policy.requireBaseVersion) return refuse(baseDemanded(proposal, head));
    if (!view.line) return refuse(baseRequired(proposal, head));
    const fresh = view.line.sha256 === head.sha256;
    if (fresh) return save(proposed, head.version);
    // Its text was deleted, and nobody knows any more what this one was edited from.
    if (view.line.textGone) return refuse(baseRequired(proposal, head));
    return { kind: 'stale', proposed, base: { kind: 'line', line: view.line }, head };
  }
  if (baseVersion === 0n) return refuse(alreadyExists(proposal, head));
  const { known } = proposal;
  if (view.base && known?.version === baseVersion && known.sha256 !== view.base.sha256) {
    return refuse(baseAnother(proposal, head));
  }
  if (baseVersion === head.version) return save(proposed, head.version);
  if (baseVersion > (view.config?.lastVersion ?? head.version)) return refuse(baseAhead(proposal, head));
  if (!view.base) return refuse(baseGone(proposal, view));
  return { kind: 'stale', proposed, base: { kind: 'version', record: view.base }, head };
}

/** The first step, which needs no text: whether this generation, or a later one, was accepted before. */
export function answeredBefore({ uid, generation, sha256 }: Terms, { line }: View): Answered | null {
  if (line?.uid !== uid || line.generation < generation) return null;
  // One generation has one text, unless the cluster was restored to an earlier moment and went on from there.
  const same = line.generation === generation && line.sha256 === sha256;
  return same ? { kind: 'accepted', line } : { kind: 'outdated' };
}

function checkRights({ config }: Proposal, { write }: Law): Refusal | null {
  // The CRD says so too; but an object may be older than the CRD's rule.
  const fault = checkPath(config.path);
  if (!fault) return write;
  const message = `spec.path: ${fault}. Create another object.`;
  return { reason: Reason.PathNotAllowed, message, rendered: false };
}

function checkGit({ config, git }: Proposal, { policy }: Law): Refusal | null {
  const refused = (message: string): Refusal => ({
    reason: Reason.MissingGitCommit,
    message,
    rendered: true,
  });
  if (policy.requireGitCommit && !git.commit) {
    return refused(
      `Config namespace ${config.namespace} takes changes from Git only, and this one names no commit. Set ` +
        'spec.git.commit, or the annotation pawl.dev/git-commit, to 7 to 64 lower-case hex digits.',
    );
  }
  if (policy.allowDirty === false && git.dirty) {
    return refused(
      `This change comes from a work tree with uncommitted changes (git.dirty is true), which config namespace ` +
        `${config.namespace} does not take. Commit them, and apply again with the new commit.`,
    );
  }
  return null;
}

function defaultLaw({ config, source }: Proposal): Law {
  const from = { name: source.namespace, labels: {} };
  return lawFor(config, { from, spec: null, kubeNamespaceExists: true });
}

function save(proposed: Body, expectedHead: Version): Decision {
  return { kind: 'save', body: proposed, proposed, expectedHead };
}

const refuse = (refusal: Refusal): Decision => ({ kind: 'refused', refusal });

function formatMismatch({ config, format }: Proposal, existing: Format): Refusal {
  return {
    reason: Reason.FormatMismatch,
    message:
      `${configName(config)} is ${existing}, and a config keeps its format for life; this object says ` +
      `format: ${format}. Propose ${existing}, or use another path.`,
    rendered: false,
  };
}

function baseRequired(proposal: Proposal, head: VersionRecord): Refusal {
  const { config } = proposal;
  return {
    reason: Reason.BaseVersionRequired,
    message:
      `${configName(config)} exists already (${savedBy(head)}), and nothing says which version this text was ` +
      `edited from. Take ${latestText(proposal, head.version)} in, then set spec.baseVersion: ${head.version}.`,
    rendered: true,
  };
}

function baseDemanded({ config }: Proposal, head: VersionRecord): Refusal {
  return {
    reason: Reason.BaseVersionRequired,
    message:
      `Config namespace ${config.namespace} requires every change to state the version it was edited from, and this ` +
      `one does not. The latest of ${configName(config)} is ${savedBy(head)}: take its text in, then set ` +
      `spec.baseVersion: ${head.version}.`,
    rendered: true,
  };
}

function alreadyExists(proposal: Proposal, head: VersionRecord): Refusal {
  const { config } = proposal;
  return {
    reason: Reason.AlreadyExists,
    message:
      `spec.baseVersion: 0 means that the config must not exist yet, but ${configName(config)} does ` +
      `(${savedBy(head)}). Take ${latestText(proposal, head.version)} in, then set spec.baseVersion: ${head.version}.`,
    rendered: true,
  };
}

function baseAhead({ config, baseVersion }: Proposal, head: VersionRecord): Refusal {
  return {
    reason: Reason.BaseVersionAhead,
    message:
      `spec.baseVersion is ${baseVersion}, but the latest version of ${configName(config)} is ${head.version} ` +
      `(${savedBy(head)}). Set spec.baseVersion to the version this text was edited from.`,
    rendered: true,
  };
}

/** After a restore, or where another cluster used the number. */
function baseAnother({ config, baseVersion }: Proposal, head: VersionRecord): Refusal {
  return {
    reason: Reason.BaseVersionGone,
    message:
      `Version ${baseVersion} of ${configName(config)} is not the text any more that this object's status tells of: ` +
      'the database was restored to an earlier moment, and the number given to somebody else. Take the latest text in ' +
      `(${savedBy(head)}), then set spec.baseVersion: ${head.version}.`,
    rendered: true,
  };
}

function baseGone({ config, baseVersion }: Proposal, { head }: View): Refusal {
  const next = head
    ? `Take the latest text in (${savedBy(head)}), then set spec.baseVersion: ${head.version}.`
    : 'The config has no version now: leave out spec.baseVersion, or set it to 0, to create it.';
  return {
    reason: Reason.BaseVersionGone,
    message: `Version ${baseVersion} of ${configName(config)} does not exist. ${next}`,
    rendered: true,
  };
}
