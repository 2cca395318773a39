/**
 * Which events a notifier is told of: those it asks for, of configs that its Kubernetes namespace may read now. Invariant:
 * what is not known yet is neither yes nor no; such a notifier waits where it is.
 */
import type { HappenedEvent, NotificationToKeep } from '../../history/words/notification.ts';
import { coversPath } from '../../text/glob.ts';
import { asksFor, type ConfigNotifier, notifiedNamespace } from '../object/config-notifier.ts';
import type { RightsContext } from '../projection/rights.ts';
import { lawAt } from '../reconcile/namespace-law.ts';
import { kindOf, notificationId } from './event.ts';

/** Null: it is not known yet. */
export async function wantedBy(
  { cluster, holds }: RightsContext,
  object: ConfigNotifier,
  events: readonly HappenedEvent[],
  signal: AbortSignal,
): Promise<readonly NotificationToKeep[] | null> {
  const { spec, metadata } = object;
  const namespace = notifiedNamespace(object);
  const asked = events.filter(event => {
    const kind = kindOf(event);
    return (
      kind !== null &&
      event.config.namespace === namespace &&
      asksFor(object, kind) &&
      (!spec.paths || spec.paths.some(pattern => coversPath(pattern, event.config.path)))
    );
  });
  if (asked.length === 0) return [];
  const hold = await holds(namespace, metadata.namespace, signal);
  if (hold === 'untold') return null;
  if (hold === 'closed') return [];
  const kept: NotificationToKeep[] = [];
  for (const event of asked) {
    const law = lawAt(cluster, event.config, metadata.namespace, ['read']);
    if (!law) return null;
    if (law.read) continue;
    const { config, at, what } = event;
    kept.push({
      ...{ event: notificationId(metadata.uid, event), kind: kindOf(event)!, config, at },
      version: 'version' in what ? what.version : null,
      entry: 'entry' in what ? what.entry : null,
    });
  }
  return kept;
}

/** Whether it may read anything that it asks for; `untold`: not known yet. */
export async function readsSomething(
  { cluster, holds }: RightsContext,
  object: ConfigNotifier,
  signal: AbortSignal,
): Promise<boolean | 'untold'> {
  const { spec, metadata } = object;
  const namespace = notifiedNamespace(object);
  const hold = await holds(namespace, metadata.namespace, signal);
  if (hold !== 'open') return hold === 'untold' ? 'untold' : false;
  const { writers = [], readers = [] } = cluster.configNamespace(namespace)?.spec ?? {};
  const granted = [...writers, ...readers].flatMap(({ paths = [] }) => paths);
  const places = [...(spec.paths ?? ['']).map(literalPart), ...granted];
  const laws = places.map(path => lawAt(cluster, { namespace, path }, metadata.namespace, ['read']));
  if (laws.some(law => law?.read === null)) return true;
  return laws.includes(null) ? 'untold' : false;
}

/** The folder that all of what a pattern covers is in. */
function literalPart(pattern: string): string {
  const segments = pattern.split('/');
  const wild = segments.findIndex(segment => segment.includes('*'));
  return segments.slice(0, wild === -1 ? segments.length : wild).join('/');
}
