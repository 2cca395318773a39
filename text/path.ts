/**
 * Where in a document a walk is. Invariant: a path costs nothing until somebody asks for its text, so it can be
 * carried through every step of a merge.
 */
export interface Path {
  readonly parent: Path | null;
  /** One step of a JSON Pointer, unescaped: a key or an index. */
  readonly step: string;
  /** The step for people: `.run`, `[name=lint]`, `[3]`. */
  readonly label: string;
}

export const root: Path = { parent: null, step: '', label: '' };

export function keyStep(parent: Path, name: string): Path {
  const simple = /^[\w$-]+$/.test(name);
  return { parent, step: name, label: simple ? `.${name}` : `[${JSON.stringify(name)}]` };
}

export function itemStep(parent: Path, index: number, label: string | null): Path {
  return { parent, step: String(index), label: `[${label ?? index}]` };
}

/** A line of a text that is lines and nothing else; numbers from 1. */
export function lineStep(parent: Path, number: number): Path {
  return { parent, step: String(number), label: `.line ${number}` };
}

function steps(path: Path): Path[] {
  const all: Path[] = [];
  for (let at: Path | null = path; at !== null && at.parent !== null; at = at.parent) all.push(at);
  return all.reverse();
}

/** RFC 6901; '' for the whole text. */
export function pointer(path: Path): string {
  return steps(path)
    .map(at => `/${at.step.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
}

/** The path as people write it; `(whole text)` for the root. */
export function readable(path: Path): string {
  const text = steps(path)
    .map(at => at.label)
    .join('');
  return text === '' ? '(whole text)' : text.replace(/^\./, '');
}
