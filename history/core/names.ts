/** The names of configs, versions and people in messages, so that every message uses the same. */
import { personOf, visible } from '../../text/words.ts';
import type { ConfigId, Signed } from '../words/model.ts';
import type { Freeze } from '../words/policy.ts';
import type { ExceededQuota } from '../words/save.ts';
import type { Violation } from '../words/schema.ts';
import type { RuleNotice, SecretPlace } from '../words/secret.ts';

/** A message is read in a terminal's table: longer ones are cut, and the rest is in other fields. */
export const maxMessage = 240;

/** `payments/limits/eu.yaml` */
export function configName({ namespace, path }: ConfigId): string {
  return `${namespace}/${path}`;
}

/** The config of which configName() says this. */
export function configNamed(name: string): ConfigId {
  const slash = name.indexOf('/');
  return { namespace: name.slice(0, slash), path: name.slice(slash + 1) };
}

/** In the middle of a message. */
export function shortName(config: ConfigId): string {
  return clip(configName(config), 56);
}

export function shortPerson(record: Signed): string {
  return clip(personOf(record), 48);
}

/** `version 9 by bob@example.com` */
export function versionBy(record: Signed): string {
  return `version ${record.version} by ${shortPerson(record)}`;
}

/** `version 9 by bob@example.com on 2026-01-02 at 03:04 UTC` */
export function savedBy(record: Signed): string {
  const [day, time] = record.createdAt.toISOString().split('T');
  return `${versionBy(record)} on ${day} at ${time!.slice(0, 5)} UTC`;
}

/** `Payments are closed for the audit (until 2026-12-01 at 06:00 UTC)` */
export function freezeWords({ reason, until, by }: Freeze): string {
  const [day, time] = new Date(until).toISOString().split('T');
  return `until ${day} at ${time!.slice(0, 5)} UTC${by ? `, by ${clip(by, 40)}` : ''}: ${clip(reason, 70)}`;
}

/** Which quota is used up, and how far. */
export function quotaWords({ namespace, quota, limit, used }: ExceededQuota): string {
  return quota === 'versions'
    ? `Config namespace ${namespace} takes ${limit} new version${limit === 1n ? '' : 's'} a day, and has had ${used} today (UTC).`
    : `Config namespace ${namespace} takes ${limit} bytes in the texts of all its versions, and holds ${used}.`;
}

/** `line 3, column 5: limits.cap must be <= 100` */
export function violationWords({ line, column, path, message: allowed }: Omit<Violation, 'schema'>): string {
  return `line ${line}, column ${column}: ${clip(path, 48) || 'the text'} ${clip(allowed, 110)}`;
}

/** `line 3, column 11: db.password holds a literal secret (known-key)` */
export function secretWords(place: SecretPlace): string {
  return `${clip(violationWords(place), 110)} (${clip(place.rule, 40)})`;
}

/** What rules that only warn say to a text that was saved, or would be. */
export function noticeWords(notices: readonly RuleNotice[]): string {
  const sentences = notices.map((found): Sentence => {
    if (found.kind === 'unsearched') return 'This text took too long to be searched for secrets.';
    if (found.kind === 'secrets') {
      const said = `This text holds a secret: ${secretWords(found.places[0]!)}.`;
      const mark = 'Keep it elsewhere, or write # pawl:allow-secret REASON beside it.';
      return [[said, moreViolations(found.places, found.more), mark].filter(Boolean).join(' '), said];
    }
    const schema = `Schema ${clip(found.schema, 40)}`;
    if (found.kind === 'unfinished') return `${schema} took too long on this text, so it was not checked.`;
    const said = `${schema} warns: ${clip(violationWords(found.violations[0]!), 150)}.`;
    return [[said, moreViolations(found.violations, found.more)].filter(Boolean).join(' '), said];
  });
  return message(...sentences);
}

/** How many more there are than the one that is told. */
export function moreViolations(violations: readonly unknown[], more: number): string {
  const others = violations.length - 1 + more;
  return others === 0 ? '' : `And ${others} more ${others === 1 ? 'place' : 'places'}.`;
}

/** In one line, with the middle left out where it is long: the beginning and the end of a name tell most. */
export function clip(text: string, max: number): string {
  const line = visible(text.trim().replace(/\s+/g, ' '));
  if (line.length <= max) return line;
  const tail = Math.floor((max - 1) / 3);
  return `${line.slice(0, max - 1 - tail)}…${tail > 0 ? line.slice(-tail) : ''}`;
}

/** `rank` says which full forms are put in first; by their place where nothing is said. */
export type Sentence = string | readonly [full: string, short: string, rank?: number];

/**
 * Sentences as one message of at most maxMessage characters. Each is its full form where that fits, and else the
 * shorter one behind it.
 */
export function message(...sentences: readonly Sentence[]): string {
  const forms = sentences.map((one, index) => {
    const [full, short, rank = index] = typeof one === 'string' ? [one, one] : one;
    return { full, short, rank, index };
  });
  const chosen = forms.map(({ short }) => short);
  const joined = () => chosen.filter(one => one !== '').join(' ');
  for (const { full, short, index } of forms.toSorted((a, b) => a.rank - b.rank)) {
    chosen[index] = full;
    if (joined().length > maxMessage) chosen[index] = short;
  }
  const whole = joined();
  return whole.length > maxMessage ? `${whole.slice(0, maxMessage - 1)}…` : whole;
}
