/**
 * What the store most likely holds of a config, judging by the cluster alone, so that the usual save needs no look
 * before it. Invariant: a guess is only ever good for trying a save, which the store refuses when its head is not the
 * one guessed; every other decision needs a real look.
 */

import type { Line, VersionRecord, View } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigMapState } from './config-map.ts';
import { annotation, type ConfigVersion, label } from './config-version.ts';
import { shownConfig } from './render.ts';
import { readyOf } from './status.ts';
import type { Terms } from './terms.ts';

const nothing: View = Object.freeze({
  config: null,
  head: null,
  line: null,
  base: null,
  match: null,
  headIsOwn: false,
});

/**
 * Null: no guess.
 * @param shown the ConfigMap the object asks for, if it is one of ours
 * @param alone whether no other object is seen to propose the config
 */
export function guessView(
  object: ConfigVersion,
  terms: Terms,
  shown: ConfigMapState | undefined,
  alone: boolean,
): View | null {
  const { status } = object;
  if (status.version === undefined) {
    const isNew = (status.observedGeneration ?? -1) === -1;
    return isNew && alone && shown === undefined ? nothing : null;
  }
  return shown === undefined ? null : guessLatest(object, terms, shown);
}

/** An object whose own last text is the latest, and is what its ConfigMap shows. */
function guessLatest({ status }: ConfigVersion, terms: Terms, shown: ConfigMapState): View | null {
  const { version: text, contentSha256: sha256, supersededBy } = status;
  const { config, baseVersion, format } = terms;
  const about = shownConfig(shown);
  const id = shown.labels[label.configId];
  if (text === undefined || sha256 === undefined || supersededBy !== undefined || id === undefined)
    return null;
  // Only of a version saved as it was proposed is the text the line's text, too.
  if (readyOf(status)?.reason !== Reason.Saved) return null;
  if (about?.namespace !== config.namespace || about.path !== config.path) return null;
  if (shown.annotations[annotation.version] !== text) return null;
  if (shown.annotations[annotation.contentSha256] !== sha256) return null;
  const version = BigInt(text);
  if (baseVersion !== null && baseVersion !== version) return null;
  const head: VersionRecord = {
    version,
    sha256,
    kind: 'direct',
    baseVersion: null,
    author: '',
    // Assumed to be the same person; the store saves over it only if that is true.
    actor: terms.actor,
    comment: '',
    git: {},
    createdAt: new Date(0),
  };
  const line: Line = {
    uid: terms.uid,
    generation: BigInt(status.observedGeneration ?? 0),
    sha256,
    baseVersion: null,
    version,
    contentSha256: sha256,
    acceptedAs: 'Saved',
    actor: terms.actor,
    supersededBy: null,
  };
  return {
    config: { id, format, lastVersion: version },
    head,
    line,
    base: baseVersion === null ? null : head,
    match: null,
    headIsOwn: true,
  };
}
