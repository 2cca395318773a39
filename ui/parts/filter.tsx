/** Filters the list below while the person types. */
import { useId } from 'react';

export interface FilterProps {
  readonly label: string;
  readonly value: string;
  readonly onChange: (value: string) => void;
  /** Such as "12 of 300". */
  readonly count?: string;
}

export function Filter({ label, value, onChange, count }: FilterProps) {
  const id = useId();
  return (
    <div className="filter">
      <label htmlFor={id} className="unseen">
        {label}
      </label>
      <input
        id={id}
        type="search"
        placeholder={label}
        value={value}
        onChange={event => onChange(event.target.value)}
        spellCheck={false}
        autoComplete="off"
      />
      <span className="quiet small" role="status">
        {count}
      </span>
    </div>
  );
}
