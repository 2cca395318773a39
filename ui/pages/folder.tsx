/**
 * What lies in a folder of a namespace: folders, and configs with who changed them last. It stays quick with 10,000 of
 * them.
 */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { type FormEvent, useId, useState } from 'react';
import type { ConfigItem, Freeze } from '../../api/types.gen.ts';
import { checkPath } from '../../text/config-path.ts';
import { listFolder } from '../api/calls.ts';
import { useWatch } from '../api/watch.ts';
import { Dialog } from '../parts/dialog.tsx';
import { Filter } from '../parts/filter.tsx';
import { FreezeNote, useFreezes } from '../parts/freeze-note.tsx';
import { FreezeLater, PromotionLater } from '../parts/later-dialogs.ts';
import { Link } from '../parts/link.tsx';
import { Menu } from '../parts/menu.tsx';
import { NamespaceTabs } from '../parts/namespace-tabs.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { Said } from '../parts/said.tsx';
import { Empty, Failure, Waiting } from '../parts/states.tsx';
import { authorOf } from '../parts/version-facts.tsx';
import { VirtualRows } from '../parts/virtual-rows.tsx';
import { When } from '../parts/when.tsx';
import type { Address } from '../pure/addresses.ts';
import { freezesOn, freezesOnAll } from '../pure/freezes.ts';
import { go } from '../route.ts';

type FolderAddress = Extract<Address, { page: 'folder' }>;

export function Folder({ address }: { readonly address: FolderAddress }) {
  const { namespace, folder } = address;
  const [filter, setFilter] = useState('');
  const [opened, setOpened] = useState<'new' | 'promote' | 'freeze' | null>(null);
  const [soFar, setSoFar] = useState<readonly ConfigItem[] | null>(null);
  const client = useQueryClient();
  const key = ['folder', namespace, folder];
  const { data, error, refetch } = useQuery({
    queryKey: key,
    queryFn: ({ signal }) => listFolder({ namespace, folder }, signal, setSoFar),
  });
  const lookAgain = () => void client.invalidateQueries({ queryKey: key });
  useWatch(
    { namespace },
    {
      onChange: ({ path }) => path.startsWith(folder) && lookAgain(),
      onGap: lookAgain,
      onOpen: lookAgain,
    },
  );

  const items = data ?? soFar;
  const words = filter.trim().toLowerCase();
  const nameOf = ({ path }: ConfigItem) => path.slice(folder.length);
  const shown = items?.filter(item => nameOf(item).toLowerCase().includes(words));
  const freezes = useFreezes(namespace);
  const close = () => setOpened(null);
  const title = folder === '' ? namespace : folder.split('/').at(-2)!;
  return (
    <>
      <PageHead
        address={address}
        title={title}
        facts={folder === '' ? <span className="tag">namespace</span> : <span className="tag">folder</span>}
        actions={
          <>
            <Link className="button" to={{ page: 'deployments', namespace }}>
              Deployments
            </Link>
            <Menu
              label="More"
              items={[
                { label: 'Promote to another namespace …', run: () => setOpened('promote') },
                { label: 'Freeze …', run: () => setOpened('freeze') },
              ]}
            />
            <button type="button" className="primary" onClick={() => setOpened('new')}>
              New config
            </button>
          </>
        }
      />
      {folder === '' && <NamespaceTabs namespace={namespace} at="folder" />}
      {error && <Failure error={error} onRetry={() => void refetch()} />}
      {items && <FreezeNote {...{ namespace }} freezes={freezesOnAll(folder, freezes)} what={title} />}
      {!items && !error && <Waiting for="the configs" />}
      {items?.length === 0 && (
        <Empty title="No configs here yet">
          <p>Create the first one here, or apply a ConfigVersion with kubectl.</p>
        </Empty>
      )}
      {shown && items!.length > 0 && (
        <>
          <Filter
            label="Filter by name"
            value={filter}
            onChange={setFilter}
            count={
              data
                ? `${shown.length.toLocaleString('en')} of ${items!.length.toLocaleString('en')}`
                : `${items!.length.toLocaleString('en')} so far …`
            }
          />
          <VirtualRows items={shown} label={`In ${title}`} keyOf={({ path }) => path}>
            {item => <Row {...{ namespace, item, freezes }} name={nameOf(item)} />}
          </VirtualRows>
          {shown.length === 0 && (
            <Empty title={`Nothing here has “${filter}” in its name`}>
              <Link to={{ page: 'search', namespace, path: filter }}>Search below this folder, too</Link>
            </Empty>
          )}
        </>
      )}
      {opened === 'new' && <NewConfig {...{ namespace, folder }} onClose={close} />}
      {opened === 'promote' && <PromotionLater what={{ namespace, prefix: folder }} onClose={close} />}
      {opened === 'freeze' && <FreezeLater {...{ namespace }} path={folder} onClose={close} />}
    </>
  );
}

interface RowProps {
  readonly namespace: string;
  readonly item: ConfigItem;
  readonly name: string;
  readonly freezes: readonly Freeze[];
}

function Row({ namespace, item, name, freezes }: RowProps) {
  const { config, latest } = item;
  const isFolder = !config || !latest;
  const isFrozen = (isFolder ? freezesOnAll : freezesOn)(item.path, freezes).length > 0;
  const frozen = isFrozen && <span className="tag warn">frozen</span>;
  if (isFolder) {
    return (
      <>
        <Link className="row-name folder" to={{ page: 'folder', namespace, folder: item.path }}>
          <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
            <path
              d="M2 5.5A1.5 1.5 0 0 1 3.5 4h4l2 2h7A1.5 1.5 0 0 1 18 7.5v7a1.5 1.5 0 0 1-1.5 1.5h-13A1.5 1.5 0 0 1 2 14.5z"
              fill="currentColor"
            />
          </svg>
          {name}
        </Link>
        {frozen}
      </>
    );
  }
  return (
    <>
      <Link className="row-name" to={{ page: 'config', namespace, path: item.path }}>
        <svg viewBox="0 0 20 20" width="16" height="16" aria-hidden="true">
          <path
            d="M5 2.5h6.5L16 7v9.5a1 1 0 0 1-1 1H5a1 1 0 0 1-1-1v-13a1 1 0 0 1 1-1zM7 9.5h6M7 12.5h6"
            fill="none"
            stroke="currentColor"
            strokeWidth="1.4"
          />
        </svg>
        {name}
      </Link>
      {frozen}
      <span className="version">{latest.version}</span>
      <span className="row-who">
        <Said text={authorOf(latest)} />
      </span>
      <span className="row-what quiet" title={latest.comment}>
        <Said text={latest.comment.split('\n')[0] ?? ''} />
      </span>
      <span className="row-when quiet">
        <When at={latest.created_at} />
      </span>
    </>
  );
}

function NewConfig({
  namespace,
  folder,
  onClose,
}: {
  readonly namespace: string;
  readonly folder: string;
  readonly onClose: () => void;
}) {
  const [path, setPath] = useState(folder);
  const id = useId();
  const wrong = path === folder ? null : checkPath(path);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (checkPath(path) === null) go({ page: 'edit', namespace, path, version: 0 });
  };
  return (
    <Dialog
      title="New config"
      onClose={onClose}
      actions={
        <>
          <button type="button" onClick={onClose}>
            Cancel
          </button>
          <button type="submit" form={id} className="primary" disabled={checkPath(path) !== null}>
            Write its text
          </button>
        </>
      }
    >
      <form id={id} onSubmit={submit}>
        <label>
          <span>Path</span>
          <input
            value={path}
            onChange={event => setPath(event.target.value)}
            placeholder="limits/eu.yaml"
            aria-describedby={`${id}-hint`}
            aria-invalid={wrong !== null}
            autoComplete="off"
            spellCheck={false}
          />
        </label>
        <p
          id={`${id}-hint`}
          className={wrong ? 'small bad-text' : 'quiet small'}
          role={wrong ? 'alert' : undefined}
        >
          {wrong ?? 'Slashes make folders. A path that ends in .json is JSON for life; every other is YAML.'}
        </p>
      </form>
    </Dialog>
  );
}
