/** How the command line speaks of versions, people and times, so that it always says the same. */
import type { Problem, Version, VersionFacts } from '../api/types.gen.ts';
import { personOf } from '../text/words.ts';

export { firstLine } from '../text/words.ts';

type Named = Pick<VersionFacts | Version, 'created_by' | 'actor' | 'actor_verified'>;

/** Who made a version: the author it claims, with the verified actor beside it where that is another name. */
export function who({ created_by, actor, actor_verified: verified }: Named): string {
  return personOf({ author: created_by, actor: { name: actor, verified } });
}

/** A version as a marker names it: `version 13 (bob)`. */
export function versionName(facts: Named & Pick<VersionFacts, 'version'>): string {
  return `version ${facts.version} (${who(facts)})`;
}

export function whoOf(problem: Pick<Problem, 'current_author' | 'current_actor'>): string {
  const { current_author: author = '', current_actor: name = '' } = problem;
  return personOf({ author, actor: { name, verified: name !== '' } });
}

/** `2 hours ago`; a date when it is longer ago than a month. */
export function ago(at: string, now: number): string {
  const time = Date.parse(at);
  if (Number.isNaN(time)) return at;
  const seconds = Math.max(0, Math.round((now - time) / 1000));
  const units: [number, string][] = [
    [86_400, 'day'],
    [3_600, 'hour'],
    [60, 'minute'],
  ];
  if (seconds > 30 * 86_400) return at.slice(0, 10);
  for (const [size, unit] of units) {
    if (seconds >= size) return count(Math.floor(seconds / size), unit, `${unit}s`, ' ago');
  }
  return 'just now';
}

/** `1 file`, `2 files`. */
export function count(number: number, one: string, many = `${one}s`, after = ''): string {
  return `${number} ${number === 1 ? one : many}${after}`;
}
