/**
 * Fields that narrow a list down on the server. Invariant: what is typed is shown at once, and becomes the address when
 * typing rests, trimmed and without what is empty; so not every letter is a request, and the address can be copied.
 */
import { type ReactNode, useEffect, useRef, useState } from 'react';
import type { Address } from '../pure/addresses.ts';
import { currentAddress, go } from '../route.ts';

const restMs = 300;

type Filter = { readonly [name: string]: string | undefined };

export function useFilter<Of extends object>(
  given: Of,
  addressOf: (filter: Of) => Address,
): [typed: Of, type: (filter: Of) => void] {
  const [typed, setTyped] = useState(given);
  const where = useRef(addressOf);
  where.current = addressOf;
  useEffect(() => {
    const timer = setTimeout(() => {
      const next = where.current(trimmed(typed));
      // While another page is still being loaded, this one is not taken away yet; where one is, one stays.
      if (currentAddress().page === next.page) go(next, { replace: true });
    }, restMs);
    return () => clearTimeout(timer);
  }, [typed]);
  return [typed, setTyped];
}

function trimmed<Of extends object>(filter: Of): Of {
  const pairs = Object.entries(filter).map(([name, value]) => [name, String(value).trim()]);
  return Object.fromEntries(pairs.filter(([, value]) => value !== '')) as Of;
}

export interface FilterField<Name extends string> {
  readonly name: Name;
  readonly label: string;
  readonly type?: 'search' | 'date';
  readonly hint?: string;
  /** Where somebody who came here goes on. */
  readonly first?: boolean;
}

export interface FilterFieldsProps<Name extends string> {
  readonly fields: readonly FilterField<Name>[];
  readonly typed: { readonly [name in Name]?: string };
  readonly onType: (change: { readonly [name in Name]?: string }) => void;
  readonly children?: ReactNode;
}

export function FilterFields<Name extends string>(props: FilterFieldsProps<Name>) {
  const { fields, typed, onType, children } = props;
  const first = useRef<HTMLInputElement>(null);
  useEffect(() => first.current?.focus(), []);
  return (
    <search className="search-fields">
      {fields.map(({ name, label, type = 'search', hint, first: isFirst }) => {
        const value = (typed as Filter)[name] ?? '';
        return (
          <label key={name}>
            <span>{label}</span>
            <input
              ref={isFirst ? first : undefined}
              type={type}
              value={type === 'date' ? value.slice(0, 10) : value}
              placeholder={hint}
              onChange={event => onType({ [name]: event.target.value } as typeof typed)}
              spellCheck={false}
              autoComplete="off"
            />
          </label>
        );
      })}
      {children}
    </search>
  );
}
