/** Brings a deleted config back, after asking. */
import { useQueryClient } from '@tanstack/react-query';
import type { DeletedConfig, Undeleted } from '../../api/types.gen.ts';
import { type ConfigName, undelete } from '../api/calls.ts';
import { numbersOf, undeletedWords } from '../pure/trash.ts';
import { go } from '../route.ts';
import { announce } from './announce.tsx';
import { Dialog } from './dialog.tsx';
import { Failure } from './states.tsx';
import { useWrite } from './use-write.ts';

export interface UndeleteDialogProps {
  readonly config: ConfigName;
  readonly deleted: DeletedConfig;
  readonly onClose: () => void;
}

export function UndeleteDialog({ config, deleted, onClose }: UndeleteDialogProps) {
  const client = useQueryClient();
  const { start, busy, error, isShown } = useWrite<Undeleted>({ outlives: true });
  const { namespace, path } = config;
  const confirm = async () => {
    const undeleted = await start(options => undelete(config, options));
    if (!undeleted) return;
    announce(undeletedWords(path, undeleted));
    void client.invalidateQueries();
    if (!isShown()) return;
    onClose();
    go({ page: 'config', namespace, path });
  };
  return (
    <Dialog
      title={`Undelete ${path.split('/').at(-1)}`}
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="button" className="primary" disabled={busy} onClick={() => void confirm()}>
            Undelete
          </button>
        </>
      }
    >
      <p>
        This will bring back {numbersOf(deleted)} of {namespace}/{path}, with their authors, comments and
        times. If the config was saved again since, that stays the latest, and these become its history.
      </p>
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}
