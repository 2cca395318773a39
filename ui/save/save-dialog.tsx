/**
 * Saving a text: first what would become of it, then doing it. Invariant: what is saved is what was shown here: the
 * difference of a plain save, the merged text under its token, or the result of the places that were decided.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import type { ApprovalRead, SavedConfig } from '../../api/types.gen.ts';
import { type ConfigName, diffText, diffVersions, promote, type Read, save } from '../api/calls.ts';
import { Refusal } from '../api/client.ts';
import { configQuery } from '../api/queries.ts';
import { announce } from '../parts/announce.tsx';
import { BodyNotes } from '../parts/body-notes.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { DiffView } from '../parts/diff-view.tsx';
import { Link } from '../parts/link.tsx';
import { Said } from '../parts/said.tsx';
import { Failure, Waiting } from '../parts/states.tsx';
import { useWrite } from '../parts/use-write.ts';
import type { Decisions } from '../pure/clash.ts';
import { allAdded, type Outlook, outlookOf, type Proposal } from '../pure/outlook.ts';
import { shortOf } from '../pure/people.ts';
import { ClashPlaces } from './clash-places.tsx';
import { bodyOf, lookAt } from './look.ts';
import { SaveStatus } from './save-status.tsx';

/** What was done, or what needs not be done: the latest version has the very text. */
export interface SaveOutcome {
  readonly result: SavedConfig['result'];
  readonly version: number;
  /** What schemas that only warn say to it. */
  readonly notices?: SavedConfig['notices'];
}

export interface SaveDialogProps {
  readonly config: ConfigName;
  readonly proposal: Proposal;
  readonly comment: string;
  readonly onComment: (comment: string) => void;
  /** An old version whose text is saved again. */
  readonly promoting?: number;
  /** What was decided about places before, kept by the page. */
  readonly memory: Map<string, Decisions>;
  readonly onDecisions?: (marked: string, decisions: Decisions) => void;
  readonly onGoTo?: (line: number, column: number) => void;
  /** The text that a save is sent with, before it is. */
  readonly onSend?: (text: string) => void;
  readonly onSaved: (saved: SaveOutcome) => void;
  readonly onClose: () => void;
}

export function SaveDialog(props: SaveDialogProps) {
  const { config, comment, onComment, promoting, memory, onDecisions, onGoTo, onSend, onSaved, onClose } =
    props;
  const [proposal, setProposal] = useState(props.proposal);
  /** What the save itself was answered with, when somebody was faster. */
  const [answered, setAnswered] = useState<Outlook | null>(null);
  const [result, setResult] = useState<string | null>(null);
  const looked = useQuery({
    queryKey: ['look', config, proposal],
    queryFn: ({ signal }) => lookAt(config, proposal, signal),
    staleTime: 0,
    gcTime: 0,
    // What somebody is looking at changes only when they ask to save it.
    refetchOnWindowFocus: false,
    refetchOnReconnect: false,
  });
  const client = useQueryClient();
  const writer = useWrite<SavedConfig | ApprovalRead>();
  /** It is kept, and not saved, until others have approved it. */
  const [waiting, setWaiting] = useState<ApprovalRead | null>(null);
  const outlook = answered ?? looked.data;

  const run = async (wanted: Proposal, confirm?: string) => {
    const extra = { comment, ...(confirm !== undefined && { confirm }) };
    const asIs =
      promoting !== undefined && wanted.text === props.proposal.text && wanted.base === props.proposal.base;
    onSend?.(outlook?.kind === 'merge' ? outlook.problem.merged : wanted.text);
    const saved = await writer.start(async options => {
      try {
        if (!asIs) return await save(config, { ...bodyOf(wanted), ...extra }, options);
        const { base } = wanted;
        return await promote(
          config,
          { version: promoting, base_version: base, on_stale: 'confirm', ...extra },
          options,
        );
      } catch (error) {
        if (error instanceof Refusal) hear(error, wanted);
        throw error;
      }
    });
    tell(saved);
  };
  const hear = ({ problem }: Refusal, wanted: Proposal) => {
    const next = outlookOf(problem);
    if (next.kind === 'refused') return;
    setProposal(wanted);
    setAnswered(next);
  };
  const again = async () => {
    const saved = await writer.again();
    tell(saved);
  };
  const tell = (saved: SavedConfig | ApprovalRead | null) => {
    if (!saved) return;
    if ('needed' in saved) {
      setWaiting(saved);
      announce(`Not saved yet: ${config.path} waits for an approval.`);
      return;
    }
    // The page of the config shows it at once, and not what it knew before.
    const read: Read = { config: saved.config, version: saved.latest };
    client.setQueryData(configQuery(config).queryKey, read);
    const { result, latest, notices } = saved;
    onSaved({ result, version: latest.version, ...(notices && { notices }) });
  };
  const inDoubt = writer.state.kind === 'unknown' || writer.state.kind === 'sending';
  const close = () => {
    if (inDoubt) {
      const next = 'Your text is still here: save it again, and the page will tell.';
      announce(`Not known yet whether it was saved. ${next}`, 'bad');
    }
    onClose();
  };

  const name = config.path;
  const act = waiting ? null : actionOf(outlook, { proposal, result });
  return (
    <Dialog
      title={titleOf(outlook, name)}
      size="large"
      onClose={close}
      actions={
        <>
          <SaveStatus state={writer.state} onAgain={() => void again()} />
          <button type="button" onClick={close}>
            {outlook?.kind === 'clash' || outlook?.kind === 'mistake' ? 'Back to the text' : 'Cancel'}
          </button>
          {outlook?.kind === 'unchanged' && (
            <button
              type="button"
              className="primary"
              onClick={() => onSaved({ result: 'unchanged', version: outlook.version })}
            >
              Show version {outlook.version}
            </button>
          )}
          {act && (
            <button
              type="button"
              className="primary"
              disabled={act.proposal === null || writer.busy || writer.state.kind === 'unknown'}
              onClick={() => act.proposal && void run(act.proposal, act.confirm)}
            >
              {act.label}
            </button>
          )}
        </>
      }
    >
      {looked.error && !answered && <Failure error={looked.error} onRetry={() => void looked.refetch()} />}
      {!outlook && !looked.error && <Waiting for="what the save would do" />}
      {answered && (answered.kind === 'merge' || answered.kind === 'clash') && (
        <p className="note warn" role="alert">
          Somebody was faster: the latest is version {answered.problem.current_version} now. Nothing was
          saved. This is the new result.
        </p>
      )}
      {outlook && (
        <View {...{ config, proposal, outlook, memory, onGoTo, onClose, setResult, onDecisions }} />
      )}
      {waiting && (
        <p className="note" role="status">
          Nothing is saved yet. It is kept, and will be saved when{' '}
          {waiting.needed === 1 ? 'one other person has' : `${waiting.needed} other people have`} approved it
          on the page <Link to={{ page: 'waiting' }}>Waiting for a person</Link>.
        </p>
      )}
      {outlook && !waiting && ['plain', 'merge', 'clash'].includes(outlook.kind) && (
        <label className="comment-field">
          <span>Comment</span>
          <textarea
            rows={2}
            maxLength={4096}
            value={comment}
            onChange={event => onComment(event.target.value)}
            placeholder="Why, in a line"
          />
        </label>
      )}
    </Dialog>
  );
}

function titleOf(outlook: Outlook | undefined, name: string): string {
  switch (outlook?.kind) {
    case 'merge':
      return `Somebody else saved ${name} meanwhile`;
    case 'clash':
      return `You both changed the same places of ${name}`;
    case 'mistake':
      return `${name} cannot be saved like this`;
    default:
      return `Save ${name}`;
  }
}

interface Action {
  readonly label: string;
  /** null: not yet. */
  readonly proposal: Proposal | null;
  readonly confirm?: string;
}

function actionOf(
  outlook: Outlook | undefined,
  given: { proposal: Proposal; result: string | null },
): Action | null {
  switch (outlook?.kind) {
    case 'plain':
      return { label: `Save version ${outlook.next}`, proposal: given.proposal };
    case 'merge':
      return { label: 'Save exactly this', proposal: given.proposal, confirm: outlook.problem.token };
    case 'clash': {
      const { current_version: base } = outlook.problem;
      const { result: text } = given;
      return { label: `Save on version ${base}`, proposal: text === null ? null : { text, base } };
    }
    default:
      return null;
  }
}

interface ViewProps {
  readonly config: ConfigName;
  readonly proposal: Proposal;
  readonly outlook: Outlook;
  readonly memory: Map<string, Decisions>;
  readonly onDecisions: SaveDialogProps['onDecisions'];
  readonly onGoTo: SaveDialogProps['onGoTo'];
  readonly onClose: () => void;
  readonly setResult: (text: string | null) => void;
}

function View({ config, proposal, outlook, memory, onDecisions, onGoTo, onClose, setResult }: ViewProps) {
  switch (outlook.kind) {
    case 'plain':
      return (
        <>
          <BodyNotes notes={outlook.notes} />
          <Plain {...{ config, proposal }} />
        </>
      );
    case 'unchanged':
      return (
        <p className="note">
          Version {outlook.version} has this very text already. There is nothing to save.
        </p>
      );
    case 'mistake': {
      const { problem, line, column } = outlook;
      return (
        <div className="note bad" role="alert">
          <p>
            <strong>
              Line {line}, column {column}.
            </strong>{' '}
            <Said text={problem.detail} />
          </p>
          {onGoTo && (
            <button
              type="button"
              onClick={() => {
                onClose();
                onGoTo(line, column);
              }}
            >
              Go to line {line}
            </button>
          )}
        </div>
      );
    }
    case 'merge':
      return <Merged config={config} problem={outlook.problem} base={proposal.base} />;
    case 'clash':
      return (
        <ClashPlaces
          key={outlook.problem.marked ?? ''}
          {...{ config, memory, onDecisions }}
          problem={outlook.problem}
          proposal={proposal}
          onResult={setResult}
        />
      );
    case 'refused':
      return <Failure error={new Refusal(outlook.problem)} />;
  }
}

function Plain({ config, proposal }: { readonly config: ConfigName; readonly proposal: Proposal }) {
  const { text, base } = proposal;
  const { data, error, refetch } = useQuery({
    queryKey: ['diff-text', config, proposal],
    queryFn: ({ signal }) => diffText(config, text, base, signal),
    enabled: base > 0,
    gcTime: 0,
  });
  if (base === 0) return <DiffView diff={allAdded(text)} label="The first version" />;
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting for="the difference" />;
  return (
    <DiffView
      diff={data.unified}
      leftOut={data.unified_left_out}
      label={`What changes against version ${base}`}
    />
  );
}

interface MergedProps {
  readonly config: ConfigName;
  readonly problem: Extract<Outlook, { kind: 'merge' }>['problem'];
  readonly base: number;
}

function Merged({ config, problem, base }: MergedProps) {
  const { current_version: current, merged, merged_diff, diff, current_author, current_actor } = problem;
  const who = shortOf(current_author || current_actor || 'somebody else');
  const theirs = useQuery({
    queryKey: ['diff', config, base, current],
    queryFn: ({ signal }) => diffVersions(config, base, current, signal),
  });
  return (
    <>
      <p>
        You edited version {base}. Version {current} by <Said text={who} /> is the latest. Both changes go
        together: this is what will be saved.
      </p>
      <DiffView diff={merged_diff ?? ''} label={`What will be saved, against version ${current}`} />
      <details>
        <summary>The whole merged text</summary>
        <pre className="whole-text">{merged}</pre>
      </details>
      <div className="two">
        <DiffView diff={diff ?? ''} label={`What you changed, against version ${base}`} />
        {theirs.data && (
          <DiffView
            diff={theirs.data.unified}
            leftOut={theirs.data.unified_left_out}
            label={`What changed meanwhile, version ${base} to ${current}`}
          />
        )}
      </div>
    </>
  );
}
