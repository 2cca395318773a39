/**
 * Promotions: what changed in the configs of one namespace since the last promotion, carried onto the latest of another one.
 * Invariants: what is saved is exactly what was shown under the token, or decided on the versions named; and it is saved by
 * the rules of any save, so schemas, freezes, rights and policies of the namespace it goes to hold.
 */
import type { DeploymentItem, NewPromotions, Problem } from '../../api/types.gen.ts';
import { type CarryResult, originIn, withOrigin } from '../../history/core/carry.ts';
import { clip } from '../../history/core/names.ts';
import type { ConfigRecord, VersionDetail } from '../../history/words/history.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { Format } from '../../text/format.ts';
import { sha256 } from '../../text/sha256.ts';
import { personOf } from '../../text/words.ts';
import { bypassedBy } from '../bypass.ts';
import { type Call, demandNamespace, type Handler, noConfig, signedBy, writingOf } from '../call.ts';
import { forbidden } from '../gate.ts';
import { idempotencyOf, replayedHeaders } from '../idempotency.ts';
import { waitingAnswer } from '../present-approval.ts';
import { problemOf, Refused } from '../problems.ts';
import { configIn, targetOfUrl } from '../target.ts';
import { itemOf, refusedTogether } from './deployments.ts';
import { answersOf, baseAllowed, changeOf, originOf } from './saving.ts';

const maxConfigs = 100;
/** Versions that are looked through for the last promotion. */
const maxVersions = 1_000;
const maxComment = 4_096;

interface Side {
  readonly record: ConfigRecord;
  readonly text: string;
}

/** One config, with all that its promotion is made of. */
interface Looked {
  readonly from: ConfigId;
  readonly to: ConfigId;
  readonly source: Side;
  /** null: it will be new there. */
  readonly target: Side | null;
  /** The version of the source that was promoted before; null: it is new there. */
  readonly since: number | null;
  readonly result: CarryResult;
}

export const promoteConfigs: Handler = {
  readsMuch: true,
  async answer(call) {
    const body = call.body as NewPromotions;
    if (body.from === body.to)
      throw new Refused('Contradiction', 'A promotion is from one config namespace to another one.');
    const { decided } = body;
    if (decided && body.paths?.length !== 1)
      throw new Refused('Contradiction', 'decided is the text of one config: send one path with it.');
    const paths = await pathsOf(call, body);
    await demandNamespace(call, body.to);
    const looked: Looked[] = [];
    for (const path of paths) looked.push(await lookAt(call, body, path));
    const refused = looked.map(refusalOf);
    if (refused.some(Boolean)) throw refusedAll(call, looked, refused);
    const token = tokenOf(looked);
    const shown = () => Promise.all(looked.map(one => shownOf(call, one)));
    // A dry run has none.
    const idempotency = idempotencyOf(call);
    const isDone = idempotency !== null && (await call.writing.done(idempotency, call.signal)) === 'known';
    if (!isDone) demandSeen(looked, body);
    if (call.query.dry_run) return { status: 200, json: { items: await shown(), token, dry_run: true } };
    if (!isDone && !decided && body.confirm !== token) throw unconfirmed(looked, await shown(), token);
    const changes = await changesOf(call, body, looked);
    if (!isDone && changes.length === 0)
      return { status: 200, json: { items: await shown(), dry_run: false } };
    const request = {
      changes,
      ...{ ...signedBy(call.principal), author: body.author ?? call.principal.name },
      ...{ git: originOf(body.git), group: null, idempotency },
    };
    const written = await call.writing.write(request, writingOf(call, false), call.signal);
    if (written.kind === 'waiting') return waitingAnswer(written);
    const answers = answersOf(written);
    if (written.kind === 'refused') throw refusedTogether(call, changes, answers);
    call.hub.nudge();
    const items = answers.map((answer, index) => {
      const one = looked.find(({ to }) => to.path === answer.config.path);
      return { ...itemOf(call, answer, changes[index] ?? changes[0]!), ...(one && originMembers(one)) };
    });
    const replayed = written.kind === 'written' && written.replayed;
    return {
      status: 200,
      headers: { ...(replayed && replayedHeaders) },
      json: { items, dry_run: false },
    };
  },
};

/** Throws Refused. */
async function pathsOf(
  call: Call,
  { from, paths, prefix, since }: NewPromotions,
): Promise<readonly string[]> {
  if ((paths === undefined) === (prefix === undefined))
    throw new Refused('Contradiction', 'Send paths, or a prefix.');
  if (since !== undefined && paths?.length !== 1)
    throw new Refused('Contradiction', 'since is about one config: send one path with it.');
  if (paths) return paths.map(path => configIn(targetOfUrl(`/configs/${from}/${path}`)).path);
  await call.gate.demand(call.principal, { verb: 'list', namespace: from, path: null });
  const query = { namespace: from, prefix: prefix!, folders: false };
  const page = await call.history.configs(query, { after: null, limit: maxConfigs }, call.signal);
  const found = page.items.flatMap(item => (item.kind === 'config' ? [item.record.config.path] : []));
  if (page.next !== null) {
    throw new Refused(
      'Contradiction',
      `More than ${maxConfigs} configs begin with that. Send a longer prefix.`,
    );
  }
  if (found.length === 0) {
    await demandNamespace(call, from);
    throw new Refused(
      'ConfigNotFound',
      `No config of ${from} begins with ${clip(prefix!, 60) || 'anything'}.`,
    );
  }
  return found;
}

/** Throws Refused where a right is missing, or nothing says what changed. */
async function lookAt(call: Call, body: NewPromotions, path: string): Promise<Looked> {
  const [from, to] = [body.from, body.to].map(namespace => ({ namespace, path })) as [ConfigId, ConfigId];
  const { gate, principal, history, signal } = call;
  await gate.demand(principal, { verb: 'get', ...from });
  await gate.demand(principal, { verb: 'update', ...to }, { verb: 'create', ...to });
  // One after the other: a caller's turn is one connection.
  const source = await sideOf(call, from);
  const target = await sideOf(call, to);
  if (!source) throw noConfig(from);
  if (!target) {
    const allowed = await baseAllowed(call, to, 0n);
    if (allowed.refused) throw allowed.refused;
    // The text, and what is shown of it.
    call.hold(3 * source.text.length);
    return { from, to, source, target, since: null, result: { kind: 'clean', text: source.text } };
  }
  if (!(await gate.may(principal, { verb: 'update', ...to })))
    throw forbidden(principal, { verb: 'update', ...to });
  demandSameFormat(source.record, target.record);
  if (body.decided) {
    const { body_raw: text } = body.decided;
    return { from, to, source, target, since: body.since ?? null, result: { kind: 'clean', text } };
  }
  const since = body.since ?? (await lastPromoted(call, from, to)) ?? (await lastAlike(call, from, to));
  const base =
    since === null ? null : (await history.texts(from, [BigInt(since)], signal)).get(BigInt(since));
  if (base == null || since === null) throw unknownSince(from, to, target.record.head, since);
  call.hold(2 * (base.length + source.text.length + target.text.length));
  const texts = { base, current: target.text, proposed: source.text };
  const result = await carried(call, texts, source.record.format);
  if (result.kind === 'clash') call.hold(2 * result.marked.length);
  return { from, to, source, target, since, result };
}

async function carried(
  call: Call,
  texts: Parameters<NonNullable<Call['carrier']>['carry']>[0],
  format: Format,
) {
  if (!call.carrier) throw new Refused('Internal', 'This server cannot promote.');
  return call.carrier.carry(texts, format, call.place());
}

async function sideOf(call: Call, config: ConfigId): Promise<Side | null> {
  const head = await call.history.head(config, call.signal, call.tenant);
  return head.record ? { record: head.record, text: head.text } : null;
}

/** The version of the source that the newest promotion from it names; null: there is none. */
async function lastPromoted(call: Call, from: ConfigId, to: ConfigId): Promise<number | null> {
  for await (const { kind, comment } of versionsOf(call, to)) {
    const origin = kind === 'promoted' ? originIn(comment) : null;
    if (origin?.namespace === from.namespace && origin.path === from.path) return origin.version;
  }
  return null;
}

/** The newest version of the source whose text the target had, too; null: there is none. */
async function lastAlike(call: Call, from: ConfigId, to: ConfigId): Promise<number | null> {
  const had = new Set<string>();
  for await (const { sha256: text } of versionsOf(call, to)) had.add(text);
  for await (const { version, sha256: text } of versionsOf(call, from))
    if (had.has(text)) return Number(version);
  return null;
}

/** Newest first. */
async function* versionsOf({ history, signal }: Call, config: ConfigId): AsyncGenerator<VersionDetail> {
  let after: string | null = null;
  for (let seen = 0; seen < maxVersions; seen += 100) {
    const page = await history.versions(config, { after, limit: 100 }, signal);
    yield* page.items;
    after = page.next;
    if (after === null) return;
  }
}

/** Throws Refused. */
function demandSameFormat(source: ConfigRecord, target: ConfigRecord): void {
  if (source.format === target.format) return;
  const { namespace, path } = target.config;
  const detail = `${clip(`${namespace}/${path}`, 80)} is ${target.format}, and its source is ${source.format}.`;
  throw new Refused('FormatMismatch', detail);
}

function unknownSince(
  from: ConfigId,
  to: ConfigId,
  { version }: VersionDetail,
  since: number | null,
): Refused {
  const name = clip(`${from.namespace}/${from.path}`, 70);
  const detail =
    since === null
      ? `Nothing says what changed in ${name} since ${to.namespace} was made from it. Name that version of it with since.`
      : `Version ${since} of ${name}, from which changes are counted, does not exist any more. Name another one with since.`;
  return new Refused('BaseVersionRequired', detail, { current_version: Number(version) });
}

/** A text that was decided is about the versions it was decided on. Throws Refused. */
function demandSeen([one]: readonly Looked[], { decided }: NewPromotions): void {
  if (!decided || !one) return;
  const { from, to, source, target } = one;
  const sides: readonly (readonly [ConfigId, Side | null, number])[] = [
    [from, source, decided.source_version],
    [to, target, decided.base_version],
  ];
  for (const [{ namespace, path }, side, seen] of sides) {
    const now = Number(side?.record.head.version ?? 0);
    if (now === seen) continue;
    const name = clip(`${namespace}/${path}`, 80);
    const detail = `${name} is at version ${now}, and this was decided on version ${seen}. Promote it again, and decide on what is there now.`;
    throw new Refused('VersionConflict', detail, {
      ...(target && { current_version: Number(target.record.head.version) }),
    });
  }
}

/** Null: it can be carried over. */
function refusalOf({ from, to, source, target, result }: Looked): Refused | null {
  if (result.kind === 'clean') return null;
  const { head } = target!.record;
  const onto = `version ${head.version} of ${clip(`${to.namespace}/${to.path}`, 70)}`;
  if (result.kind === 'unmergeable') {
    const detail = `What changed in ${from.namespace} cannot be merged onto ${onto}: ${clip(result.why, 80)}.`;
    return new Refused('VersionConflict', detail, { current_version: Number(head.version) });
  }
  const places = result.places.slice(0, 100);
  const named = places.slice(0, 2).map(({ path }) => clip(path, 40) || 'the whole text');
  const detail = `Changed in ${from.namespace} and otherwise in ${onto}: ${named.join('; ')}. Decide each place.`;
  return new Refused('VersionConflict', detail, {
    current_version: Number(head.version),
    promoted_from: { ...from, version: Number(source.record.head.version) },
    marked: result.marked,
    places: places.map(({ kind, path, pointer, base, current, proposed }) => ({
      ...{ kind, path, pointer, changed_in: Number(head.version), changed_by: personOf(head) },
      ...(base && { base: base.text.slice(0, 1_000) }),
      ...(current && { current: current.text.slice(0, 1_000) }),
      ...(proposed && { proposed: proposed.text.slice(0, 1_000) }),
    })),
  });
}

function refusedAll(call: Call, looked: readonly Looked[], refused: readonly (Refused | null)[]): Refused {
  const [only] = refused;
  if (looked.length === 1 && only) return only;
  const items = looked.map((one, index): DeploymentItem => {
    const why = refused[index];
    const problem = why && (problemOf(why, call.requestId) as Problem);
    return {
      ...one.to,
      ...originMembers(one),
      operation: problem ? 'refused' : 'update',
      ...(problem && { problem }),
    };
  });
  const many = refused.filter(Boolean).length;
  const detail = `Nothing was promoted, because ${many} of ${looked.length} changes cannot be merged.`;
  return new Refused('DeploymentRefused', detail, { items });
}

const textOf = ({ result }: Looked): string => (result.kind === 'clean' ? result.text : '');
const isUnchanged = (one: Looked): boolean => one.target !== null && textOf(one) === one.target.text;

function originMembers({ from, source, since }: Looked) {
  return {
    promoted_from: { ...from, version: Number(source.record.head.version) },
    ...(since !== null && { since_version: since }),
  };
}

/** Names everything that was shown. */
function tokenOf(looked: readonly Looked[]): string {
  const parts = looked.map(one => [
    ...[one.from.namespace, one.to.namespace, one.to.path, String(one.source.record.head.version)],
    ...[one.since, String(one.target?.record.head.version ?? 0), sha256(textOf(one))],
  ]);
  return sha256(JSON.stringify(parts)).slice(0, 16);
}

async function shownOf(call: Call, one: Looked): Promise<DeploymentItem> {
  const { to, target, source } = one;
  const latest = target?.record.head.version;
  const members = {
    ...to,
    ...originMembers(one),
    ...(latest !== undefined && { old_version: Number(latest) }),
  };
  if (isUnchanged(one)) return { ...members, operation: 'unchanged', result: 'unchanged' };
  const before = {
    text: target?.text ?? '',
    label: target ? `${to.namespace}/${to.path} (version ${latest})` : '/dev/null',
  };
  const after = { text: textOf(one), label: `promoted from ${one.from.namespace}` };
  const compare = { format: source.record.format, from: before, to: after, maxBytes: call.maxBodyBytes };
  const compared = await call.comparer.compare(compare, call.place());
  return {
    ...{ ...members, operation: target ? 'update' : 'create', result: 'promoted' },
    ...(!('problem' in compared) && { change: compared.unified }),
  };
}

async function changesOf(call: Call, body: NewPromotions, looked: readonly Looked[]) {
  const { comment = '', git, author, bypass } = body;
  const changed = looked.filter(one => !isUnchanged(one));
  return Promise.all(
    changed.map(async one => {
      const { from, to, source, target } = one;
      const origin = { ...from, version: Number(source.record.head.version) };
      const bypassed = await bypassedBy(call, to, bypass);
      const wish = {
        ...{ base_version: Number(target?.record.head.version ?? 0), on_stale: 'reject' as const, bypassed },
        ...{ format: source.record.format, mustExist: target !== null },
        ...(git && { git }),
        ...(author !== undefined && { author }),
      };
      const change = changeOf(call, to, { ...wish, comment }, textOf(one), true);
      return { ...change, comment: withOrigin(change.comment, origin, maxComment) };
    }),
  );
}

function unconfirmed(looked: readonly Looked[], items: readonly DeploymentItem[], token: string): Refused {
  const changed = looked.filter(one => !isUnchanged(one)).length;
  const [{ from, to }] = looked as readonly [Looked, ...Looked[]];
  const detail =
    `This carries what changed in ${from.namespace} to ${to.namespace}: ${changed} of ${looked.length} configs. ` +
    `To save exactly that, send the same request with confirm: ${token}.`;
  return new Refused('ConfirmationRequired', detail, { items: [...items], token });
}
