/**
 * Looks at the store, and brings what was found to a target, until both fit. Invariant: rights come before anything is read,
 * and all that is brought was read by one statement.
 */
import { configNamed } from '../../history/core/names.ts';
import type { ConfigId, Version } from '../../history/words/model.ts';
import type { ProjectionView } from '../../history/words/projection.ts';
import type { ConfigProjection, ProjectionTrouble } from '../object/config-projection.ts';
import { objectKey } from '../object/key.ts';
import { contentsOf, maxKeys, maxSourceBytes, type ShownKey } from '../object/projection/contents.ts';
import type { Referred } from '../object/projection/references.ts';
import { lookFor, type ProjectionTerms } from '../object/projection/terms.ts';
import { tooManyReferred } from '../object/projection/words.ts';
import { maxRaces } from '../reconcile/retry-times.ts';
import type { Brought } from './bring.ts';
import type { ProjectionStore } from './ports.ts';
import type { Referring } from './referring.ts';
import { type RefusedRead, type RightsContext, refusedRead } from './rights.ts';

/** As long as texts refer to more and more configs, and with texts where these were not read at first. */
const mostLooks = 64;
/** Configs that one target's texts may refer to. */
const maxReferred = 256;

export interface LookContext extends RightsContext {
  readonly store: ProjectionStore;
  readonly referring: Referring;
}

export interface LookRequest<B extends Brought> {
  readonly object: ConfigProjection;
  readonly terms: ProjectionTerms;
  /** Versions of configs that texts refer to, by `namespace/path`, where an earlier release is shown; null: the latest. */
  readonly references: ReadonlyMap<string, Version> | null;
  readonly bring: (found: {
    readonly parts: readonly ShownKey[];
    readonly used: readonly Referred[];
    /** The store was looked at again already: what does not fit now is not our view being old. */
    readonly insist: boolean;
  }) => Promise<B>;
}

export type LookOutcome<B extends Brought> =
  | { readonly kind: 'trouble'; readonly trouble: ProjectionTrouble }
  | { readonly kind: 'denied'; readonly refused: RefusedRead }
  | (Exclude<B, { kind: 'unread' | 'raced' }> & { readonly parts: readonly ShownKey[] });

export async function lookAndBring<B extends Brought>(
  context: LookContext,
  { object, terms, references, bring }: LookRequest<B>,
  signal: AbortSignal,
): Promise<LookOutcome<B>> {
  const key = objectKey(object.metadata);
  const { referring } = context;
  // What wakes it is what its latest texts refer to.
  const keep = (configs: readonly ConfigId[]) => references === null && referring.keep(key, configs);
  let referred: readonly ConfigId[] = [];
  if (terms.references) referred = references ? [...references.keys()].map(configNamed) : referring.of(key);
  let isRemembered = referred.length > 0;
  let withTexts = terms.references;
  for (let race = 0, looks = 0; race < maxRaces && looks < mostLooks; looks++) {
    // Rights come before anything is read.
    const refused = await refusedRead(context, object.metadata.namespace, referred, signal);
    if (refused && !isRemembered) return { kind: 'denied', refused };
    // The texts may not refer to it any more.
    if (refused) referred = [];
    isRemembered = false;
    const view = await look(context, terms, { referred, references, withTexts }, signal);
    const contents = contentsOf(terms, view, referred);
    if (contents.kind === 'trouble') return contents;
    if (contents.kind === 'referring') {
      referred = [...referred, ...contents.to];
      keep(referred);
      if (referred.length > maxReferred) return { kind: 'trouble', trouble: tooManyReferred(maxReferred) };
      continue;
    }
    if (contents.kind === 'unread') {
      withTexts = true;
      continue;
    }
    const { parts, used } = contents;
    const brought = await bring({ parts, used, insist: race > 1 });
    if (brought.kind === 'raced') race += 1;
    else if (brought.kind === 'unread') withTexts = true;
    else {
      keep(used.map(({ config }) => config));
      return { ...(brought as Exclude<B, { kind: 'unread' | 'raced' }>), parts };
    }
  }
  throw new Error(`${key}: what it shows changed each time while it was looked at`);
}

function look(
  { store }: LookContext,
  terms: ProjectionTerms,
  {
    referred,
    references,
    withTexts,
  }: {
    readonly referred: readonly ConfigId[];
    readonly references: ReadonlyMap<string, Version> | null;
    readonly withTexts: boolean;
  },
  signal: AbortSignal,
): Promise<ProjectionView> {
  const limits = { most: maxKeys + referred.length, maxTextBytes: withTexts ? maxSourceBytes : 0 };
  return store.projected({ ...lookFor(terms, referred, references ?? undefined), ...limits }, signal);
}
