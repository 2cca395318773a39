/**
 * Carries what changed in a config, or in all of a folder, to another namespace: choose it, see what changes there, save
 * exactly that. Invariant: what is saved is what was shown: the differences under their token, or the places that were decided.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useRef, useState } from 'react';
import type { ApprovalRead, DeploymentResult } from '../../api/types.gen.ts';
import { promoteConfigs, tryPromotion } from '../api/calls.ts';
import { isPassing, isSignedOut, Refusal } from '../api/client.ts';
import { namespacesQuery } from '../api/queries.ts';
import { announce } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Link } from '../parts/link.tsx';
import { Failure, Waiting } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import type { Decisions } from '../pure/clash.ts';
import {
  changesIn,
  type Promoted,
  type PromotionOutlook,
  type PromotionWish,
  promotedWords,
  promotionOf,
  promotionOutlook,
} from '../pure/promotion.ts';
import { go } from '../route.ts';
import { SaveStatus } from '../save/save-status.tsx';
import { PromotionView } from './promotion-view.tsx';

export interface PromotionDialogProps {
  readonly what: Promoted;
  readonly onClose: () => void;
}

export function PromotionDialog({ what, onClose }: PromotionDialogProps) {
  const [to, setTo] = useState('');
  const [since, setSince] = useState('');
  const [asked, setAsked] = useState<PromotionWish | null>(null);
  const [comment, setComment] = useState('');
  /** What the save itself was answered with, when somebody was faster. */
  const [answered, setAnswered] = useState<PromotionOutlook | null>(null);
  /** The text of a clash as it is decided. */
  const [result, setResult] = useState<string | null>(null);
  const [waiting, setWaiting] = useState<ApprovalRead | null>(null);
  const memory = useRef(new Map<string, Decisions>());
  const client = useQueryClient();
  const writer = useWrite<DeploymentResult | ApprovalRead>();
  const { data: namespaces } = useQuery(namespacesQuery());
  const looked = useQuery({
    queryKey: ['promotion', what, asked],
    queryFn: ({ signal }) => lookAt(what, asked!, signal),
    enabled: asked !== null,
    staleTime: 0,
    gcTime: 0,
    // What somebody is looking at changes only when they ask to save it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const outlook = answered ?? looked.data;
  const id = useId();
  const others = (namespaces ?? []).filter(({ name }) => name !== what.namespace);
  const number = /^[1-9]\d*$/.test(since) ? Number(since) : undefined;
  const name = what.path ?? (what.prefix || `all of ${what.namespace}`);

  const show = (event: FormEvent) => {
    event.preventDefault();
    setAnswered(null);
    setResult(null);
    const next = { to: to.trim(), ...(number !== undefined && { since: number }) };
    if (asked?.to === next.to && asked.since === next.since) void looked.refetch();
    else setAsked(next);
  };
  /** Whether somebody was faster, so that there is another result to look at. */
  const hear = async (error: unknown): Promise<boolean> => {
    if (!(error instanceof Refusal)) return false;
    let next: PromotionOutlook | null = promotionOutlook(what, error.problem);
    // Of a text that was decided on older versions, only the promotion itself says what is left to decide.
    if (outlook?.kind === 'clash' && error.problem.reason === 'VersionConflict')
      next = await lookAt(what, asked!).catch(() => null);
    if (next === null || next.kind === 'refused') return false;
    setAnswered(next);
    setResult(null);
    return true;
  };
  const run = async () => {
    if (!asked || !outlook) return;
    let isHeard = false;
    const done = await writer.start(async options => {
      try {
        if (outlook.kind === 'shown')
          return await promoteConfigs(
            { ...promotionOf(what, asked), comment, confirm: outlook.token },
            options,
          );
        if (outlook.kind !== 'clash' || result === null) throw new Error('There is nothing to save.');
        const { current_version: base_version, promoted_from } = outlook.problem;
        const decided = { body_raw: result, base_version, source_version: promoted_from.version };
        return await promoteConfigs({ ...promotionOf(what, asked), comment, decided }, options);
      } catch (error) {
        isHeard = await hear(error);
        throw error;
      }
    });
    if (isHeard) writer.reset();
    tell(done);
  };
  const tell = (done: DeploymentResult | ApprovalRead | null) => {
    if (!done || !asked) return;
    if ('needed' in done) {
      setWaiting(done);
      announce(`Not promoted yet: ${name} waits for an approval.`);
      return;
    }
    void client.invalidateQueries();
    onClose();
    announce(promotedWords(asked.to, done.items));
    if (what.path !== undefined) go({ page: 'config', namespace: asked.to, path: what.path });
    else go({ page: 'deployments', namespace: asked.to });
  };
  const act = actionOf(outlook, result);
  return (
    <Dialog
      title={`Promote ${name}`}
      size="large"
      onClose={onClose}
      actions={
        <>
          <SaveStatus state={writer.state} onAgain={() => void writer.again().then(tell)} />
          <button type="button" onClick={onClose}>
            {waiting ? 'Close' : 'Cancel'}
          </button>
          {act && !waiting && (
            <button
              type="button"
              className="primary"
              disabled={!act.isReady || looked.isFetching || writer.busy || writer.state.kind === 'unknown'}
              onClick={() => void run()}
            >
              {act.label}
            </button>
          )}
        </>
      }
    >
      <p>
        This will carry what changed in {what.namespace} since the last promotion onto the latest version in
        another namespace. What differs there on purpose stays.
      </p>
      <form id={id} className="promotion" onSubmit={show}>
        <label>
          <span>To namespace</span>
          <input
            value={to}
            onChange={event => setTo(event.target.value)}
            list={`${id}-namespaces`}
            autoComplete="off"
            spellCheck={false}
            required
          />
        </label>
        <datalist id={`${id}-namespaces`}>
          {others.map(({ name: other }) => (
            <option key={other} value={other} />
          ))}
        </datalist>
        {(since !== '' || outlook?.kind === 'since') && (
          <label>
            <span>Count changes from version</span>
            <input
              value={since}
              inputMode="numeric"
              pattern="[1-9][0-9]*"
              title={`A version of ${what.namespace}`}
              onChange={event => setSince(event.target.value)}
            />
          </label>
        )}
        <button type="submit" disabled={to.trim() === '' || to.trim() === what.namespace || writer.busy}>
          Show what changes there
        </button>
      </form>
      {asked && looked.error && <Failure error={looked.error} onRetry={() => void looked.refetch()} />}
      {asked && looked.isFetching && <Waiting for="what changes there" />}
      {answered && (
        <p className="note warn" role="alert">
          Somebody was faster. Nothing was saved. This is the new result.
        </p>
      )}
      {asked && outlook && !looked.isFetching && (
        <PromotionView {...{ what, asked, outlook }} memory={memory.current} onResult={setResult} />
      )}
      {waiting && (
        <p className="note" role="status">
          Nothing is saved yet. It is kept, and will be saved when{' '}
          {waiting.needed === 1 ? 'one other person has' : `${waiting.needed} other people have`} approved it
          on the page <Link to={{ page: 'waiting' }}>Waiting for a person</Link>.
        </p>
      )}
      {act && !waiting && (
        <label className="comment-field">
          <span>Comment</span>
          <textarea
            rows={2}
            maxLength={2048}
            value={comment}
            onChange={event => setComment(event.target.value)}
            placeholder="Why, in a line"
          />
        </label>
      )}
    </Dialog>
  );
}

/** Rejects when nobody answers yet, or nobody is signed in. */
async function lookAt(what: Promoted, asked: PromotionWish, signal?: AbortSignal): Promise<PromotionOutlook> {
  try {
    const { items, token = '' } = await tryPromotion(promotionOf(what, asked), signal);
    return { kind: 'shown', items, token };
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error) || isSignedOut(error)) throw error;
    return promotionOutlook(what, error.problem);
  }
}

function actionOf(
  outlook: PromotionOutlook | undefined,
  result: string | null,
): { readonly label: string; readonly isReady: boolean } | null {
  switch (outlook?.kind) {
    case 'shown':
      return changesIn(outlook.items).length === 0 ? null : { label: 'Save exactly this', isReady: true };
    case 'clash':
      return { label: `Save on version ${outlook.problem.current_version}`, isReady: result !== null };
    default:
      return null;
  }
}
