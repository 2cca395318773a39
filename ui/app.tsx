/** The frame around the pages: navigation, who is signed in, and announcements. */
import { useEffect, useRef, useState } from 'react';
import { signOut } from './api/calls.ts';
import { queryClient } from './api/query-client.ts';
import { Config } from './pages/config.tsx';
import { Deployments } from './pages/deployments.tsx';
import { Folder } from './pages/folder.tsx';
import { Namespaces } from './pages/namespaces.tsx';
import { Search } from './pages/search.tsx';
import { Usage } from './pages/usage.tsx';
import { Versions } from './pages/versions.tsx';
import { WaitingForPerson } from './pages/waiting.tsx';
import { Announcements, announce } from './parts/announce.tsx';
import { Link } from './parts/link.tsx';
import { PageHead } from './parts/page-head.tsx';
import { signInFailure } from './parts/sign-in.tsx';
import { Empty } from './parts/states.tsx';
import { laterPages } from './preload.ts';
import { type Address, writeAddress } from './pure/addresses.ts';
import { shortOf } from './pure/people.ts';
import { go, useAddress } from './route.ts';
import { Brand, tellSignedIn, useCanSignOut, useUser, WithSession } from './session.tsx';

const { compare: Compare, edit: Edit, violations: Violations, freezes: Freezes, trash: Trash } = laterPages;

export function App() {
  const address = useAddress();
  if (address.page === 'signed-in') return <SignedIn />;
  return (
    <WithSession>
      <Frame address={address} />
    </WithSession>
  );
}

function Frame({ address }: { readonly address: Address }) {
  const main = useRef<HTMLElement>(null);
  const where = writeAddress(address).split('?')[0]!;
  const before = useRef(where);
  useEffect(() => {
    if (before.current === where) return;
    before.current = where;
    main.current?.focus({ preventScroll: true });
  }, [where]);
  useSearchKey();
  return (
    <>
      <button type="button" className="skip" onClick={() => main.current?.focus()}>
        Skip to the content
      </button>
      <TopBar address={address} />
      <main
        id="main"
        ref={main}
        tabIndex={-1}
        className={address.page === 'compare' || address.page === 'edit' ? 'wide' : ''}
      >
        <Page key={keyOf(address)} address={address} />
      </main>
      <Announcements />
    </>
  );
}

/** A page begins anew when it is about something else, and not when its filters change. */
function keyOf(address: Address): string {
  const { page } = address;
  const version = page === 'config' || page === 'edit' ? address.version : undefined;
  return [
    page,
    'namespace' in address && page !== 'deployments' && page !== 'search' && address.namespace,
    'path' in address && page !== 'deployments' && page !== 'search' && address.path,
    'folder' in address && address.folder,
    version,
  ].join('\n');
}

function Page({ address }: { readonly address: Address }) {
  switch (address.page) {
    case 'namespaces':
      return <Namespaces />;
    case 'folder':
      return <Folder address={address} />;
    case 'violations':
      return <Violations namespace={address.namespace} />;
    case 'freezes':
      return <Freezes namespace={address.namespace} />;
    case 'trash':
      return <Trash namespace={address.namespace} />;
    case 'config':
      return <Config address={address} />;
    case 'versions':
      return <Versions address={address} />;
    case 'usage':
      return <Usage address={address} />;
    case 'compare':
      return <Compare address={address} />;
    case 'edit':
      return <Edit address={address} />;
    case 'deployments':
      return <Deployments address={address} />;
    case 'waiting':
      return <WaitingForPerson address={address} />;
    case 'search':
      return <Search address={address} />;
    default:
      return (
        <>
          <PageHead address={{ page: 'namespaces' }} title="There is nothing at this address" />
          <Empty title="It may have been copied in part.">
            <Link to={{ page: 'namespaces' }}>Go to the namespaces</Link>
          </Empty>
        </>
      );
  }
}

function TopBar({ address }: { readonly address: Address }) {
  const user = useUser();
  const canSignOut = useCanSignOut();
  const isConfigs = !['deployments', 'search', 'waiting'].includes(address.page);
  return (
    <header className="top">
      <Link to={{ page: 'namespaces' }} className="brand-link" aria-label="Pawl: the namespaces">
        <Brand />
      </Link>
      <nav aria-label="Pages" className="pages">
        <Link to={{ page: 'namespaces' }} aria-current={isConfigs ? 'page' : undefined}>
          Configs
        </Link>
        <Link to={{ page: 'waiting' }} aria-current={address.page === 'waiting' ? 'page' : undefined}>
          Waiting
        </Link>
        <Link to={{ page: 'deployments' }} aria-current={address.page === 'deployments' ? 'page' : undefined}>
          Deployments
        </Link>
      </nav>
      <div className="grow" />
      <Link to={searchFrom(address)} className="search-link">
        <span>Search</span> <kbd>/</kbd>
      </Link>
      <ThemeButton />
      <details className="menu">
        <summary>
          <span className="avatar" aria-hidden="true">
            {shortOf(user).slice(0, 1).toUpperCase()}
          </span>
          <span className="user-name">{shortOf(user)}</span>
        </summary>
        <div className="menu-items">
          <p className="quiet small">
            Signed in as <strong>{user}</strong>
          </p>
          {canSignOut ? (
            <button type="button" onClick={() => void leave()}>
              Sign out
            </button>
          ) : (
            <p className="quiet small">With your kubeconfig. Ctrl-C in the terminal ends it.</p>
          )}
        </div>
      </details>
    </header>
  );
}

async function leave() {
  await signOut().catch(() => announce('You are still signed in: the server did not answer.', 'bad'));
  await queryClient.invalidateQueries({ queryKey: ['session'] });
  window.location.reload();
}

const searchFrom = (address: Address): Address => ({
  page: 'search',
  ...('namespace' in address &&
    address.namespace !== undefined &&
    address.page !== 'waiting' && { namespace: address.namespace }),
});

/** `/` where nothing is typed into, and Ctrl-K anywhere. */
function useSearchKey() {
  const address = useAddress();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      const typing = target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName);
      const slash = event.key === '/' && !typing && !event.ctrlKey && !event.metaKey && !event.altKey;
      const letter = event.key.toLowerCase() === 'k' && (event.ctrlKey || event.metaKey) && !event.altKey;
      if ((!slash && !letter) || event.defaultPrevented || document.querySelector('dialog[open]')) return;
      event.preventDefault();
      if (address.page !== 'search') go(searchFrom(address));
      else document.querySelector<HTMLInputElement>('input[type=search]')?.focus();
    };
    window.addEventListener('keydown', onKey);
    return () => window.removeEventListener('keydown', onKey);
  }, [address]);
}

type Theme = 'system' | 'light' | 'dark';
const themeKey = 'pawl-theme';
const themes: readonly Theme[] = ['system', 'light', 'dark'];
const signs: Readonly<Record<Theme, string>> = { system: '◐', light: '☀', dark: '☾' };

function ThemeButton() {
  const [theme, setTheme] = useState<Theme>(() => {
    const kept = localStorage.getItem(themeKey) as Theme | null;
    return kept && themes.includes(kept) ? kept : 'system';
  });
  useEffect(() => {
    document.documentElement.dataset.theme = theme;
    if (theme === 'system') localStorage.removeItem(themeKey);
    else localStorage.setItem(themeKey, theme);
  }, [theme]);
  const next = themes[(themes.indexOf(theme) + 1) % themes.length]!;
  return (
    <button
      type="button"
      className="icon"
      title={`Theme: ${theme}`}
      aria-label={`Theme: ${theme}. Change to ${next}`}
      onClick={() => setTheme(next)}
    >
      {signs[theme]}
    </button>
  );
}

function SignedIn() {
  const failed = signInFailure();
  useEffect(() => {
    if (failed !== null) return;
    tellSignedIn();
    window.close();
  }, [failed]);
  return (
    <main className="door">
      <div className="door-card">
        <Brand />
        <h1>{failed === null ? 'You are signed in' : `You are not signed in: ${failed}`}</h1>
        <p>Close this tab, and go on in the other one.</p>
      </div>
    </main>
  );
}
