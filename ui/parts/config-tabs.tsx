/** A config's pages: each a link, so that the address says which. */
import type { Address } from '../pure/addresses.ts';
import { Link } from './link.tsx';

export interface ConfigTabsProps {
  readonly namespace: string;
  readonly path: string;
  readonly at: 'config' | 'versions' | 'compare' | 'usage';
  readonly latest: number | undefined;
}

export function ConfigTabs({ namespace, path, at, latest }: ConfigTabsProps) {
  const before = Math.max(1, (latest ?? 1) - 1);
  const tabs: readonly { name: string; page: ConfigTabsProps['at']; to: Address }[] = [
    { name: 'Current', page: 'config', to: { page: 'config', namespace, path } },
    { name: 'Versions', page: 'versions', to: { page: 'versions', namespace, path } },
    {
      name: 'Compare',
      page: 'compare',
      to: { page: 'compare', namespace, path, left: before, ...(latest !== undefined && { right: latest }) },
    },
    { name: 'Where it is used', page: 'usage', to: { page: 'usage', namespace, path } },
  ];
  return (
    <nav className="tabs" aria-label="Of this config">
      {tabs.map(({ name, page, to }) => (
        <Link key={name} to={to} aria-current={page === at ? 'page' : undefined}>
          {name}
        </Link>
      ))}
    </nav>
  );
}
