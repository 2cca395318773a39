/** The schema's functions of notifiers: how far each has read, and what is still to be sent. */
import type { NotificationToKeep, SettledAs } from '../words/notification.ts';
import { milliseconds, rotationParts } from './function-parts.ts';
import { type Parts, type SqlCall, scalar, sqlCall } from './parameters.ts';
import { remarkValue } from './values.ts';

/** The object of a notifier. */
export interface NotifierName {
  readonly cluster: string;
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}
const notifierParts: Parts<NotifierName> = {
  cluster: scalar('text', ({ cluster }) => cluster),
  namespace: scalar('text', ({ namespace }) => namespace),
  name: scalar('text', ({ name }) => name),
  uid: scalar('text', ({ uid }) => uid),
};
const notifierId: Parts<{ readonly notifier: string }> = {
  notifier: scalar('bigint', ({ notifier }) => notifier),
};

export const beginNotifier: SqlCall<NotifierName & { readonly position: string }> = sqlCall(
  'begin_notifier',
  {
    ...notifierParts,
    position: scalar('text', ({ position }) => position),
  },
);

interface TakenNotifications {
  readonly notifier: string;
  readonly from: string;
  readonly to: string;
  readonly lost: boolean;
  readonly keep: readonly NotificationToKeep[];
  readonly mostWaiting: number;
  readonly mostDead: number;
}
export const takeNotifications: SqlCall<TakenNotifications> = sqlCall('take_notifications', {
  ...notifierId,
  from: scalar('text', ({ from }) => from),
  to: scalar('text', ({ to }) => to),
  lost: scalar('boolean', ({ lost }) => lost),
  event: scalar('text[]', ({ keep }) => keep.map(({ event }) => event)),
  kind: scalar('text[]', ({ keep }) => keep.map(({ kind }) => kind)),
  namespace: scalar('text[]', ({ keep }) => keep.map(({ config }) => config.namespace)),
  path: scalar('text[]', ({ keep }) => keep.map(({ config }) => config.path)),
  version: scalar('bigint[]', ({ keep }) => keep.map(({ version }) => version)),
  entry: scalar('bigint[]', ({ keep }) => keep.map(({ entry }) => entry)),
  at: scalar('timestamp with time zone[]', ({ keep }) => keep.map(({ at }) => at.toISOString())),
  most: scalar('integer', ({ mostWaiting }) => mostWaiting),
  most_dead: scalar('integer', ({ mostDead }) => mostDead),
});

export const claimNotification: SqlCall<{ readonly notifier: string; readonly holdMs: number }> = sqlCall(
  'claim_notification',
  { ...notifierId, hold: milliseconds(({ holdMs }) => holdMs) },
);

interface SettledNotification {
  readonly id: string;
  readonly attempts: number;
  readonly as: SettledAs;
  readonly mostDead: number;
}
export const settleNotification: SqlCall<SettledNotification> = sqlCall('settle_notification', {
  notification: scalar('bigint', ({ id }) => id),
  attempts: scalar('integer', ({ attempts }) => attempts),
  delivered: scalar('boolean', ({ as }) => as.kind === 'delivered'),
  wait: scalar('interval', ({ as }) => (as.kind === 'later' ? `${as.waitMs} milliseconds` : null)),
  reason: scalar('text', ({ as }) => (as.kind === 'delivered' ? null : remarkValue(as.reason))),
  most_dead: scalar('integer', ({ mostDead }) => mostDead),
});

export const reviveNotifications = sqlCall('revive_notifications', notifierId);
export const forgetNotifier = sqlCall('forget_notifier', notifierParts);
export const rotateNotifiers = sqlCall('rotate_notifiers', rotationParts);
