/**
 * What keeps a projection from showing what is asked for, in its status: what, which config, and what to do next.
 * Invariant: no message is longer than 240 characters, and none holds a value of a config.
 */
import { clip, message, type Sentence, shortName } from '../../../history/core/names.ts';
import { type RefusalOf, reasonOf } from '../../../history/core/refusal.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ProjectedVersion } from '../../../history/words/projection.ts';
import type { ConfigMapFormat, Conversion } from '../../../text/convert/convert.ts';
import type { TargetRef } from '../config-map.ts';
import { ProjectionReason, type ProjectionTrouble } from '../config-projection.ts';
import { rightWords } from '../right-words.ts';
import type { Unresolved } from './references.ts';

const told = (reason: ProjectionReason, ...sentences: readonly Sentence[]): ProjectionTrouble => ({
  reason,
  message: message(...sentences),
});

const stays: Sentence = ['The target stays as it is.', '', 9];

export function noConfigThere(config: ConfigId): ProjectionTrouble {
  return told(
    ProjectionReason.ConfigNotFound,
    `There is no config ${shortName(config)}.`,
    'Save it, or take it out of spec.configs.',
    stays,
  );
}

export function emptyFolder(namespace: string, prefix: string): ProjectionTrouble {
  const where =
    prefix === '' ? `config namespace ${namespace}` : shortName({ namespace, path: `${prefix}/` });
  return told(
    ProjectionReason.ConfigNotFound,
    `There is no config in ${where}.`,
    'Save one, or take the prefix out of spec.configs.',
    stays,
  );
}

export function noVersionThere(config: ConfigId, version: Version, head: Version): ProjectionTrouble {
  return told(
    ProjectionReason.VersionNotFound,
    version > head
      ? `Version ${version} of ${shortName(config)} does not exist yet; the latest is ${head}.`
      : `Version ${version} of ${shortName(config)} does not exist any more; the latest is ${head}.`,
    'Set its version in spec.configs to one that exists, or leave it out to show the latest.',
    stays,
  );
}

export function versionPurged(config: ConfigId, version: Version): ProjectionTrouble {
  return told(
    ProjectionReason.VersionPurged,
    `Version ${version} of ${shortName(config)} was purged, so no target shows it any more.`,
    'Set its version in spec.configs to one that exists, or leave it out to show the latest.',
    ['Other keys stay as they are.', '', 9],
  );
}

export function twoForOneKey(key: string, one: ConfigId, other: ConfigId): ProjectionTrouble {
  return told(
    ProjectionReason.DuplicateKey,
    [
      `Key ${clip(key, 40)} would hold both ${shortName(one)} and ${shortName(other)}.`,
      `Two configs would have key ${clip(key, 40)}.`,
    ],
    'Name one of them by path, with another key, and not by a prefix that both are below.',
    stays,
  );
}

export function invalidKey(config: ConfigId, key: string): ProjectionTrouble {
  return told(
    ProjectionReason.InvalidKey,
    `${shortName(config)} gives ${clip(key, 40)}, which is not a valid key: letters, digits, - _ and . only, at most 253.`,
    'Name the config by path, with a key.',
    stays,
  );
}

export function tooManyConfigs(most: number): ProjectionTrouble {
  return told(
    ProjectionReason.TooManyConfigs,
    `spec.configs stands for more than ${most} configs, and a target may have ${most} keys.`,
    'Use longer prefixes, or several ConfigProjections.',
    stays,
  );
}

export function tooLarge(bytes: number, configs: number): ProjectionTrouble {
  return told(
    ProjectionReason.TooLarge,
    `The ${configs === 1 ? 'config has' : `${configs} configs have`} ${bytes} bytes together, and a target may have 1048576.`,
    'Show fewer of them, or split them over several ConfigProjections.',
    stays,
  );
}

export function partNotRenderable(
  key: string,
  { config, version }: ProjectedVersion,
  format: ConfigMapFormat,
  { path, message: why }: Extract<Conversion, { ok: false }>,
): ProjectionTrouble {
  return told(
    ProjectionReason.NotRenderable,
    `Version ${version} of ${shortName(config)} cannot be written as ${format}: ${clip(`${path}: ${why}`, 80)}.`,
    `Change the text, or the format of key ${clip(key, 30)}.`,
    stays,
  );
}

export function unresolved(
  key: string,
  config: ConfigId,
  { reference, message: why }: Unresolved,
): ProjectionTrouble {
  return told(
    ProjectionReason.ReferenceUnresolved,
    `${clip(reference, 70)} in ${shortName(config)} (key ${clip(key, 24)}) cannot be shown: ${clip(why, 60)}.`,
    'Correct the text, or leave out spec.references.',
    stays,
  );
}

export function tooManyReferred(most: number): ProjectionTrouble {
  return told(
    ProjectionReason.ReferenceUnresolved,
    `The texts refer to more than ${most} other configs.`,
    'Refer to fewer, or use several ConfigProjections.',
    stays,
  );
}

export function notReadable(refusal: RefusalOf<'no-right'>): ProjectionTrouble {
  const { config, from, rules } = refusal;
  const reason =
    reasonOf(refusal) === ProjectionReason.NamespaceNotFound
      ? ProjectionReason.NamespaceNotFound
      : ProjectionReason.PathNotAllowed;
  if (rules.kind === 'closed') return { reason, message: rightWords(refusal) };
  if (rules.kind === 'nowhere')
    return told(
      reason,
      `There is no config namespace ${config.namespace}: neither a ConfigNamespace nor a Kubernetes namespace has that name.`,
      'Correct the namespace in spec.',
      stays,
    );
  const what = config.path === '' ? `all of config namespace ${config.namespace}` : shortName(config);
  return told(
    reason,
    `Kubernetes namespace ${from} may not read ${what}.`,
    `Ask the owner of config namespace ${config.namespace} for a readers entry that names ${from}.`,
    stays,
  );
}

export function secretsNotEnabled(): ProjectionTrouble {
  return told(
    ProjectionReason.SecretsNotEnabled,
    'This operator may not write Secrets.',
    "Set the chart's value projections.secrets: true, or spec.target.kind: ConfigMap.",
  );
}

function about({ kind, namespace, name }: TargetRef, sentence: (named: string) => string): Sentence {
  const short = `${kind} ${clip(name, 63)}`;
  return [sentence(`${short} in namespace ${namespace}`), sentence(short), 8];
}

/** @param by what it belongs to; null: nothing of Pawl's */
export function targetTaken(ref: TargetRef, by: string | null): ProjectionTrouble {
  const next = 'Set another spec.target.name';
  if (by !== null)
    return told(
      ProjectionReason.TargetNotOwned,
      about(ref, named => `${named} belongs to ${by}.`),
      `${next}.`,
    );
  const kind = ref.kind.toLowerCase();
  return told(
    ProjectionReason.TargetNotOwned,
    about(ref, named => `${named} exists, and Pawl did not make it.`),
    [
      `${next}, or hand it over: kubectl annotate ${kind} ${ref.name} -n ${ref.namespace} pawl.dev/adopt=true`,
      `${next}, or annotate the ${ref.kind} with pawl.dev/adopt=true.`,
      0,
    ],
  );
}

export function showsLater(
  ref: TargetRef,
  { key, shown, head }: { key: string; shown: Version; head: Version },
): ProjectionTrouble {
  return told(
    ProjectionReason.TargetRejected,
    about(
      ref,
      named => `${named} shows version ${shown} in ${clip(key, 40)}, but the latest saved is ${head}.`,
    ),
    ['If the database was restored, save the newer text again.', '', 2],
    [
      `To show version ${head}: kubectl delete ${ref.kind.toLowerCase()} ${ref.name} -n ${ref.namespace}`,
      `To show version ${head}, delete the ${ref.kind}.`,
      1,
    ],
  );
}

export function projectionAltered(ref: TargetRef): ProjectionTrouble {
  return told(
    ProjectionReason.TargetAltered,
    about(ref, named => `${named} differs from what Pawl wrote: an admission policy or webhook changes it.`),
    'Exempt field manager pawl from it.',
    ['Pawl will try again from time to time.', '', 2],
  );
}

export function projectionStorm({ kind, namespace, name }: TargetRef): ProjectionTrouble {
  return told(
    ProjectionReason.DriftStorm,
    `Something keeps changing ${kind} ${clip(name, 63)}, so Pawl puts it back less and less often.`,
    [
      `To see who writes it: kubectl get ${kind.toLowerCase()} ${name} -n ${namespace} -o yaml --show-managed-fields`,
      'To see who writes it, look at its managed fields.',
    ],
  );
}

/** @param why the API server's words, with or without the call that they answer */
export function projectionRejected(ref: TargetRef, why: string): ProjectionTrouble {
  const said = why.replace(/^[A-Z]+ \/\S*: /, '').replace(/\.$/, '');
  return told(
    ProjectionReason.TargetRejected,
    [
      `The API server refuses ${ref.kind} ${ref.name} in namespace ${ref.namespace}: ${clip(said, 130)}.`,
      `The API server refuses the ${ref.kind}: ${clip(said, 165)}.`,
    ],
    ['Pawl will try again from time to time.', ''],
  );
}
