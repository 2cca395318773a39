/**
 * Decides where the import of a config's history goes on, from what the server has of it. Invariant: a commit is never put
 * over a version whose text is not the one that it followed. Pure.
 */
import type { ConfigItem } from '../api/types.gen.ts';
import type { Format } from '../text/format.ts';
import type { Step } from './file-histories.ts';
import { who } from './words.ts';
import type { ConfigId } from './workspace.ts';

export interface ConfigHistory {
  readonly config: ConfigId;
  readonly format: Format;
  /** Its name now, from the root of the repository. */
  readonly file: string;
  readonly steps: readonly Step[];
}

export type Resumption =
  | {
      readonly kind: 'go-on';
      /** Index of the first step that the server does not have; the number of steps: it has all. */
      readonly from: number;
      /** The latest version; 0: there is none. */
      readonly after: number;
      /** Of its text, where it was not imported itself. */
      readonly parentSha256: string | null;
    }
  /** Only the texts can tell whether the latest version is one of them. */
  | { readonly kind: 'look'; readonly sha256: string; readonly after: number }
  | { readonly kind: 'refused'; readonly why: string };

export function resumptionOf({ steps, format }: ConfigHistory, item: ConfigItem | undefined): Resumption {
  const { config, latest } = item ?? {};
  if (config === undefined || latest === undefined)
    return { kind: 'go-on', from: 0, after: 0, parentSha256: null };
  const { version, kind, git, content_sha256: sha256 } = latest;
  const has: string = config.format;
  if (has !== format) {
    const why = `it is ${config.format} on the server, for life, and ${format} here; give --format PATTERN=${config.format}`;
    return { kind: 'refused', why };
  }
  if (kind !== 'imported') return { kind: 'look', sha256, after: version };
  const at = steps.findIndex(({ commit }) => commit === git.commit);
  if (at >= 0) return { kind: 'go-on', from: at + 1, after: version, parentSha256: null };
  const short = git.commit?.slice(0, 7);
  const why = `its latest version ${version} was imported from commit ${short}, which this history does not have`;
  return { kind: 'refused', why };
}

/** @param found the newest step that has the latest version's text; -1: none */
export function resumptionAt(
  { sha256, after }: Extract<Resumption, { kind: 'look' }>,
  found: number,
  item: ConfigItem,
): Resumption {
  if (found >= 0) return { kind: 'go-on', from: found + 1, after, parentSha256: sha256 };
  const by = item.latest ? ` by ${who(item.latest)}` : '';
  const why = `version ${after}${by} was saved here and is in no commit; commit its text first (pull), or delete the config`;
  return { kind: 'refused', why };
}
