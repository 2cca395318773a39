/** What can be done with the changes between two sides, by mouse as by key. */
import type { Difference, Side } from '../editor/side-by-side.tsx';

export interface CompareBarProps {
  /** null: not known yet. */
  readonly difference: Difference | null;
  readonly collapsed: boolean;
  readonly meaning: boolean;
  readonly onGo: (where: 'next' | 'previous') => void;
  readonly onCopy: (to: Side) => void;
  readonly onCollapse: (collapsed: boolean) => void;
  readonly onMeaning: (meaning: boolean) => void;
}

export function CompareBar(props: CompareBarProps) {
  const { difference, collapsed, meaning, onGo, onCopy, onCollapse, onMeaning } = props;
  return (
    <div className="compare-bar" role="toolbar" aria-label="Changes">
      <p role="status">
        {difference === null
          ? ''
          : difference.changes === 0
            ? 'The texts are the same.'
            : `${difference.changes} ${difference.changes === 1 ? 'change' : 'changes'}`}
        {difference?.coarse && (
          <span className="tag warn">coarse: too large to compare letter by letter</span>
        )}
      </p>
      <div className="actions">
        <button type="button" onClick={() => onGo('previous')} title="Alt ↑ or Shift F7">
          ↑ Previous change
        </button>
        <button type="button" onClick={() => onGo('next')} title="Alt ↓ or F7">
          ↓ Next change
        </button>
        <button type="button" onClick={() => onCopy('left')} title="Ctrl Alt ←">
          ← Copy to the left
        </button>
        <button type="button" onClick={() => onCopy('right')} title="Ctrl Alt →">
          Copy to the right →
        </button>
        <button type="button" aria-pressed={!collapsed} onClick={() => onCollapse(!collapsed)}>
          Show unchanged lines
        </button>
        <button type="button" aria-pressed={meaning} onClick={() => onMeaning(!meaning)}>
          Ignore order and layout
        </button>
      </div>
    </div>
  );
}
