/**
 * The recorded terminal: draws the commands of story.md, and what they printed, as an SVG that plays by itself. `npm run
 * record` runs them first. Invariant: the picture is a function of the page alone, so that a test can compare.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { blocksOf } from './blocks.ts';
import { root } from './pages.ts';

export const story = 'site/story.md';
export const recording = 'docs/images/story.svg';

const [columns, rows] = [104, 24];
const [lineHeight, charWidth, fontSize, margin] = [18, 7.83, 13, 14];
/** Seconds: before a line of that kind comes. */
const pauses = { caption: 2.2, command: 0.9, output: 0.06, empty: 0.1 };
const atTheEnd = 6;

type Kind = keyof typeof pauses;

interface Line {
  readonly kind: Kind;
  readonly text: string;
  /** The person at whose prompt a command stands. */
  readonly who: string;
}

/** What a terminal would show, wrapped where it ends. */
export function linesOf(page: string): Line[] {
  const lines: Line[] = [];
  const captions = new Map(
    page.split('\n').flatMap((line, index) => (line.startsWith('## ') ? [[index + 1, line.slice(3)]] : [])),
  );
  let who = '';
  for (const { line: at, language, text } of blocksOf(page)) {
    const caption = captions.get(at - 2);
    if (caption !== undefined) {
      if (/^(Ada|Bob|Cem)\b/.test(caption)) who = caption.slice(0, 3).toLowerCase();
      if (lines.length > 0) lines.push({ kind: 'empty', text: '', who });
      lines.push({ kind: 'caption', text: `# ${caption}`, who });
    }
    for (const line of text.trimEnd().split('\n')) {
      const kind = language === 'sh' ? 'command' : 'output';
      const room = columns - (kind === 'command' ? who.length + 2 : 0);
      for (let from = 0; from === 0 || from < line.length; from += room)
        lines.push({ kind, text: line.slice(from, from + room), who });
    }
  }
  return lines;
}

const escaped = (text: string) =>
  text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');

function styleOf({ kind, text }: Line): string {
  if (kind === 'caption') return 'c';
  if (kind === 'output' && /^\+(?!\+)/.test(text)) return 'a';
  if (kind === 'output' && /^-(?!-)/.test(text)) return 'd';
  if (kind === 'output' && text.startsWith('error:')) return 'd';
  return 'o';
}

export function draw(page: string): string {
  const lines = linesOf(page);
  let time = 0;
  const times = lines.map(({ kind }) => (time += pauses[kind]));
  const whole = time + atTheEnd;
  const share = (seconds: number) => `${Number(((seconds / whole) * 100).toFixed(2))}%`;
  const up = (index: number) => -Math.max(0, index + 1 - rows) * lineHeight;
  const scrolls = times.flatMap((at, index) =>
    index >= rows ? [`${share(at)} { transform: translateY(${up(index)}px); }`] : [],
  );
  const texts = lines.flatMap((line, index) => {
    if (line.text === '') return [];
    const y = margin + (index + 1) * lineHeight - 5;
    const prompt = line.kind === 'command' ? `<tspan class="p">${line.who}$ </tspan>` : '';
    return [
      `<text class="${styleOf(line)}" x="${margin}" y="${y}" style="animation-name: l${index}">${prompt}${escaped(line.text)}</text>`,
    ];
  });
  const shown = lines.flatMap(({ text }, index) =>
    text === ''
      ? []
      : [`@keyframes l${index} { 0% { opacity: 0; } ${share(times[index]!)} { opacity: 1; } }`],
  );
  const [width, height] = [Math.ceil(columns * charWidth + 2 * margin), rows * lineHeight + 2 * margin];
  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img">
<title>Three people edit one version of a config: a save, a merge, and a conflict</title>
<style>
text { font: ${fontSize}px ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace; white-space: pre; fill: #d4d8e0; }
.p { fill: #7fb4ff; } .c { fill: #8b93a3; } .a { fill: #7ee2a0; } .d { fill: #ff9a9a; }
#all { transform: translateY(${up(lines.length - 1)}px); animation: scroll ${whole.toFixed(1)}s step-end infinite; }
text { animation: ${whole.toFixed(1)}s step-end infinite; }
@keyframes scroll { 0% { transform: none; } ${scrolls.join(' ')} }
${shown.join('\n')}
@media (prefers-reduced-motion: reduce) { #all, text { animation: none; } }
</style>
<rect width="100%" height="100%" rx="8" fill="#171b24"/>
<clipPath id="screen"><rect y="${margin}" width="${width}" height="${height - 2 * margin + 4}"/></clipPath>
<g clip-path="url(#screen)"><g id="all">
${texts.join('\n')}
</g></g>
</svg>
`;
}

if (import.meta.main) {
  writeFileSync(join(root, recording), draw(readFileSync(join(root, story), 'utf8')));
  console.log(`drew ${recording}`);
}
