/** A config namespace's pages: each a link, so that the address says which. */
import type { Address, NamespacePage } from '../pure/addresses.ts';
import { Link } from './link.tsx';

export interface NamespaceTabsProps {
  readonly namespace: string;
  readonly at: 'folder' | NamespacePage;
}

export function NamespaceTabs({ namespace, at }: NamespaceTabsProps) {
  const tabs: readonly { readonly name: string; readonly to: Address }[] = [
    { name: 'Configs', to: { page: 'folder', namespace, folder: '' } },
    { name: 'Violations', to: { page: 'violations', namespace } },
    { name: 'Freezes', to: { page: 'freezes', namespace } },
    { name: 'Deleted', to: { page: 'trash', namespace } },
  ];
  return (
    <nav className="tabs" aria-label="Of this namespace">
      {tabs.map(({ name, to }) => (
        <Link key={name} to={to} aria-current={to.page === at ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
