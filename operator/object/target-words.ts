/** What keeps a ConfigMap from showing the latest version, as the status of the object that asks for it says it. */
import { configName } from '../../history/core/names.ts';
import type { ConfigId, Version } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigMapFormat, Conversion } from '../../text/convert/convert.ts';
import type { ConfigMapRef, ConfigMapState } from './config-map.ts';
import type { Outline } from './render.ts';
import type { Stall } from './stall.ts';

export function notOwned({ namespace, name }: ConfigMapRef, other: ConfigId | null): Stall {
  const way = other
    ? `It shows ${configName(other)}. Set another spec.configMap.name.`
    : `Pawl did not make it and leaves it alone. Set another spec.configMap.name, delete that ConfigMap, or hand ` +
      `it over: kubectl annotate configmap ${name} -n ${namespace} pawl.dev/adopt=true. Pawl looks again within a ` +
      'minute.';
  return {
    reason: Reason.TargetNotOwned,
    message: `ConfigMap ${name} exists in namespace ${namespace}. ${way}`,
  };
}

export function notRenderable(
  { namespace, name }: ConfigMapRef,
  format: ConfigMapFormat,
  version: Version,
  { path, message }: Extract<Conversion, { ok: false }>,
): Stall {
  return {
    reason: Reason.NotRenderable,
    message:
      `Version ${version} is kept, but cannot be shown as ${format}: ${path}: ${message}. ConfigMap ${name} in ` +
      `namespace ${namespace} stays as it is. Change the text, or set another spec.configMap.format.`,
  };
}

export function showsNewer({ namespace, name }: ConfigMapRef, shown: Version, head: Version): Stall {
  return {
    reason: Reason.TargetRejected,
    message:
      `ConfigMap ${name} in namespace ${namespace} shows version ${shown}, but the latest saved is ${head}, and Pawl ` +
      `does not take pods back by itself. If the database was restored to an earlier moment, apply the newer text ` +
      `again; to show version ${head}, delete the ConfigMap.`,
  };
}

export function targetAltered(
  { namespace, name }: ConfigMapRef,
  version: Version,
  wanted: Outline,
  written: ConfigMapState,
): Stall {
  const what = written.hashes[wanted.key] === wanted.sha256 ? 'more than the text is not' : 'the text is not';
  return {
    reason: Reason.TargetAltered,
    message:
      `Version ${version} is saved, but in ConfigMap ${name} in namespace ${namespace} ${what} as Pawl wrote it: an ` +
      'admission policy or webhook changes it. Exempt what Pawl writes from that. Pawl tries again from time to time.',
  };
}

export function driftStorm({ namespace, name }: ConfigMapRef): Stall {
  return {
    reason: Reason.DriftStorm,
    message:
      `Something keeps changing ConfigMap ${name}, so Pawl puts it back ever more seldom, down to once in 5 minutes. ` +
      `Find out what: kubectl get configmap ${name} -n ${namespace} -o yaml --show-managed-fields.`,
  };
}

export function targetRejected({ namespace, name }: ConfigMapRef, why: string): Stall {
  return {
    reason: Reason.TargetRejected,
    message:
      `The version is kept, but the API server refuses ConfigMap ${name} in namespace ${namespace}: ${why} ` +
      'Pawl tries again from time to time.',
  };
}
