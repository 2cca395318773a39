/**
 * What a merge costs, against parsing the three inputs once with `yaml`. Milliseconds of processor time are the least of
 * several rounds, verifier included, so that neighbours on the machine count little; memory is the heap one merge leaves
 * before collection. `npm run bench:merge -- hostile`: the inputs made to hurt alone.
 * Invariant: every measured merge is checked to be clean, so that speed is never bought with a clash.
 */
import { parseAllDocuments } from 'yaml';
import { maxDepth, maxLength } from '../merge/limits.ts';
import { type Format, merge } from '../merge/merge.ts';

interface Triple {
  base: string;
  current: string;
  proposed: string;
}

type Side = 'none' | 'current' | 'proposed';

/** Services of a deployment, about `size` bytes; each side edits one service of so many. */
function yamlOf(size: number, edit: Side, each = 50): string {
  const parts: string[] = ['# services of the shop\nservices:\n'];
  for (let index = 0; index * 153 < size; index++) {
    parts.push(
      [
        `  - name: service-${index}`,
        `    image: "registry.example/app:${edit === 'current' && index % each === 0 ? 2 : 1}"`,
        `    replicas: ${edit === 'proposed' && index % each === 1 % each ? 5 : 3} # per zone`,
        `    args: [--verbose, --port=80${index % 10}]`,
        '    env:',
        '      LOG_LEVEL: info',
        ...(edit === 'proposed' && index % 70 === 0 ? ['      # asked for by ops', '      TRACE: "on"'] : []),
        '',
      ].join('\n'),
    );
  }
  return parts.join('');
}

/** A limit a line, about `size` bytes; each side edits one line. */
function flatOf(size: number, edit: Side): string {
  const lines = Array.from(
    { length: size / 31 },
    (_, index) => `limit_${index}: ${1000 + index} # per day\n`,
  );
  const line = (name: string, side: Side) => `${name}: ${edit === side ? 'changed' : 'none'}\n`;
  return `${line('head', 'current')}${lines.join('')}${line('tail', 'proposed')}`;
}

function jsonOf(size: number, edit: Side): string {
  const services: object[] = [];
  for (let index = 0; index * 190 < size; index++) {
    services.push({
      name: `service-${index}`,
      image: `registry.example/app:${edit === 'current' && index % 50 === 0 ? 2 : 1}`,
      replicas: edit === 'proposed' && index % 50 === 1 ? 5 : 3,
      args: ['--verbose'],
      ...(edit === 'proposed' && index % 70 === 0 ? { trace: true } : {}),
    });
  }
  return `${JSON.stringify({ services }, null, 2)}\n`;
}

let others = 0;

/** Merges other texts, so that no reader still knows those that are measured. */
function forgetTexts(): void {
  for (let count = 0; count < 8; count++) {
    const [base, current, proposed] = [
      [1, 1],
      [2, 1],
      [1, 2],
    ].map(([a, b]) => `n: ${others}\na: ${a}\nb: ${b}\n`) as [string, string, string];
    merge(base, current, proposed, { format: 'yaml' });
    others++;
  }
}

/** The least of several rounds: what the work costs when nothing else runs. Both are measured in turn. */
function least(acts: readonly (() => void)[], rounds: number): number[] {
  const best = acts.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < rounds; round++) {
    for (const [index, act] of acts.entries()) {
      forgetTexts();
      const before = process.cpuUsage();
      act();
      const { user, system } = process.cpuUsage(before);
      best[index] = Math.min(best[index]!, (user + system) / 1000);
    }
  }
  return best;
}

function measure(
  format: Format,
  size: number,
  what: string,
  make: (size: number, edit: Side) => string,
): void {
  const triple: Triple = {
    base: make(size, 'none'),
    current: make(size, 'current'),
    proposed: make(size, 'proposed'),
  };
  const run = () => merge(triple.base, triple.current, triple.proposed, { format });
  const result = run();
  if (result.kind !== 'clean') throw new Error(`${format} ${size}: ${result.kind}`);
  const rounds = size < 100_000 ? 40 : 5;
  const parse = () => {
    for (const text of [triple.base, triple.current, triple.proposed]) parseAllDocuments(text);
  };
  const [own, floor] = least([run, parse], rounds) as [number, number];
  forgetTexts();
  globalThis.gc?.();
  const before = process.memoryUsage().heapUsed;
  run();
  const heap = Math.max(0, process.memoryUsage().heapUsed - before) / 1024 / 1024;
  const kib = Math.round(size / 1024);
  console.log(
    `| ${format} ${kib} KiB${what} | ${own.toFixed(1)} | ${floor.toFixed(1)} | ${(own / floor).toFixed(2)} | ${(own / kib).toFixed(2)} | ${heap.toFixed(0)} | ${result.edits.length} |`,
  );
}

function sizes(): void {
  console.log(
    '| input | merge CPU ms | floor CPU ms | times the floor | ms per KiB | heap MiB | edits |\n|---|---|---|---|---|---|---|',
  );
  for (const kib of [1, 3, 30, 300, 1024]) measure('yaml', kib * 1024, '', yamlOf);
  for (const kib of [3, 30, 300])
    measure('yaml', kib * 1024, ', each service edited by both', (size, edit) => yamlOf(size, edit, 1));
  for (const kib of [3, 30, 300]) measure('yaml', kib * 1024, ', a value a line', flatOf);
  for (const kib of [1, 30, 300, 1024]) measure('json', kib * 1024, '', jsonOf);
}

function hostile(name: string, format: Format, make: (side: number) => string): void {
  const [base, current, proposed] = [make(0), make(1), make(2)];
  const before = process.cpuUsage();
  const result = merge(base, current, proposed, { format });
  const { user, system } = process.cpuUsage(before);
  const reason = result.kind === 'refused' ? ` (${result.reason})` : '';
  console.log(
    `| ${name} | ${Math.round(base.length / 1024)} | ${((user + system) / 1000).toFixed(0)} | ${result.kind}${reason} |`,
  );
}

if (!process.argv.includes('hostile')) sizes();

console.log('\n| hostile input | KiB | CPU ms | answer |\n|---|---|---|---|');
const sides = ['', 'x', 'y'];
hostile(
  'brackets nested 5,000 deep',
  'yaml',
  side => `${'['.repeat(5_000)}${sides[side]}${']'.repeat(5_000)}`,
);
hostile(
  'brackets nested 100,000 deep',
  'json',
  side => `${'['.repeat(100_000)}${side}${']'.repeat(100_000)}`,
);
hostile(
  `maps nested ${maxDepth + 1} deep`,
  'yaml',
  side =>
    `${Array.from({ length: maxDepth + 1 }, (_, at) => `${' '.repeat(at)}a:\n`).join('')}${' '.repeat(maxDepth + 1)}v: ${side}\n`,
);
hostile('dashes nested 5,000 deep', 'yaml', side => `${'- '.repeat(5_000)}${side}\n`);
hostile(
  '20,000 equal items, one more on each side',
  'yaml',
  side => `a:\n${'- x\n'.repeat(20_000 + side)}b: ${side}\n`,
);
hostile(
  '50,000 equal items, half of them gone',
  'json',
  side => `[${'1,'.repeat(side === 2 ? 25_000 : 50_000)}${side}]`,
);
hostile(
  '30,000 keys in one map',
  'yaml',
  side =>
    `${Array.from({ length: 30_000 }, (_, at) => `k${at}: ${at % 1_000 === side ? side : 'v'}\n`).join('')}`,
);
hostile('30,000 keys in one map, each sixth of them edited', 'yaml', side =>
  Array.from({ length: 30_000 }, (_, at) => `k${at}: ${at % 12 === side * 6 ? side : 'v'}\n`).join(''),
);
hostile('30,000 blank lines', 'yaml', side => `a: ${side}${'\n'.repeat(30_000)}b: 1\n`);
hostile('10,000 comment lines', 'yaml', side => `a: 1\n${'# x\n'.repeat(10_000)}b: ${side}\n`);
hostile('2,000 documents', 'yaml', side =>
  Array.from({ length: 2_000 }, (_, at) => `--- # ${at}\na: ${at === side ? side : 'v'}\n`).join(''),
);
hostile(
  'aliases that expand to 10^9 items',
  'yaml',
  side =>
    `a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n${Array.from({ length: 8 }, (_, at) => `a${at + 1}: &a${at + 1} [${Array(10).fill(`*a${at}`).join(', ')}]\n`).join('')}z: ${side === 1 ? 1 : 0}\ny: ${side === 2 ? 1 : 0}\n`,
);
hostile(
  'text of 20,000 lines changed on both sides',
  'yaml',
  side =>
    `t: |\n${Array.from({ length: 20_000 }, (_, at) => `  line ${at === side * 5_000 ? side : at}\n`).join('')}`,
);
hostile(`longer than ${maxLength / 1024 / 1024} MiB`, 'json', side => `"${'x'.repeat(maxLength)}${side}"`);
