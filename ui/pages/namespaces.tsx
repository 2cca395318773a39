/** The config namespaces the reader may list; making and deleting them. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { Namespace } from '../../api/types.gen.ts';
import { createNamespace, deleteNamespace } from '../api/calls.ts';
import { namespacesQuery } from '../api/queries.ts';
import { announce } from '../parts/announce.tsx';
import { Dialog } from '../parts/dialog.tsx';
import { Filter } from '../parts/filter.tsx';
import { Link } from '../parts/link.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { useWrite } from '../parts/use-write.ts';
import { When } from '../parts/when.tsx';
import { go } from '../route.ts';

export function Namespaces() {
  const [filter, setFilter] = useState('');
  const [making, setMaking] = useState(false);
  const [deleting, setDeleting] = useState<Namespace | null>(null);
  const { data, error, refetch } = useQuery(namespacesQuery());
  const shown = data?.filter(({ name }) => name.includes(filter.trim().toLowerCase()));
  return (
    <>
      <PageHead
        address={{ page: 'namespaces' }}
        title="Namespaces"
        actions={
          <button type="button" className="primary" onClick={() => setMaking(true)}>
            New namespace
          </button>
        }
      />
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for="the namespaces" />}
      {data?.length === 0 && (
        <Empty title="No namespace that you may list">
          <p>Create one here, or ask for the right to list configs in one that exists.</p>
        </Empty>
      )}
      {shown && data!.length > 0 && (
        <>
          <Filter
            label="Filter namespaces"
            value={filter}
            onChange={setFilter}
            count={`${shown.length} of ${data!.length}`}
          />
          <ul className="rows">
            {shown.map(namespace => (
              <li key={namespace.name} className="row">
                <Link className="row-name" to={{ page: 'folder', namespace: namespace.name, folder: '' }}>
                  {namespace.name}
                </Link>
                <span className="quiet">
                  {namespace.configs === 1 ? '1 config' : `${namespace.configs.toLocaleString('en')} configs`}
                </span>
                <span className="quiet">{namespace.created_at && <When at={namespace.created_at} />}</span>
                <button
                  type="button"
                  className="quiet-button"
                  aria-label={`Delete ${namespace.name}`}
                  onClick={() => setDeleting(namespace)}
                >
                  Delete
                </button>
              </li>
            ))}
          </ul>
          {shown.length === 0 && <Empty title={`No namespace with “${filter}” in its name`} />}
        </>
      )}
      {making && <NewNamespace onClose={() => setMaking(false)} />}
      {deleting && <DeleteNamespace namespace={deleting} onClose={() => setDeleting(null)} />}
    </>
  );
}

function NewNamespace({ onClose }: { readonly onClose: () => void }) {
  const [name, setName] = useState('');
  const client = useQueryClient();
  const { start, busy, error } = useWrite<Namespace>();
  const id = useId();
  const submit = async (event: FormEvent) => {
    event.preventDefault();
    const made = await start(options => createNamespace(name, options));
    if (!made) return;
    announce(`Created namespace ${made.name}.`);
    await client.invalidateQueries({ queryKey: ['namespaces'] });
    onClose();
    go({ page: 'folder', namespace: made.name, folder: '' });
  };
  return (
    <Dialog
      title="New namespace"
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} className="primary" disabled={busy}>
            Create
          </button>
        </>
      }
    >
      <form id={id} onSubmit={event => void submit(event)}>
        <label>
          <span>Name</span>
          <input
            value={name}
            onChange={event => setName(event.target.value)}
            pattern="[a-z0-9]([-a-z0-9]*[a-z0-9])?"
            title="Lower-case letters, digits and dashes, as in the name of a Kubernetes namespace"
            maxLength={63}
            required
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <p className="quiet small">
          Rights come from the Kubernetes namespace of the same name. It may stay empty.
        </p>
      </form>
      {error !== null && <Failure error={error} />}
    </Dialog>
  );
}

function DeleteNamespace({
  namespace,
  onClose,
}: {
  readonly namespace: Namespace;
  readonly onClose: () => void;
}) {
  const client = useQueryClient();
  const { start, busy, error } = useWrite<true>();
  const { name, configs } = namespace;
  const confirm = async () => {
    const gone = await start(options => deleteNamespace(name, options));
    if (!gone) return;
    announce(`Deleted namespace ${name}.`);
    await client.invalidateQueries({ queryKey: ['namespaces'] });
    onClose();
  };
  return (
    <TypedConfirmation
      title={`Delete namespace ${name}`}
      word={name}
      action="Delete namespace"
      {...{ busy, error, onClose }}
      onConfirm={() => void confirm()}
    >
      {configs > 0 ? (
        <p>
          It has {configs === 1 ? '1 config' : `${configs} configs`}, and only an empty namespace can be
          deleted. Delete {configs === 1 ? 'it' : 'them'} first.
        </p>
      ) : (
        <p>This will permanently delete the empty namespace.</p>
      )}
    </TypedConfirmation>
  );
}
