/** Reads the text that /metrics answers with. Pure. */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** Comments and lines that are not samples are skipped. `names`: only these, for texts of megabytes. */
export function parseSamples(text: string, names?: ReadonlySet<string>): Sample[] {
  const samples: Sample[] = [];
  for (const line of text.split('\n')) {
    const head = /^[a-zA-Z_:][\w:]*/.exec(line)?.[0];
    if (head === undefined || (names && !names.has(head))) continue;
    const { labels, end } = labelsOf(line, head.length);
    const value = Number(line.slice(end).trim().split(' ')[0]);
    if (!Number.isNaN(value)) samples.push({ name: head, labels, value });
  }
  return samples;
}

/** 0 when there is none: a counter that was never raised is not shown. */
export function sumOf(
  samples: readonly Sample[],
  name: string,
  matches: (labels: Readonly<Record<string, string>>) => boolean = () => true,
): number {
  let sum = 0;
  for (const sample of samples) if (sample.name === name && matches(sample.labels)) sum += sample.value;
  return sum;
}

function labelsOf(line: string, at: number): { labels: Record<string, string>; end: number } {
  const labels: Record<string, string> = {};
  if (line[at] !== '{') return { labels, end: at };
  const label = /[{,]\s*([a-zA-Z_]\w*)="((?:[^"\\]|\\.)*)"/y;
  let end = at;
  label.lastIndex = at;
  for (let match = label.exec(line); match; match = label.exec(line)) {
    labels[match[1]!] = match[2]!.replace(/\\(.)/g, (_, char) => (char === 'n' ? '\n' : char));
    end = label.lastIndex;
  }
  return { labels, end: line.indexOf('}', end) + 1 };
}
