/** A button with a list of things to do: opened and left by keyboard, closed by Escape and when it loses the focus. */
import { useEffect, useRef } from 'react';

export interface MenuProps {
  readonly label: string;
  readonly items: readonly { readonly label: string; readonly run: () => void }[];
}

export function Menu({ label, items }: MenuProps) {
  const element = useRef<HTMLDetailsElement>(null);
  useEffect(() => {
    const details = element.current!;
    const close = (event: Event) => {
      if (details.open && !details.contains(event.target as Node)) details.open = false;
    };
    const leave = (event: KeyboardEvent) => {
      if (event.key !== 'Escape' || !details.open) return;
      details.open = false;
      details.querySelector('summary')?.focus();
    };
    document.addEventListener('pointerdown', close);
    details.addEventListener('keydown', leave);
    details.addEventListener('focusout', event => {
      if (event.relatedTarget instanceof Node && !details.contains(event.relatedTarget)) details.open = false;
    });
    return () => document.removeEventListener('pointerdown', close);
  }, []);
  return (
    <details className="menu" ref={element}>
      <summary className="button">
        {label} <span aria-hidden="true">▾</span>
      </summary>
      <div className="menu-items">
        {items.map(({ label: name, run }) => (
          <button
            key={name}
            type="button"
            onClick={() => {
              element.current!.open = false;
              // What a dialog gives the focus back to.
              element.current!.querySelector('summary')?.focus();
              run();
            }}
          >
            {name}
          </button>
        ))}
      </div>
    </details>
  );
}
