/**
 * What differs between two versions of a config, or between one and a text: one document for the HTTP API and for the
 * aggregated API. Throws Refused.
 */
import type { Diff } from '../api/types.gen.ts';
import type { ConfigRecord } from '../history/words/history.ts';
import type { ConfigId } from '../history/words/model.ts';
import { type Call, noConfig } from './call.ts';
import type { Compare } from './heavy.ts';
import { configOf } from './present.ts';
import { Refused } from './problems.ts';

type Reader = Pick<Call, 'history' | 'signal' | 'tenant'>;
type Differ = Reader & Pick<Call, 'comparer' | 'maxBodyBytes' | 'place'>;

/** A version with its text. */
export interface ReadText {
  readonly record: ConfigRecord;
  readonly text: string;
  readonly number: number;
}

/** @param to null: the latest */
export async function diffOf(
  differ: Differ,
  config: ConfigId,
  { from, to }: { readonly from: number; readonly to: number | null },
): Promise<Diff> {
  // One after the other: a caller's turn is one connection.
  const before = await textOf(differ, config, from);
  const after = await textOf(differ, config, to);
  const { number, text } = after;
  return compared(differ, before, { text, label: `version ${number}` }, number);
}

/** What the query of a diff asks for. */
export function versionsIn(query: Call['query']): { from: number; to: number | null } {
  return { from: Number(query.from), to: query.to === undefined ? null : Number(query.to) };
}

/** @param to number of the text it is compared with; null: it has none */
export async function compared(
  { comparer, maxBodyBytes, place }: Omit<Differ, 'history' | 'signal'>,
  before: ReadText,
  after: Compare['to'],
  to: number | null,
): Promise<Diff> {
  const from = { text: before.text, label: `version ${before.number}` };
  const input = { format: before.record.format, from, to: after, maxBytes: maxBodyBytes };
  const found = await comparer.compare(input, place());
  if ('problem' in found) {
    const { reason, message, line, column } = found.problem;
    throw new Refused(reason, `${message}.`, { line, column });
  }
  const { unified, leftOut, structural } = found;
  return {
    config: configOf(before.record),
    ...{ from: before.number, to, equal: before.text === after.text, unified },
    ...(leftOut > 0 && { unified_left_out: leftOut }),
    changes: [...structural.changes],
    ...(structural.more > 0 && { more_changes: structural.more }),
  };
}

/** @param asked null: the latest */
export async function textOf(reader: Reader, config: ConfigId, asked: number | null): Promise<ReadText> {
  if (asked === null) {
    const found = await reader.history.head(config, reader.signal, reader.tenant);
    if (!found.record) throw noConfig(config);
    const { record, text } = found;
    return { record, text, number: Number(record.head.version) };
  }
  const found = await reader.history.version(config, BigInt(asked), reader.signal);
  if (!found) throw await noVersion(reader, config, asked);
  return { record: found.record, text: found.text, number: asked };
}

/** For those who do not read in a turn as a whole. */
export function versionInTurn(
  { history, reads, signal, tenant }: Call,
  config: ConfigId,
  version: bigint,
): ReturnType<Call['history']['version']> {
  return reads.run(tenant, signal, () => history.version(config, version, signal));
}

/** Says which of the two is missing, the config or the version. */
export async function noVersion(
  { history, signal, tenant }: Reader,
  config: ConfigId,
  version: number,
): Promise<Refused> {
  const { record } = await history.head(config, signal, tenant);
  if (!record) return noConfig(config);
  const latest = Number(record.head.version);
  const detail = `${config.namespace}/${config.path} has no version ${version}; the latest is ${latest}.`;
  return new Refused('VersionNotFound', detail, { current_version: latest });
}
