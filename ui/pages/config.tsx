/** A config: the text of its latest version, or of an older one, who made it, and who changed each line. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import type { Blame } from '../../api/types.gen.ts';
import { blame, type ConfigName, deleteConfig, type Read } from '../api/calls.ts';
import { apiUrl } from '../api/client.ts';
import { configQuery } from '../api/queries.ts';
import { useWatch } from '../api/watch.ts';
import type { BlameMark } from '../editor/blame.ts';
import { announce } from '../parts/announce.tsx';
import { ConfigFailure } from '../parts/config-failure.tsx';
import { ConfigTabs } from '../parts/config-tabs.tsx';
import { FreezeNote, useFreezes } from '../parts/freeze-note.tsx';
import { later } from '../parts/later.tsx';
import { FreezeLater, PromotionLater } from '../parts/later-dialogs.ts';
import { Link } from '../parts/link.tsx';
import { Menu } from '../parts/menu.tsx';
import { PageHead } from '../parts/page-head.tsx';
import { PlainText } from '../parts/plain-text.tsx';
import { PromoteDialog } from '../parts/promote-dialog.tsx';
import { Said } from '../parts/said.tsx';
import { Waiting } from '../parts/states.tsx';
import { TypedConfirmation } from '../parts/typed-confirmation.tsx';
import { useWrite } from '../parts/use-write.ts';
import { Author, authorOf, Commit, Kind } from '../parts/version-facts.tsx';
import { When } from '../parts/when.tsx';
import { type Address, pathOf } from '../pure/addresses.ts';
import { commandOf } from '../pure/command.ts';
import { freezesOn } from '../pure/freezes.ts';
import { manifestOf } from '../pure/manifest.ts';
import { hasOdd } from '../pure/odd-characters.ts';
import { ago, exact, sizeOf } from '../pure/when.ts';
import { go, hrefOf } from '../route.ts';
import { useUnsaved } from '../saved-drafts.ts';
import { useUser } from '../session.tsx';

type ConfigAddress = Extract<Address, { page: 'config' }>;

/** Its script is larger than the page's own; the text is there to be read before. */
const TextView = later({
  what: 'the editor',
  load: () => import('../editor/text-view.tsx').then(found => found.TextView),
  Meanwhile: PlainText,
});

export function Config({ address }: { readonly address: ConfigAddress }) {
  const { namespace, path, version, line: meant } = address;
  const config = { namespace, path };
  const client = useQueryClient();
  const user = useUser();
  const key = ['config', namespace, path];
  const { data, error, refetch } = useQuery(configQuery(config, version));
  const number = data?.version.version;
  const blamed = useQuery({
    queryKey: ['blame', namespace, path, number],
    queryFn: ({ signal }) => blame(config, number!, signal),
    enabled: number !== undefined,
    staleTime: Number.POSITIVE_INFINITY,
  });
  const lookAgain = () => void client.invalidateQueries({ queryKey: key });
  useWatch(config, {
    onChange: ({ kind, version: saved }) => {
      if (kind === 'saved' && version === undefined && number !== undefined && saved > number)
        announce(`Version ${saved} was saved just now; this is it.`);
      lookAgain();
    },
    onGap: lookAgain,
    onOpen: lookAgain,
  });
  const [line, setLine] = useState(1);
  const [deleting, setDeleting] = useState(false);
  const [restoring, setRestoring] = useState(false);
  const [promoting, setPromoting] = useState(false);
  const [freezing, setFreezing] = useState(false);
  const freezes = freezesOn(path, useFreezes(namespace));

  const latest = data?.config.latest_version;
  const isOld = number !== undefined && latest !== undefined && number < latest;
  const drafts = useUnsaved({ user, ...config }, error ? 0 : latest);
  const name = path.split('/').at(-1)!;
  const facts = data?.version;
  const text = facts?.body_raw ?? '';
  const isOdd = useMemo(() => hasOdd(text), [text]);
  const lines = useMemo(
    () => (blamed.data ? blamedLines(blamed.data, { namespace, path }) : null),
    [blamed.data, namespace, path],
  );
  const at = blamed.data && lineFacts(blamed.data, line);
  return (
    <>
      <PageHead
        address={address}
        title={name}
        facts={data && <span className="tag">{data.config.format}</span>}
        actions={
          data && (
            <>
              <Menu label="Copy" items={copies(config, data)} />
              <a
                className="button"
                href={apiUrl(`configs/${pathOf(namespace)}/${pathOf(path)}`, { version: number })}
                download={name}
              >
                Download
              </a>
              <Menu
                label="More"
                items={[
                  ...(isOld ? [{ label: 'Save this version again', run: () => setRestoring(true) }] : []),
                  { label: 'Promote to another namespace …', run: () => setPromoting(true) },
                  { label: 'Freeze the config …', run: () => setFreezing(true) },
                  { label: 'Delete the config …', run: () => setDeleting(true) },
                ]}
              />
              <Link
                className="button primary"
                to={{ page: 'edit', namespace, path, ...(isOld && { version: number }) }}
              >
                {isOld ? `Edit from version ${number}` : 'Edit'}
              </Link>
            </>
          )
        }
      />
      <ConfigTabs {...config} at="config" latest={latest} />
      {error && <ConfigFailure {...{ config, error }} onRetry={() => void refetch()} />}
      {!data && !error && <Waiting for="the config" />}
      {data && <FreezeNote {...{ namespace, freezes }} what={name} />}
      {drafts.length > 0 && (
        <p className="note">
          You typed something here that is not saved, <When at={new Date(drafts[0]!.at).toISOString()} />.{' '}
          <Link to={{ page: 'edit', namespace, path, draft: drafts[0]!.id }}>Go on with it</Link>
        </p>
      )}
      {isOld && (
        <p className="note warn">
          This is version {number}; the latest is version {latest}.{' '}
          <Link to={{ page: 'config', namespace, path }}>Show the latest</Link> ·{' '}
          <Link to={{ page: 'compare', namespace, path, left: number, right: latest }}>Compare with it</Link>
        </p>
      )}
      {facts && data && (
        <>
          <div className="facts">
            <span className="version big">{facts.version}</span>
            {!isOld && <span className="tag good">latest</span>}
            <Author of={facts} />
            <span className="quiet">
              <When at={facts.created_at} />
            </span>
            <Kind of={facts} />
            <Commit git={facts.git} />
            {facts.object !== undefined && (
              <span className="quiet small">
                from ConfigVersion <Said text={facts.object} />
              </span>
            )}
            <span className="grow" />
            <span className="quiet small">{facts.bytes !== undefined && sizeOf(facts.bytes)}</span>
          </div>
          {facts.comment !== '' && (
            <p className="comment">
              <Said text={facts.comment} />
            </p>
          )}
          {isOdd && (
            <p className="note warn small">
              The text holds characters that cannot be seen, or that turn the direction of writing. They are
              marked.
            </p>
          )}
          <TextView
            text={facts.body_raw}
            format={data.config.format}
            label={`Text of ${path}, version ${facts.version}`}
            blame={lines}
            onLine={setLine}
            line={meant}
          />
          {at && (
            <p className="line-facts quiet small" aria-live="polite">
              Line {line}: {at.atLeast ? 'at least as old as ' : ''}
              <Link to={{ page: 'config', namespace, path, version: at.version }}>version {at.version}</Link>{' '}
              by <Said text={at.author} />, <When at={at.when} />
              {at.version > 1 && (
                <>
                  {' · '}
                  <Link to={{ page: 'compare', namespace, path, left: at.version - 1, right: at.version }}>
                    what it changed
                  </Link>
                </>
              )}
            </p>
          )}
        </>
      )}
      {deleting && latest !== undefined && (
        <DeleteConfig {...{ config, latest }} onClose={() => setDeleting(false)} />
      )}
      {promoting && <PromotionLater what={config} onClose={() => setPromoting(false)} />}
      {freezing && <FreezeLater {...config} onClose={() => setFreezing(false)} />}
      {restoring && isOld && (
        <PromoteDialog
          {...{ config, latest }}
          version={number}
          onClose={() => setRestoring(false)}
          onSaved={({ version: saved }) => {
            announce(`Saved as version ${saved}.`);
            setRestoring(false);
            lookAgain();
            go({ page: 'config', namespace, path });
          }}
        />
      )}
    </>
  );
}

function lineFacts({ lines, versions }: Blame, line: number) {
  const found = lines[line - 1];
  const facts = versions.find(({ version }) => version === found?.version);
  if (!found || !facts) return null;
  return {
    version: found.version,
    atLeast: found.at_least === true,
    author: authorOf(facts),
    when: facts.created_at,
  };
}

function blamedLines({ lines, versions }: Blame, { namespace, path }: ConfigName): readonly BlameMark[] {
  const now = Date.now();
  // One for each version: there may be ten thousands of lines.
  const byNumber = new Map(
    versions.map((facts): [number, BlameMark] => {
      const { version, comment, created_at: when } = facts;
      return [
        version,
        {
          ...{ version, author: authorOf(facts), when: ago(when, now) },
          title: `${comment || 'No comment'} · ${exact(when)}`,
          href: hrefOf({ page: 'config', namespace, path, version }),
        },
      ];
    }),
  );
  const unknown = (version: number) => ({ version, author: '', when: '', title: '', href: '' });
  return lines.map(({ version }) => byNumber.get(version) ?? unknown(version));
}

function copies(config: ConfigName, data: Read) {
  const { version, config: of } = data;
  const copy = async (what: string, text: string) => {
    await navigator.clipboard.writeText(text).then(
      () => announce(`Copied ${what}.`),
      () => announce('The browser did not let the page copy.', 'bad'),
    );
  };
  const { namespace, path } = config;
  const { format, latest_version: base } = of;
  const manifest = () => manifestOf({ namespace, path, format, text: version.body_raw, base });
  return [
    { label: 'The text', run: () => void copy('the text', version.body_raw) },
    { label: 'A ConfigVersion manifest', run: () => void copy('a manifest', manifest()) },
    {
      label: 'A kubectl pawl command',
      run: () => void copy('a command', commandOf(config, version.version)),
    },
    {
      label: 'The address of this version',
      run: () =>
        void copy(
          'the address',
          new URL(
            hrefOf({ page: 'config', namespace, path, version: version.version }),
            window.location.origin,
          ).href,
        ),
    },
  ];
}

interface DeleteConfigProps {
  readonly config: ConfigName;
  readonly latest: number;
  readonly onClose: () => void;
}

function DeleteConfig({ config, latest, onClose }: DeleteConfigProps) {
  const { namespace, path } = config;
  const { start, busy, error } = useWrite<true>();
  const name = path.split('/').at(-1)!;
  const confirm = async () => {
    if (!(await start(options => deleteConfig(config, latest, options)))) return;
    announce(`Deleted ${path}.`);
    go({ page: 'folder', namespace, folder: path.slice(0, path.length - name.length) });
  };
  return (
    <TypedConfirmation
      title={`Delete ${name}`}
      word={name}
      action="Delete the config"
      {...{ busy, error, onClose }}
      onConfirm={() => void confirm()}
    >
      <p>
        This will delete {namespace}/{path} with all its versions. Their numbers will never be used again. For
        a while they can be brought back from <Link to={{ page: 'trash', namespace }}>Deleted</Link>, and
        with:{' '}
        <code>
          kubectl pawl undelete -n {namespace} {path}
        </code>
      </p>
    </TypedConfirmation>
  );
}
