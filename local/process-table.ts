/**
 * Parents and children among this machine's processes, from /proc where it exists and from `pgrep` elsewhere. A
 * snapshot of one moment.
 */
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

/** Children, their children and so on, of a process; without the process itself. */
export function descendantsOf(pid: number): number[] {
  const childrenOf = process.platform === 'linux' ? fromProc() : fromPgrep;
  const found: number[] = [];
  const look = [pid];
  for (let next = look.pop(); next !== undefined; next = look.pop()) {
    const children = childrenOf(next);
    found.push(...children);
    look.push(...children);
  }
  return found;
}

function fromProc(): (pid: number) => number[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    if (!/^\d+$/.test(entry)) continue;
    let stat: string;
    try {
      stat = readFileSync(`/proc/${entry}/stat`, 'utf8');
    } catch {
      continue; // gone since the folder was listed
    }
    // `pid (name, which may hold spaces and parentheses) state ppid …`
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    children.set(parent, [...(children.get(parent) ?? []), Number(entry)]);
  }
  return pid => children.get(pid) ?? [];
}

function fromPgrep(pid: number): number[] {
  try {
    return execFileSync('pgrep', ['-P', String(pid)], { encoding: 'utf8' })
      .trim()
      .split('\n')
      .map(Number);
  } catch {
    return []; // pgrep exits 1 when there is none
  }
}
