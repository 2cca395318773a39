/**
 * Saving one config: as a new one, as the next version, or an old text once more. All three are one kind of request to
 * the room that settles proposals; this file only translates the request, and the answer into JSON.
 */
import type { NewConfig, Promotion, SaveConfig, SavedConfig, Version } from '../../api/types.gen.ts';
import { allowedBase } from '../../history/core/base-rights.ts';
import type { ChangeAnswer, RequestedChange } from '../../history/settle/change.ts';
import type { Written } from '../../history/settle/requests.ts';
import type { ConfigId, GitOrigin, Version as VersionNumber } from '../../history/words/model.ts';
import type { OnStale } from '../../history/words/policy.ts';
import { notesOf } from '../../text/body.ts';
import { checkNewPath } from '../../text/config-path.ts';
import { type Format, formatOfNew } from '../../text/format.ts';
import { type Bypassed, bypassedBy, commentWith, lawOfChange } from '../bypass.ts';
import {
  type Answer,
  askedConfig,
  type Call,
  demandNamespace,
  type Handler,
  onConfig,
  signedBy,
} from '../call.ts';
import { noVersion, versionInTurn } from '../diff.ts';
import { forbidden } from '../gate.ts';
import { idempotencyOf, keyReused, refusalOf, replayedHeaders, writeUnless } from '../idempotency.ts';
import { configOf, configWith, gitOf, noticesOf, resultOf, versionOf } from '../present.ts';
import { waitingAnswer } from '../present-approval.ts';
import { Refused, refusedBy } from '../problems.ts';
import { urlOf } from '../target.ts';
import { ifMatchOf, isOverwrite } from './configs.ts';

type Wish = Pick<
  SaveConfig,
  'base_version' | 'on_stale' | 'confirm' | 'author' | 'comment' | 'git' | 'format' | 'bypass'
> & {
  /** A freeze that its author may bypass, and does. */
  readonly bypassed?: Bypassed | null;
  /** Take the place of the latest, whatever that is. */
  readonly overwrite?: boolean;
  /** Change only what exists. */
  readonly mustExist?: boolean;
};

export const createConfig: Handler = {
  deeds: onConfig('create'),
  async answer(call) {
    const body = call.body as NewConfig;
    return save(call, { ...body, base_version: 0 }, body.body_raw);
  },
};

export const saveConfig: Handler = {
  deeds: onConfig('update', 'create'),
  async answer(call) {
    const body = call.body as SaveConfig;
    const stated = baseOf(call, body.base_version);
    const allowed = await baseAllowed(call, askedConfig(call), stated);
    const wish = { ...body, ...aimOf(allowed, isOverwrite(call)) };
    return save(call, wish, body.body_raw, { refused: allowed.refused });
  },
};

export const promoteVersion: Handler = {
  deeds: onConfig('update'),
  async answer(call) {
    const body = call.body as Promotion;
    const found = await versionInTurn(call, askedConfig(call), BigInt(body.version));
    const refused = found ? null : await noVersion(call, askedConfig(call), body.version);
    const base = baseOf(call, body.base_version);
    const wish = {
      ...body,
      overwrite: isOverwrite(call),
      mustExist: true,
      ...(base !== null && { base_version: Number(base) }),
      ...(found && { format: found.record.format }),
    };
    return save(call, wish, found?.text ?? '', { promoted: true, refused });
  },
};

/** The base as the body and the headers state it; they must agree. Throws Refused. */
function baseOf(call: Call, stated: number | undefined): VersionNumber | null {
  const header = call.headers['if-none-match'] === '*' ? 0n : ifMatchOf(call);
  if (isOverwrite(call) && (stated !== undefined || header !== null)) {
    const detail =
      'If-Match: * overwrites the latest version, but the request also names a base. Send only one of them.';
    throw new Refused('Contradiction', detail);
  }
  if (header !== null && stated !== undefined && header !== BigInt(stated)) {
    const detail = `The headers name base ${header} and the body base_version ${stated}. Send one of them.`;
    throw new Refused('Contradiction', detail);
  }
  return header ?? (stated === undefined ? null : BigInt(stated));
}

/** What an edit is on, and whether it may create, as its author's rights allow it. */
export function aimOf(
  { base, create }: { readonly base: VersionNumber | null; readonly create: boolean },
  overwrite: boolean,
): Pick<Wish, 'base_version' | 'overwrite' | 'mustExist'> {
  return {
    overwrite: overwrite && base === null,
    mustExist: overwrite || !create,
    ...(base !== null && { base_version: Number(base) }),
  };
}

/**
 * As rights allow it, for a single change and for one of several.
 * @returns `create`: whether it may create, too; `refused`: because of what exists now, or is said to
 */
export async function baseAllowed(
  call: Call,
  config: ConfigId,
  stated: VersionNumber | null,
): Promise<{ base: VersionNumber | null; create: boolean; refused: Refused | null }> {
  const { gate, principal } = call;
  const [update, create] = await Promise.all([
    gate.may(principal, { verb: 'update', ...config }),
    gate.may(principal, { verb: 'create', ...config }),
  ]);
  const rights = { update, create };
  let allowed = allowedBase(rights, stated, null);
  if (!allowed) {
    const { record } = await call.history.head(config, call.signal, call.tenant);
    allowed = allowedBase(rights, stated, record !== null)!;
  }
  const { base, missing } = allowed;
  return { base, create, refused: missing && forbidden(principal, { verb: missing, ...config }) };
}

/** @param refused what is in the way because of what the history holds now, unless this was done before */
async function save(
  call: Call,
  wish: Wish,
  text: string,
  { promoted = false, refused = null }: { promoted?: boolean; refused?: Refused | null } = {},
): Promise<Answer> {
  const config = askedConfig(call);
  await demandClearPath(call, config);
  const inTheWay = refused ?? (await refusalOf(demandNamespace(call, config.namespace)));
  const bypassed = await bypassedBy(call, config, wish.bypass);
  const change = changeOf(call, config, { ...wish, bypassed }, text, promoted);
  const request = {
    changes: [change],
    ...signedBy(call.principal),
    author: wish.author ?? call.principal.name,
    git: originOf(wish.git),
    group: null,
    idempotency: idempotencyOf(call),
  };
  const written = await writeUnless(inTheWay, call, request);
  if (written.kind === 'waiting') return waitingAnswer(written);
  const [answer] = answersOf(written);
  if (!answer) throw new Error('a save has no answer');
  if (answer.kind === 'refused') throw refusedBy(answer.refusal, change.baseVersion);
  if (!isAccepted(answer)) throw new Error(`a save is not answered with ${answer.kind}`);
  if (answer.kind === 'saved') call.hub.nudge();
  const json = await savedOf(call, change, answer, wish);
  const first = answer.kind === 'saved' && answer.operation === 'create';
  return {
    status: first ? 201 : 200,
    headers: {
      etag: `"${json.latest.version}"`,
      ...(first && { location: urlOf(config) }),
      ...(written.kind === 'written' && written.replayed && replayedHeaders),
    },
    json,
  };
}

/** Throws Refused when this would be a new config of a name that new ones may not have. */
export async function demandClearPath({ history, signal, tenant }: Call, config: ConfigId): Promise<void> {
  const fault = checkNewPath(config.path);
  if (fault === null || (await history.head(config, signal, tenant)).record) return;
  throw new Refused('InvalidPath', `${fault[0]!.toUpperCase()}${fault.slice(1)}.`);
}

/** Throws Refused for every outcome that is not an answer about the changes. */
export function answersOf(written: Written): readonly ChangeAnswer[] {
  switch (written.kind) {
    case 'key-reused':
      throw keyReused();
    case 'busy': {
      const detail = 'Others kept saving the same config meanwhile, so nothing was saved here. Try again.';
      throw new Refused('Busy', detail, { retry_after: 1 });
    }
    case 'untold': {
      const detail =
        'An object in a Kubernetes namespace that Pawl does not know yet shows a later version than the database. ' +
        'Nothing was saved. Try again soon.';
      throw new Refused('Busy', detail, { retry_after: 2 });
    }
    case 'full': {
      const whose = written.of === 'proposer' ? 'of yours' : 'in this config namespace';
      const detail = `More changes ${whose} wait for an approval than may. Have some approved, or withdraw them: GET /approvals.`;
      throw new Refused('QuotaExceeded', detail);
    }
    case 'gone':
      throw new Refused('ApprovalNotFound', 'This was saved, rejected or edited meanwhile.');
    default:
      return written.answers;
  }
}

export function changeOf(
  call: Call,
  config: ConfigId,
  wish: Wish,
  text: string,
  promoted: boolean,
): RequestedChange {
  const { base_version, on_stale, confirm, comment = '', format } = wish;
  const { overwrite = false, mustExist = false, bypassed = null } = wish;
  return {
    config,
    format: format ?? null,
    text,
    baseVersion: base_version === undefined ? null : BigInt(base_version),
    unstated: overwrite ? 'overwrite' : 'latest',
    mustExist,
    onStale: on_stale === undefined ? null : onStaleOf[on_stale],
    confirm: confirm ?? null,
    law: lawOfChange(call, config, bypassed),
    comment: commentWith(comment, bypassed),
    promoted,
  };
}

const onStaleOf: Record<NonNullable<Wish['on_stale']>, OnStale> = {
  confirm: 'Confirm',
  merge: 'Merge',
  reject: 'Reject',
};

export const originOf = (git: Wish['git']): GitOrigin => (git ? gitOf(git) : {});

type Accepted = Extract<ChangeAnswer, { kind: 'saved' | 'unchanged' | 'ready' }>;

const isAccepted = (answer: ChangeAnswer): answer is Accepted =>
  answer.kind === 'saved' || answer.kind === 'unchanged' || answer.kind === 'ready';

/** Shown of one text, and the longest that is looked through for them while others wait. */
const maxNotes = 20;
const notedLetters = 64 * 1024;

function notesIn(text: string, format: Format): Pick<SavedConfig, 'notes'> {
  if (text.length > notedLetters) return {};
  const notes = notesOf(text, format).slice(0, maxNotes);
  return notes.length === 0
    ? {}
    : { notes: notes.map(({ line, message }) => ({ line, message: message.slice(0, 400) })) };
}

async function savedOf(
  call: Call,
  change: RequestedChange,
  answer: Accepted,
  wish: Wish,
): Promise<SavedConfig> {
  const { config } = change;
  if (answer.kind === 'ready') {
    const { version, versionKind, sha256, text } = answer;
    const { record } = await call.history.head(config, call.signal, call.tenant);
    const format = record?.format ?? change.format ?? formatOfNew(config.path);
    const latest: Version = {
      version: Number(version),
      content_sha256: sha256,
      created_at: call.clock.now().toISOString(),
      ...{ created_by: wish.author ?? call.principal.name, actor: call.principal.name, actor_verified: true },
      comment: change.comment,
      kind: versionKind,
      base_version: change.baseVersion === null ? null : Number(change.baseVersion),
      git: gitOf(originOf(wish.git)),
      body_raw: text,
    };
    return {
      config: configWith(config, format, version),
      latest,
      result: resultOf(versionKind),
      dry_run: true,
      ...(answer.awaits && { approval_required: true }),
      ...notesIn(text, format),
      ...noticesOf(answer),
    };
  }
  const found = await readBack(call, config, answer);
  const result = answer.kind === 'unchanged' ? 'unchanged' : resultOf(answer.versionKind);
  const latest = versionOf(found.version, found.text);
  const told = { ...notesIn(found.text, found.record.format), ...noticesOf(answer) };
  return { config: configOf(found.record), latest, result, dry_run: call.query.dry_run === true, ...told };
}

/** The version as the history has it now. It is saved: whatever fails here must not say otherwise. */
async function readBack(call: Call, config: ConfigId, answer: Extract<Accepted, { version: VersionNumber }>) {
  const saved = `It was saved as version ${answer.version} of ${config.namespace}/${config.path}`;
  const unseen = (cause: unknown) => {
    const detail = `${saved}, but the database cannot show it now. There is no need to send it again.`;
    throw new Refused('StoreUnavailable', detail, { retry_after: 2 }, { cause });
  };
  const found = await call.history.version(config, answer.version, call.signal).catch(unseen);
  if (found) return found;
  const { reason, members } = await noVersion(call, config, Number(answer.version)).catch(unseen);
  throw new Refused(reason, `${saved}, and was deleted since.`, members);
}
