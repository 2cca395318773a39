/**
 * Decides how a file compares with its config. Pure. Invariant: what it calls unchanged here may be replaced by the
 * server's text, and what it calls changed here never.
 */
import type { VersionFacts } from '../api/types.gen.ts';
import type { Format } from '../text/format.ts';
import type { LocalFile } from './scan.ts';
import type { Base } from './state.ts';
import type { ConfigId } from './workspace.ts';

export type Standing =
  | 'in-sync'
  | 'changed-here'
  | 'changed-there'
  | 'changed-both'
  | 'new-here'
  | 'new-there'
  | 'gone-here'
  | 'gone-there'
  /** Holds markers of a clash. */
  | 'unresolved'
  /** Differs from the server, and nothing says which version it was made from. */
  | 'unknown-base';

export const standingWords: Readonly<Record<Standing, string>> = {
  'in-sync': 'in sync',
  'changed-here': 'changed here',
  'changed-there': 'changed there',
  'changed-both': 'changed in both',
  'new-here': 'new here',
  'new-there': 'new there',
  'gone-here': 'gone here',
  'gone-there': 'gone there',
  unresolved: 'unresolved',
  'unknown-base': 'unknown base',
};

export interface Sides {
  readonly local: Pick<LocalFile, 'sha256' | 'text'> | null;
  readonly base: Base | null;
  readonly head: Pick<VersionFacts, 'version' | 'content_sha256'> | null;
}

export interface Compared {
  readonly standing: Standing;
  /** The base to work from and to remember; null: none. */
  readonly base: Base | null;
}

/** How one config compares. Null: nothing of it is left, here or there. */
export function compare(sides: Sides): Compared | null {
  const { local, head } = sides;
  const latest = head && { version: head.version, sha256: head.content_sha256 };
  const base = believable(sides);
  if (local === null) {
    if (latest === null) return null;
    return { standing: base === null ? 'new-there' : 'gone-here', base };
  }
  if (latest !== null && local.sha256 === latest.sha256) return { standing: 'in-sync', base: latest };
  if (hasMarkers(local.text)) return { standing: 'unresolved', base };
  if (latest === null) return { standing: base === null ? 'new-here' : 'gone-there', base };
  if (base === null) return { standing: 'unknown-base', base };
  // An edit that was merged into a version and left in the file is in the later versions, too.
  const { taken } = base;
  if (taken !== undefined && taken.sha256 === local.sha256 && taken.version <= latest.version)
    return { standing: 'changed-there', base };
  // The latest has the text the file was made from, though under another number.
  if (base.sha256 === latest.sha256)
    return { standing: 'changed-here', base: base.version === latest.version ? base : latest };
  return { standing: local.sha256 === base.sha256 ? 'changed-there' : 'changed-both', base };
}

/** A base that the server cannot know was remembered from another store, or from this one before it was restored. */
function believable({ base, head }: Sides): Base | null {
  if (base === null || head === null) return base;
  if (base.version > head.version) return null;
  return base.version === head.version && base.sha256 !== head.content_sha256 ? null : base;
}

const marker = /^(<{7}|>{7})( |\r?$)/m;

/** Markers that a merge left: such a text is nobody's edit. */
export function hasMarkers(text: string): boolean {
  return text.includes('<<<<<<<') || text.includes('>>>>>>>') ? marker.test(text) : false;
}

/** One config of the workspace, and all that is known of it. */
export interface SurveyedConfig {
  readonly config: ConfigId;
  readonly file: string;
  /** The config's; of one that is new, what the file's name or pawl.yaml says. */
  readonly format: Format;
  readonly standing: Standing;
  readonly local: LocalFile | null;
  readonly base: Base | null;
  readonly head: VersionFacts | null;
  /** The older version whose very text the file has again: put back by Git, or where it is changed, on purpose. */
  readonly again?: number;
}
