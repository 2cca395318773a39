/**
 * Two versions side by side, both to be edited and saved from. Invariant: a side's text is based on the version it
 * shows, so saving it goes through the merge, and the page announces that first. What is typed here is kept like any
 * edit.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useRef, useState } from 'react';
import { type ConfigName, type Read, readConfig } from '../api/calls.ts';
import { CompareBar } from '../compare/compare-bar.tsx';
import { CompareHead } from '../compare/compare-head.tsx';
import { Meaning } from '../compare/meaning.tsx';
import { draftsHere, newDraftId } from '../drafts.ts';
import { useNewer } from '../edit/use-newer.ts';
import { type Difference, type Side, SideBySide, type SideBySideHandle } from '../editor/side-by-side.tsx';
import { announce } from '../parts/announce.tsx';
import { ConfigFailure } from '../parts/config-failure.tsx';
import { ConfigTabs } from '../parts/config-tabs.tsx';
import { DraftNote } from '../parts/draft-note.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Waiting } from '../parts/states.tsx';
import type { Address } from '../pure/addresses.ts';
import type { Decisions } from '../pure/clash.ts';
import type { Draft } from '../pure/drafts.ts';
import { go } from '../route.ts';
import { SaveDialog } from '../save/save-dialog.tsx';
import { useUnsaved } from '../saved-drafts.ts';
import { useUser } from '../session.tsx';

type CompareAddress = Extract<Address, { page: 'compare' }>;

export function Compare({ address }: { readonly address: CompareAddress }) {
  const { namespace, path, left, right } = address;
  const config = useMemo(() => ({ namespace, path }), [namespace, path]);
  const old = useVersion(config, left);
  const young = useVersion(config, right);
  const error = old.error ?? young.error;
  const latest = young.data?.config.latest_version ?? old.data?.config.latest_version;
  return (
    <>
      <PageHead address={address} title={`Compare ${path.split('/').at(-1)}`} />
      <ConfigTabs {...config} at="compare" latest={latest} />
      {error && (
        <ConfigFailure
          {...{ config, error }}
          onRetry={() => void Promise.all([old.refetch(), young.refetch()])}
        />
      )}
      {!error && !(old.data && young.data) && <Waiting for="both versions" />}
      {old.data && young.data && latest !== undefined && (
        <Both
          key={`${old.data.version.version}/${young.data.version.version}`}
          {...{ config, address, latest }}
          left={old.data}
          right={young.data}
        />
      )}
    </>
  );
}

function useVersion(config: ConfigName, version: number | undefined) {
  return useQuery({
    queryKey: ['text', config, version ?? 'latest'],
    queryFn: ({ signal }) => readConfig(config, version, signal),
    // What is being edited is never replaced.
    refetchOnWindowFocus: false,
    staleTime: Number.POSITIVE_INFINITY,
    gcTime: 0,
  });
}

interface BothProps {
  readonly config: ConfigName;
  readonly address: CompareAddress;
  readonly left: Read;
  readonly right: Read;
  /** When the texts were read. */
  readonly latest: number;
}

function Both({ config, address, left, right, latest: latestThen }: BothProps) {
  const latest = useNewer(config, latestThen)?.version ?? latestThen;
  const user = useUser();
  const client = useQueryClient();
  const handle = useRef<SideBySideHandle>(null);
  const ids = useRef({ left: newDraftId(), right: newDraftId() });
  const memory = useRef(new Map<string, Decisions>());
  const [texts, setTexts] = useState({ left: left.version.body_raw, right: right.version.body_raw });
  const [collapsed, setCollapsed] = useState(true);
  const [difference, setDifference] = useState<Difference | null>(null);
  const [meaning, setMeaning] = useState(false);
  const [saving, setSaving] = useState<Side | null>(null);
  const [comment, setComment] = useState('');
  const of = { left, right };
  const isEdited = (side: Side) => texts[side] !== of[side].version.body_raw;
  const mayBeSaved = (side: Side) => isEdited(side) || of[side].version.version < latest;

  const keep = (side: Side, typed: Pick<Draft, 'text' | 'comment' | 'sent'>) => {
    const { version, body_raw } = of[side].version;
    const draft = { id: ids.current[side], user, ...config, base: version, at: Date.now(), ...typed };
    if (typed.text === body_raw) draftsHere.discard(draft);
    else if (!draftsHere.keep(draft)) announce('There is no room left to keep what you type.', 'bad');
  };
  const typed = (side: Side, text: string) => {
    setTexts(before => ({ ...before, [side]: text }));
    keep(side, { text, comment });
  };
  const commented = (side: Side, text: string) => {
    setComment(text);
    keep(side, { text: texts[side], comment: text });
  };
  const done = (side: Side) => {
    draftsHere.discard({ ...config, id: ids.current[side] });
    void client.invalidateQueries();
  };
  const copy = (to: Side) => {
    if (!handle.current?.copy(to)) announce('There is no change to copy.');
  };
  const [other] = useUnsaved({ user, ...config }, latest, Object.values(ids.current));
  return (
    <>
      <CompareBar
        {...{ difference, collapsed, meaning }}
        onGo={where => (where === 'next' ? handle.current?.next() : handle.current?.previous())}
        onCopy={copy}
        onCollapse={setCollapsed}
        onMeaning={setMeaning}
      />
      {other && <DraftNote draft={other} onDiscard={() => draftsHere.discard(other)} />}
      {meaning && (
        <Meaning
          {...{ config, left, right }}
          text={isEdited('right') ? texts.right : null}
          leftText={isEdited('left')}
        />
      )}
      <div className="compare-heads">
        {(['left', 'right'] as const).map(side => (
          <CompareHead
            key={side}
            {...{ config, side, latest }}
            read={of[side]}
            edited={isEdited(side)}
            mayBeSaved={mayBeSaved(side)}
            onPick={version => go({ ...address, [side]: version })}
            onSave={() => setSaving(side)}
          />
        ))}
      </div>
      <SideBySide
        ref={handle}
        left={{
          text: left.version.body_raw,
          label: `Left: version ${left.version.version} of ${config.path}`,
        }}
        right={{
          text: right.version.body_raw,
          label: `Right: version ${right.version.version} of ${config.path}`,
        }}
        format={right.config.format}
        collapsed={collapsed}
        onChange={typed}
        onDifference={setDifference}
        onSave={side => mayBeSaved(side) && setSaving(side)}
      />
      {saving && (
        <SaveDialog
          {...{ config, comment }}
          // An unchanged old text is to be saved as it is, onto the latest.
          proposal={{ text: texts[saving], base: isEdited(saving) ? of[saving].version.version : latest }}
          {...(!isEdited(saving) && { promoting: of[saving].version.version })}
          memory={memory.current}
          onComment={text => commented(saving, text)}
          onSend={sent => keep(saving, { text: texts[saving], comment, sent })}
          onClose={() => setSaving(null)}
          onSaved={({ version, result }) => {
            done(saving);
            announce(
              result === 'unchanged' ? 'The latest has this very text.' : `Saved as version ${version}.`,
            );
            go({ page: 'config', ...config });
          }}
        />
      )}
    </>
  );
}
