/** Sends one notification: gathers what is known of its event, makes the message, signs it, posts it. */
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { DueNotification } from '../../history/words/notification.ts';
import type { ConfigNotifier } from '../object/config-notifier.ts';
import type { Destination } from './destination.ts';
import { type EventFacts, messageOf } from './event.ts';
import { changedPlaces } from './places.ts';
import type { NotificationStore } from './ports.ts';
import { type PostContext, type PostOutcome, post } from './post.ts';
import { signedHeaders } from './signature.ts';

export interface SenderContext extends PostContext {
  readonly store: Pick<NotificationStore, 'refusal' | 'rendering' | 'deletedBy' | 'versionWithFormer'>;
  /** The cluster's name in the history. */
  readonly cluster: string;
}

/** Rejects as the store does, before anything is sent, and with the reason of the signal. */
export async function sendNotification(
  context: SenderContext,
  due: DueNotification,
  { spec }: ConfigNotifier,
  { url, keys }: Destination,
  signal: AbortSignal,
): Promise<PostOutcome> {
  const facts = await factsOf(context, due, signal);
  const { contentType, body } = messageOf(due, facts, { spec, cluster: context.cluster });
  const signed = signedHeaders({ id: due.event, at: context.clock.now(), body }, keys);
  const headers = { ...signed, 'content-type': contentType, 'user-agent': 'pawl' };
  return post({ url, headers, body }, context, signal);
}

async function factsOf(
  { store }: SenderContext,
  { kind, config, version, entry }: DueNotification,
  signal: AbortSignal,
): Promise<EventFacts> {
  if (entry !== null && version === null) return { refusal: await store.refusal(entry, signal) };
  if (version === null) return {};
  if (entry !== null) {
    const rendering = await store.rendering(entry, signal);
    return { ...(await savedFacts(store, { config, version }, signal)), rendering };
  }
  if (kind === 'Deleted') return { deletedBy: await store.deletedBy(config, version, signal) };
  return savedFacts(store, { config, version }, signal);
}

async function savedFacts(
  store: Pick<NotificationStore, 'versionWithFormer'>,
  { config, version }: { readonly config: ConfigId; readonly version: Version },
  signal: AbortSignal,
): Promise<EventFacts> {
  const found = await store.versionWithFormer(config, version, signal);
  if (!found) return {};
  return { version: found.record, places: changedPlaces(found.text, found.former, found.format) };
}
