/**
 * Reads a ConfigProjection object in Pawl's own types, with every default filled in. No code past this file reads spec
 * again, so that each default has one place.
 */
import type { ConfigId, Version } from '../../../history/words/model.ts';
import type { ProjectionLook } from '../../../history/words/projection.ts';
import type { ConfigMapFormat } from '../../../text/convert/convert.ts';
import type { TargetKind } from '../config-map.ts';
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

export interface ProjectionTerms {
  readonly asked: readonly AskedConfig[];
  readonly target: TargetWish;
  /** Whether references in the texts are replaced. */
  readonly references: boolean;
}

const defaultKeep = 3;

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
  };
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
 */
export function lookFor(
  { asked }: ProjectionTerms,
  referred: readonly ConfigId[] = [],
): Pick<ProjectionLook, 'configs' | 'folders'> {
  return {
    configs: [
      ...asked.filter(each => each.kind === 'config'),
      ...referred.map(config => ({ config, version: null })),
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
