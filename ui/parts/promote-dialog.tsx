/** Saves an old version's text again, as a new version on the latest. */
import { useQuery } from '@tanstack/react-query';
import { useRef, useState } from 'react';
import { type ConfigName, readConfig } from '../api/calls.ts';
import type { Decisions } from '../pure/clash.ts';
import { SaveDialog, type SaveOutcome } from '../save/save-dialog.tsx';
import { Failure, Waiting } from './states.tsx';

export interface PromoteDialogProps {
  readonly config: ConfigName;
  readonly version: number;
  readonly latest: number;
  readonly onClose: () => void;
  readonly onSaved: (saved: SaveOutcome) => void;
}

export function PromoteDialog({ config, version, latest, onClose, onSaved }: PromoteDialogProps) {
  const [comment, setComment] = useState(`version ${version} again`);
  const memory = useRef(new Map<string, Decisions>());
  /** The latest as it was when somebody decided this. */
  const base = useRef(latest);
  const { data, error, refetch } = useQuery({
    queryKey: ['text', config, version],
    queryFn: ({ signal }) => readConfig(config, version, signal),
  });
  if (error) return <Failure error={error} onRetry={() => void refetch()} />;
  if (!data) return <Waiting for={`version ${version}`} />;
  return (
    <SaveDialog
      {...{ config, comment, onClose, onSaved }}
      proposal={{ text: data.version.body_raw, base: base.current }}
      promoting={version}
      memory={memory.current}
      onComment={setComment}
    />
  );
}
