/**
 * The places that both sides changed, each to be decided: theirs, mine, or edited; with the result beside it as it stands.
 * Invariant: what merged by itself is in the result and marked, and there is no result while a place is undecided.
 */
import { useQuery } from '@tanstack/react-query';
import { type ReactNode, useEffect, useMemo, useState } from 'react';
import type { Place, Problem } from '../../api/types.gen.ts';
import { type ConfigName, diffVersions, newestVersions } from '../api/calls.ts';
import { DiffView } from '../parts/diff-view.tsx';
import { Said } from '../parts/said.tsx';
import { When } from '../parts/when.tsx';
import {
  type Block,
  type Decision,
  type Decisions,
  leftOf,
  placesIn,
  preview,
  readMarked,
  resultOf,
} from '../pure/clash.ts';
import type { Proposal } from '../pure/outlook.ts';
import { shortOf } from '../pure/people.ts';

export interface ClashPlacesProps {
  readonly config: ConfigName;
  readonly problem: Problem & { readonly current_version: number };
  readonly proposal: Proposal;
  readonly memory: Map<string, Decisions>;
  readonly onDecisions?: ((marked: string, decisions: Decisions) => void) | undefined;
  readonly onResult: (text: string | null) => void;
  /** Whose sides these are, where it is not an edit. */
  readonly about?: ReactNode;
}

export function ClashPlaces(props: ClashPlacesProps) {
  const { config, problem, proposal, memory, onDecisions, onResult, about } = props;
  const { marked = '', places = [], current_version: current } = problem;
  const clash = useMemo(() => readMarked(marked), [marked]);
  const [decisions, setDecisions] = useState<Decisions>(memory.get(marked) ?? []);
  const facts = useQuery({
    queryKey: ['versions-first', config, current],
    queryFn: ({ signal }) => newestVersions(config, signal),
  });
  useEffect(() => {
    onResult(clash && resultOf(clash, decisions));
  }, [clash, decisions, onResult]);
  const decide = (next: Decisions) => {
    setDecisions(next);
    memory.set(marked, next);
    onDecisions?.(marked, next);
  };
  if (!clash) return <ByHand {...props} />;

  const left = leftOf(clash, decisions);
  const all = (keep: 'theirs' | 'mine') => decide(clash.blocks.map(() => ({ keep })));
  const one = (index: number, decision: Decision) =>
    decide(clash.blocks.map((_, other) => (other === index ? decision : (decisions[other] ?? null))));
  const whenOf = (version: number) =>
    facts.data?.items.find(item => item.version === version)?.created_at ?? null;
  return (
    <>
      <div className="clash-head">
        <p>
          {about ?? (
            <>
              You edited version {proposal.base}; the latest is version {current}. Everything else merged by
              itself.
            </>
          )}{' '}
          <strong role="status">
            {left === 0 ? 'All places are decided.' : `${left} of ${clash.blocks.length} to decide.`}
          </strong>
        </p>
        <div className="actions">
          <button type="button" onClick={() => all('theirs')}>
            Keep theirs everywhere
          </button>
          <button type="button" onClick={() => all('mine')}>
            Keep mine everywhere
          </button>
        </div>
      </div>
      <div className="clash">
        <ol className="places">
          {clash.blocks.map((block, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: blocks have no other name
            <li key={index}>
              <PlaceCard
                {...{ block, index, whenOf }}
                places={placesIn(block, places)}
                decision={decisions[index] ?? null}
                onDecide={decision => one(index, decision)}
              />
            </li>
          ))}
        </ol>
        <section className="result" aria-label="The result as it stands">
          <h3>The result</h3>
          <pre>
            {preview(clash, decisions).map(({ text, block, decided }, index) =>
              block === null ? (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
                <span key={index}>{text}</span>
              ) : (
                // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
                <mark key={index} className={decided ? 'decided' : 'open'} data-place={block + 1}>
                  {text === '' ? '\n' : text}
                </mark>
              ),
            )}
          </pre>
        </section>
      </div>
    </>
  );
}

interface PlaceCardProps {
  readonly block: Block;
  readonly index: number;
  readonly places: readonly Place[];
  readonly decision: Decision | null;
  readonly whenOf: (version: number) => string | null;
  readonly onDecide: (decision: Decision) => void;
}

function PlaceCard({ block, index, places, decision, whenOf, onDecide }: PlaceCardProps) {
  const first = places[0];
  const when = first ? whenOf(first.changed_in) : null;
  const names = places.map(({ path }) => path).join(', ');
  const name = names || `Place ${index + 1}`;
  const at = (keep: Decision['keep']) => ({
    'aria-pressed': decision?.keep === keep,
    type: 'button' as const,
  });
  return (
    <article className={`place ${decision ? 'decided' : ''}`} aria-label={`Place ${index + 1}: ${name}`}>
      <h3>
        <span className="place-number">{index + 1}</span>
        <code>
          <Said text={name} />
        </code>
        {decision && <span className="tag good">decided</span>}
      </h3>
      <dl className="sides">
        <Side name="Before" text={block.base} />
        <Side
          name={
            first ? (
              <>
                Theirs: <Said text={shortOf(first.changed_by)} />, version {first.changed_in}
                {when && (
                  <>
                    , <When at={when} />
                  </>
                )}
              </>
            ) : (
              'Theirs'
            )
          }
          text={block.theirs}
        />
        <Side name="Mine" text={block.mine} />
      </dl>
      <div className="actions">
        <button
          {...at('theirs')}
          onClick={() => onDecide({ keep: 'theirs' })}
          aria-label={`Keep theirs at place ${index + 1}`}
        >
          Keep theirs
        </button>
        <button
          {...at('mine')}
          onClick={() => onDecide({ keep: 'mine' })}
          aria-label={`Keep mine at place ${index + 1}`}
        >
          Keep mine
        </button>
        <button
          {...at('edited')}
          onClick={() =>
            onDecide({ keep: 'edited', text: decision?.keep === 'theirs' ? block.theirs : block.mine })
          }
          aria-label={`Edit place ${index + 1}`}
        >
          Edit
        </button>
      </div>
      {decision?.keep === 'edited' && (
        <textarea
          className="code"
          aria-label={`Text of place ${index + 1}`}
          spellCheck={false}
          rows={Math.min(12, decision.text.split('\n').length + 1)}
          value={decision.text}
          onChange={event =>
            onDecide({ keep: 'edited', text: inLineEndsOf(block.theirs + block.mine, event.target.value) })
          }
        />
      )}
    </article>
  );
}

/** Browsers take the carriage returns out of what is typed into a field. */
const inLineEndsOf = (sample: string, typed: string) =>
  sample.includes('\r\n') ? typed.replace(/\r?\n/g, '\r\n') : typed;

function Side({ name, text }: { readonly name: ReactNode; readonly text: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {text === '' ? (
          <span className="quiet">not there</span>
        ) : (
          <pre>
            <Said text={text.replace(/\n$/, '')} />
          </pre>
        )}
      </dd>
    </div>
  );
}

/** The server could not mark the places in the text, or the text looks like marks itself: it is settled in the text. */
function ByHand({ config, problem, proposal, onResult }: ClashPlacesProps) {
  const { current_version: current, places = [], diff = '' } = problem;
  const [text, setText] = useState(proposal.text);
  const [ready, setReady] = useState(false);
  const theirs = useQuery({
    queryKey: ['diff', config, proposal.base, current],
    queryFn: ({ signal }) => diffVersions(config, proposal.base, current, signal),
    enabled: proposal.base > 0,
  });
  useEffect(() => {
    onResult(ready ? text : null);
  }, [ready, text, onResult]);
  return (
    <>
      <p>
        You edited version {proposal.base}; the latest is version {current}. These places cannot be decided
        one by one. Take in what changed meanwhile, in the text below.
      </p>
      {places.length > 0 && (
        <ul>
          {places.map(({ path, pointer, current: now, proposed, changed_by, changed_in }) => (
            <li key={pointer ?? path}>
              <code>
                <Said text={path} />
              </code>
              : <Said text={now ?? 'not there'} /> by <Said text={shortOf(changed_by)} /> in version{' '}
              {changed_in}; yours: <Said text={proposed ?? 'not there'} />
            </li>
          ))}
        </ul>
      )}
      <div className="two">
        {theirs.data && (
          <DiffView
            diff={theirs.data.unified}
            label={`What changed meanwhile, version ${proposal.base} to ${current}`}
          />
        )}
        <DiffView diff={diff} label={`What you changed, against version ${proposal.base}`} />
      </div>
      <label>
        <span>The text to save on version {current}</span>
        <textarea
          className="code"
          rows={16}
          spellCheck={false}
          value={text}
          onChange={event => setText(inLineEndsOf(proposal.text, event.target.value))}
        />
      </label>
      <label className="tick">
        <input type="checkbox" checked={ready} onChange={event => setReady(event.target.checked)} />
        <span>I have taken in what changed meanwhile</span>
      </label>
    </>
  );
}
