/**
 * Summarises a ConfigNotifier as a status, by the same rules as a ConfigVersion's: what it says follows from facts, not from
 * the moment of looking, and a condition's time changes only when it flips. Pure.
 */
import { clip, message } from '../../history/core/names.ts';
import type { NotifierState } from '../../history/words/notification.ts';
import { dated, type Undated } from './condition.ts';
import {
  type ConfigNotifier,
  type ConfigNotifierStatus,
  NotifierReason,
  type NotifierTrouble,
} from './config-notifier.ts';

/** So many attempts that failed are more than a hiccup. */
const failingAfter = 3;

export interface NotifierFacts {
  /** null: it sends. */
  readonly trouble: NotifierTrouble | null;
  /** null: nothing is known of it yet, and what the status says stays. */
  readonly state: NotifierState | null;
  /** The annotation that was obeyed last. */
  readonly retried: string | null;
}

export function summariseNotifier(
  object: ConfigNotifier,
  { trouble, state, retried }: NotifierFacts,
  now: Date,
): ConfigNotifierStatus {
  const { generation } = object.metadata;
  const { conditions: before = [], deadLetters, eventsLostAt } = object.status;
  const lostAt = state ? state.lostAt?.toISOString() : eventsLostAt;
  const dead = state ? deadLettersOf(state) : deadLetters;
  return {
    observedGeneration: generation,
    ...(dead && { deadLetters: dead }),
    ...(lostAt !== undefined && { eventsLostAt: lostAt }),
    ...(retried !== null && { retried }),
    conditions: draftsOf(trouble, state).map(draft => dated(draft, before, generation, now)),
  };
}

function deadLettersOf({ dead, lastDead }: NotifierState): ConfigNotifierStatus['deadLetters'] {
  if (dead === 0) return undefined;
  return {
    count: dead,
    ...(lastDead && {
      last: {
        id: lastDead.event,
        time: lastDead.at.toISOString(),
        reason: clip(lastDead.reason, 200),
      },
    }),
  };
}

function draftsOf(trouble: NotifierTrouble | null, state: NotifierState | null): Undated[] {
  if (trouble) {
    return [
      { type: 'Ready', status: 'False', ...trouble },
      { type: 'Stalled', status: 'True', ...trouble },
    ];
  }
  const ready: Undated = {
    ...{ type: 'Ready', status: 'True', reason: NotifierReason.Delivering },
    message: 'Events are sent as they happen.',
  };
  const worst = state?.worst;
  if (!worst || worst.attempts < failingAfter || worst.reason === null) return [ready];
  const said = message(
    `The receiver does not take what is sent: ${clip(worst.reason, 100)}.`,
    'What it did not take is kept for a day and sent again.',
  );
  // Not the fault of the object, so it stays ready: an engine that waits for it would wait for the receiver.
  return [
    ready,
    { type: 'ReceiverFailing', status: 'True', reason: NotifierReason.ReceiverFailing, message: said },
  ];
}
