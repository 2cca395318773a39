/**
 * Tells notifiers which versions the target of a projection does not show, and why. Invariant: what it showed before is not
 * news, nor is a version that is shown by its number.
 */
import { configName } from '../../history/core/names.ts';
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { ConfigProjection, ProjectionTrouble, RolloutState } from '../object/config-projection.ts';
import type { ShownKey } from '../object/projection/contents.ts';
import { rolloutHalted } from '../object/projection/rollout-words.ts';
import { targetWishOf } from '../object/projection/terms.ts';
import type { RenderingTeller } from '../reconcile/ports.ts';

interface Telling {
  /** Default: nobody asks. */
  readonly renderings?: RenderingTeller | undefined;
}

interface Unshown {
  readonly config: ConfigId;
  readonly version: Version;
}

/** Of a target that was refused what it was to show. */
export async function tellRefused(
  { renderings }: Telling,
  object: ConfigProjection,
  { parts, trouble }: { readonly parts: readonly ShownKey[]; readonly trouble: ProjectionTrouble },
  signal: AbortSignal,
): Promise<void> {
  if (!renderings) return;
  const shown = new Set(object.status.configs?.map(each => `${configName(each)}@${each.version}`));
  const unshown = parts.filter(
    ({ config, version, isPinned }) => !isPinned && !shown.has(`${configName(config)}@${version}`),
  );
  await tell(renderings, object, { unshown, trouble }, signal);
}

/** Of a rollout, where it is halted. */
export async function tellHalted(
  { renderings }: Telling,
  object: ConfigProjection,
  rollout: RolloutState,
  signal: AbortSignal,
): Promise<void> {
  if (!renderings || !rollout.halted) return;
  const unshown = (rollout.configs ?? []).flatMap(({ namespace, path, version }) =>
    version === undefined ? [] : [{ config: { namespace, path }, version: BigInt(version) }],
  );
  await tell(renderings, object, { unshown, trouble: rolloutHalted(object, rollout) }, signal);
}

async function tell(
  renderings: RenderingTeller,
  object: ConfigProjection,
  {
    unshown,
    trouble: { reason, message },
  }: { readonly unshown: readonly Unshown[]; readonly trouble: ProjectionTrouble },
  signal: AbortSignal,
): Promise<void> {
  const { uid, generation, name } = object.metadata;
  const { kind, namespace, name: targetName } = targetWishOf(object);
  const target = { kind, namespace, name: targetName };
  for (const { config, version } of unshown) {
    // Each config's versions are told of by themselves.
    const asked = { name, uid: `${uid} ${config.path}`, generation };
    await renderings.failed({ config, version, target, object: asked, reason, message }, signal);
  }
}
