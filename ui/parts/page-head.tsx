/** The top of a page: where it is, what it is called, what can be done. */
import { Fragment, type ReactNode, useEffect } from 'react';
import { type Address, trailOf } from '../pure/addresses.ts';
import { Link } from './link.tsx';

export interface PageHeadProps {
  readonly address: Address;
  readonly title: string;
  /** Beside the title, such as a format. */
  readonly facts?: ReactNode;
  readonly actions?: ReactNode;
}

export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Pawl`;
  }, [title]);
}

export function PageHead({ address, title, facts, actions }: PageHeadProps) {
  const trail = trailOf(address).slice(0, -1);
  useTitle(title);
  return (
    <header className="page-head">
      {'namespace' in address && (
        <nav aria-label="Where this is" className="trail">
          <Link to={{ page: 'namespaces' }}>Namespaces</Link>
          {trail.map(({ name, to }) => (
            <Fragment key={name + to.page + ('folder' in to ? to.folder : '')}>
              <span aria-hidden="true">/</span>
              <Link to={to}>{name}</Link>
            </Fragment>
          ))}
        </nav>
      )}
      <div className="page-title">
        <h1>{title}</h1>
        {facts}
        <div className="grow" />
        {actions && <div className="actions">{actions}</div>}
      </div>
    </header>
  );
}
