/**
 * Reads a ConfigProjection object in Pawl's own types, with every default filled in. No code past this file reads spec
 * again, so that each default has one place.
 */
import { configName } from '../../../history/core/names.ts';
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ProjectionLook } from '../../../history/words/projection.ts';
import type { ConfigMapFormat } from '../../../text/convert/convert.ts';
import type { TargetKind, TargetRef } from '../config-map.ts';
import type { ConfigProjection } from '../config-projection.ts';

/** One entry of the list. */
export type AskedConfig =
  | {
      readonly kind: 'config';
      readonly config: ConfigId;
      /** null: none was named, and the path has to give one. */
      readonly key: string | null;
      readonly format: ConfigMapFormat;
      /** null: the latest. */
      readonly version: Version | null;
    }
  | {
      readonly kind: 'folder';
      readonly namespace: string;
      readonly prefix: string;
      readonly format: ConfigMapFormat;
    };

export interface TargetWish {
  readonly kind: TargetKind;
  readonly namespace: string;
  /** Of an immutable target, what its names begin with. */
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
  readonly isImmutable: boolean;
  /** Earlier immutable targets that stay. */
  readonly keep: number;
}

export interface RolloutPlan {
  /** In their order; each pauses before the next, the last one before the target. */
  readonly steps: readonly { readonly name: string; readonly pauseMs: number }[];
  /** Whether a workload that is unhealthy halts it. */
  readonly halts: boolean;
}

export interface ProjectionTerms {
  readonly asked: readonly AskedConfig[];
  readonly target: TargetWish;
  /** Whether references in the texts are replaced. */
  readonly references: boolean;
  /** null: what is saved is shown at once. */
  readonly rollout: RolloutPlan | null;
}

const defaultKeep = 3;
const defaultPause = '10m';
const unitMs: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000 };
/** A week: a step that lasts longer has been forgotten. */
const longestPauseMs = 7 * 24 * 3_600_000;

export function readProjection(object: ConfigProjection): ProjectionTerms {
  const { configs, references = false } = object.spec;
  const ownNamespace = object.spec.namespace ?? object.metadata.namespace;
  return {
    asked: configs.map(({ namespace = ownNamespace, path, prefix = '', key, format = 'Source', version }) =>
      path === undefined
        ? { kind: 'folder', namespace, prefix, format }
        : {
            kind: 'config',
            config: { namespace, path },
            key: key ?? null,
            format,
            version: version === undefined ? null : BigInt(version),
          },
    ),
    target: targetWishOf(object),
    references,
    rollout: rolloutOf(object),
  };
}

function rolloutOf({ spec: { rollout } }: ConfigProjection): RolloutPlan | null {
  if (!rollout) return null;
  return {
    steps: rollout.steps.map(({ target, pause = defaultPause }) => ({
      name: target,
      pauseMs: Math.min(longestPauseMs, Number.parseInt(pause, 10) * (unitMs[pause.slice(-1)] ?? 0)),
    })),
    halts: (rollout.haltOn ?? []).length > 0,
  };
}

/** Every target that it may have: those of steps in their order, and last the one that the rest of the consumers use. */
export function targetsOf(object: ConfigProjection): TargetRef[] {
  const { kind, namespace, name } = targetWishOf(object);
  const steps = rolloutOf(object)?.steps ?? [];
  return [...steps.map(step => ({ kind, namespace, name: step.name })), { kind, namespace, name }];
}

export function targetWishOf({
  metadata: { namespace, name },
  spec: { target = {} },
}: ConfigProjection): TargetWish {
  return {
    kind: target.kind ?? 'ConfigMap',
    namespace,
    name: target.name ?? name,
    labels: target.labels ?? {},
    annotations: target.annotations ?? {},
    isImmutable: target.immutable ?? false,
    keep: target.keep ?? defaultKeep,
  };
}

/** The config namespaces that it reads. */
export function namespacesRead({ metadata, spec }: ConfigProjection): string[] {
  const own = spec.namespace ?? metadata.namespace;
  return [...new Set(spec.configs.map(({ namespace = own }) => namespace))];
}

/**
 * What to ask the store, but for limits.
 * @param referred configs that texts refer to, which come last of `configs`
 * @param pinned by `namespace/path`, those of them that are not read at their latest version
 */
export function lookFor(
  { asked }: ProjectionTerms,
  referred: readonly ConfigId[] = [],
  pinned: ReadonlyMap<string, Version> = new Map(),
): Pick<ProjectionLook, 'configs' | 'folders'> {
  return {
    configs: [
      ...asked.filter(each => each.kind === 'config'),
      ...referred.map(config => ({ config, version: pinned.get(configName(config)) ?? null })),
    ],
    folders: asked.filter(each => each.kind === 'folder'),
  };
}

/** Where a right to read is needed: the config, or the whole folder. */
export function placesRead({ asked }: ProjectionTerms): ConfigId[] {
  return asked.map(each =>
    each.kind === 'config' ? each.config : { namespace: each.namespace, path: each.prefix },
  );
}
