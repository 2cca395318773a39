/**
 * What is shown in the place of a config that cannot be read. Invariant: a deleted one is said to be deleted, and offered, to
 * people who may see the trash; to others it is not found.
 */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { DeletedConfig } from '../../api/types.gen.ts';
import type { ConfigName } from '../api/calls.ts';
import { Refusal } from '../api/client.ts';
import { deletedQuery } from '../api/queries.ts';
import { shortOf } from '../pure/people.ts';
import { exact } from '../pure/when.ts';
import { Link } from './link.tsx';
import { Said } from './said.tsx';
import { Failure, Waiting } from './states.tsx';
import { UndeleteDialog } from './undelete-dialog.tsx';
import { When } from './when.tsx';

export interface ConfigFailureProps {
  readonly config: ConfigName;
  readonly error: unknown;
  readonly onRetry: () => void;
}

const absent: ReadonlySet<string> = new Set(['ConfigNotFound', 'NamespaceNotFound']);

export function ConfigFailure({ config, error, onRetry }: ConfigFailureProps) {
  const isAbsent = error instanceof Refusal && absent.has(error.problem.reason);
  const { data, isPending } = useQuery({ ...deletedQuery(config), enabled: isAbsent });
  if (isAbsent && isPending) return <Waiting for="the trash" />;
  if (isAbsent && data) return <Deleted config={config} deleted={data} />;
  return <Failure error={error} onRetry={onRetry} />;
}

function Deleted({ config, deleted }: { readonly config: ConfigName; readonly deleted: DeletedConfig }) {
  const [asking, setAsking] = useState(false);
  const { deleted_by, deleted_at, kept_until, versions } = deleted;
  return (
    <div className="note warn">
      <p>
        <strong>{config.path} was deleted</strong> by <Said text={shortOf(deleted_by)} />,{' '}
        <When at={deleted_at} />. Its {versions === 1 ? 'version' : `${versions} versions`} can be brought
        back until {exact(kept_until)}.{' '}
        <Link to={{ page: 'trash', namespace: config.namespace }}>All deleted configs</Link>
      </p>
      <button type="button" onClick={() => setAsking(true)}>
        Undelete …
      </button>
      {asking && <UndeleteDialog {...{ config, deleted }} onClose={() => setAsking(false)} />}
    </div>
  );
}
