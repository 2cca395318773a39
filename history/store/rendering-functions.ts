/** The schema's functions of renderings: who is told which versions came to be shown. */
import type { FailedRendering, ShownVersion } from '../words/notification.ts';
import { boundedParts } from './function-parts.ts';
import { type Parts, type SqlCall, scalar, sqlCall } from './parameters.ts';
import { remarkValue } from './values.ts';

/** A config namespace whose renderings in a cluster are told. */
export interface Followed {
  readonly cluster: string;
  readonly namespace: string;
}
const followedParts: Parts<Followed> = {
  cluster: scalar('text', ({ cluster }) => cluster),
  namespace: scalar('text', ({ namespace }) => namespace),
};

/** As it is kept: a name of a Kubernetes object has no slash. */
const targetName = ({ target: { kind, name } }: Pick<ShownVersion, 'target'>): string => `${kind}/${name}`;

export const followRenderings: SqlCall<Followed & { readonly shown: readonly ShownVersion[] }> = sqlCall(
  'follow_renderings',
  {
    ...followedParts,
    object_namespace: scalar('text[]', ({ shown }) => shown.map(({ target }) => target.namespace)),
    target: scalar('text[]', ({ shown }) => shown.map(targetName)),
    path: scalar('text[]', ({ shown }) => shown.map(({ config }) => config.path)),
    version: scalar('bigint[]', ({ shown }) => shown.map(({ version }) => version)),
  },
);
export const unfollowRenderings = sqlCall('unfollow_renderings', followedParts);

/** Of one target. */
interface RenderedTogether extends Followed, Pick<ShownVersion, 'target'> {
  readonly shown: readonly ShownVersion[];
}
export const tellRendered: SqlCall<RenderedTogether> = sqlCall('tell_rendered', {
  ...followedParts,
  object_namespace: scalar('text', ({ target }) => target.namespace),
  target: scalar('text', targetName),
  path: scalar('text[]', ({ shown }) => shown.map(({ config }) => config.path)),
  version: scalar('bigint[]', ({ shown }) => shown.map(({ version }) => version)),
});

export const tellRenderFailed: SqlCall<Followed & FailedRendering> = sqlCall('tell_render_failed', {
  ...followedParts,
  object_namespace: scalar('text', ({ target }) => target.namespace),
  target: scalar('text', targetName),
  path: scalar('text', ({ config }) => config.path),
  version: scalar('bigint', ({ version }) => version),
  object_name: scalar('text', ({ object }) => object.name),
  uid: scalar('text', ({ object }) => object.uid),
  generation: scalar('bigint', ({ object }) => object.generation),
  reason: scalar('text', ({ reason }) => reason),
  message: scalar('text', ({ message }) => remarkValue(message)),
});

export const rotateRenderingEvents = sqlCall('rotate_rendering_events', boundedParts);
