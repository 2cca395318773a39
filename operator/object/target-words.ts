/** What keeps a ConfigMap from showing the latest version, in the status of the object that asks for it. */
import { clip, message, type Sentence, shortName } from '../../history/core/names.ts';
import type { ConfigId, Version } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigMapFormat, Conversion } from '../../text/convert/convert.ts';
import type { ConfigMapRef, ConfigMapState } from './config-map.ts';
import type { Outline } from './render.ts';
import type { Stall } from './stall.ts';

/** A sentence about a ConfigMap, which names the namespace too where there is room for it. */
function about({ namespace, name }: ConfigMapRef, sentence: (named: string) => string): Sentence {
  const short = `ConfigMap ${clip(name, 63)}`;
  return [sentence(`${short} in namespace ${namespace}`), sentence(short), 8];
}

export function notOwned(ref: ConfigMapRef, other: ConfigId | null): Stall {
  const { namespace, name } = ref;
  const next = 'Set another spec.configMap.name';
  const words: readonly Sentence[] = other
    ? [about(ref, named => `${named} shows ${shortName(other)}.`), `${next}.`]
    : [
        about(ref, named => `${named} exists, and Pawl did not make it.`),
        // docs/gitops.md has the two commits.
        ['In Git: annotate it, then remove its manifest.', '', 1],
        [
          `${next}, or hand it over: kubectl annotate configmap ${name} -n ${namespace} pawl.dev/adopt=true`,
          `${next}, or annotate the ConfigMap with pawl.dev/adopt=true.`,
          0,
        ],
      ];
  return { reason: Reason.TargetNotOwned, message: message(...words) };
}

export function ownedByProjection(ref: ConfigMapRef, projection: string): Stall {
  return {
    reason: Reason.TargetNotOwned,
    message: message(
      about(ref, named => `${named} belongs to ConfigProjection ${clip(projection, 63)}.`),
      'Set another spec.configMap.name.',
    ),
  };
}

export function notRenderable(
  ref: ConfigMapRef,
  format: ConfigMapFormat,
  version: Version,
  { path, message: why }: Extract<Conversion, { ok: false }>,
): Stall {
  return {
    reason: Reason.NotRenderable,
    message: message(
      `Version ${version} is saved, but cannot be written as ${format}: ${clip(`${path}: ${why}`, 110)}.`,
      [`ConfigMap ${ref.name} is not changed.`, ''],
      'Change the text, or spec.configMap.format.',
    ),
  };
}

export function showsNewer(ref: ConfigMapRef, shown: Version, head: Version): Stall {
  return {
    reason: Reason.TargetRejected,
    message: message(
      about(ref, named => `${named} shows version ${shown}, but the latest saved is ${head}.`),
      ['If the database was restored, apply the newer text again.', '', 2],
      [
        `To show version ${head}: kubectl delete configmap ${ref.name} -n ${ref.namespace}`,
        `To show version ${head}, delete the ConfigMap.`,
        1,
      ],
    ),
  };
}

export function targetAltered(
  ref: ConfigMapRef,
  version: Version,
  wanted: Outline,
  written: ConfigMapState,
): Stall {
  const what = written.hashes[wanted.key] === wanted.sha256 ? 'More than the text of' : 'The text of';
  return {
    reason: Reason.TargetAltered,
    message: message(
      [`Version ${version} is saved.`, '', 1],
      about(
        ref,
        named => `${what} ${named} differs from what Pawl wrote: an admission policy or webhook changes it.`,
      ),
      'Exempt field manager pawl from it.',
      ['Pawl will try again from time to time.', '', 2],
    ),
  };
}

export function driftStorm({ namespace, name }: ConfigMapRef): Stall {
  return {
    reason: Reason.DriftStorm,
    message: message(
      `Something keeps changing ConfigMap ${clip(name, 63)}, so Pawl puts it back less and less often.`,
      [
        `To see who writes it: kubectl get configmap ${name} -n ${namespace} -o yaml --show-managed-fields`,
        'To see who writes it, look at its managed fields.',
      ],
    ),
  };
}

/** @param why the API server's words, with or without the call that they answer */
export function targetRejected(ref: ConfigMapRef, why: string): Stall {
  const said = why.replace(/^[A-Z]+ \/\S*: /, '').replace(/\.$/, '');
  const kept = 'The version is kept, but the API server refuses';
  return {
    reason: Reason.TargetRejected,
    message: message(
      [
        `${kept} ConfigMap ${ref.name} in namespace ${ref.namespace}: ${clip(said, 130)}.`,
        `${kept} the ConfigMap: ${clip(said, 165)}.`,
      ],
      ['Pawl will try again from time to time.', ''],
    ),
  };
}
