/**
 * What a page of Markdown is called, what it links to and where it can be linked at, by the rules of Git hosts, which
 * Starlight shares. Invariant: what stands in code is neither a heading nor a link.
 */
export interface Link {
  readonly target: string;
  /** Counted from 1. */
  readonly line: number;
}

/** The lines outside of fenced code; a fenced line is empty, so that numbers stay. */
export function linesOfProse(text: string): string[] {
  let fence: string | null = null;
  return text.split('\n').map(line => {
    const mark = /^\s*(`{3,}|~{3,})/.exec(line)?.[1];
    if (fence !== null) {
      if (mark?.startsWith(fence) && line.trim() === mark) fence = null;
      return '';
    }
    if (mark === undefined) return line;
    fence = mark;
    return '';
  });
}

export function linksOf(text: string): Link[] {
  const found: Link[] = [];
  mapLinks(text, (target, line) => {
    found.push({ target, line });
    return target;
  });
  return found;
}

const codeSpans = /((?<!`)(`+)(?!`).*?(?<!`)\2(?!`))/;
const target = /(\]\(|^\[[^\]^]+\]:\s+)([^)\s]+)/g;

/** The text with every target of a link replaced. */
export function mapLinks(text: string, replace: (target: string, line: number) => string): string {
  const prose = linesOfProse(text);
  const lines = text.split('\n').map((line, index) => {
    if (prose[index] === '') return line;
    // Of three parts that split() gives for a code span, the second and third are the span and its mark.
    const parts = line.split(codeSpans);
    return parts
      .map((part, at) => {
        if (at % 3 === 2) return '';
        if (at % 3 === 1) return part;
        return part.replace(target, (_, before: string, to: string) => `${before}${replace(to, index + 1)}`);
      })
      .join('');
  });
  return lines.join('\n');
}

export interface Heading {
  readonly level: number;
  readonly title: string;
  readonly anchor: string;
}

export function headingsOf(text: string): Heading[] {
  const used = new Map<string, number>();
  return linesOfProse(text).flatMap(line => {
    const match = /^(#{1,6}) +(.+?)(?: +#+)?$/.exec(line);
    if (!match) return [];
    const title = plainOf(match[2]!);
    const slug = anchorOf(title);
    const before = used.get(slug);
    used.set(slug, (before ?? -1) + 1);
    return [
      { level: match[1]!.length, title, anchor: before === undefined ? slug : `${slug}-${before + 1}` },
    ];
  });
}

/** The words of a heading without the marks around them. */
const plainOf = (heading: string): string =>
  heading
    .replace(/!?\[([^\]]*)\]\([^)]*\)/g, '$1')
    .replace(/`([^`]*)`/g, '$1')
    .replace(/(\*\*|__|\*)(.+?)\1/g, '$2')
    .trim();

export const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replace(/[^\p{L}\p{M}\p{N}\p{Pc}\- ]/gu, '')
    .replaceAll(' ', '-');

/** @throws Error where the page does not begin with its title */
export function titleOf(text: string): string {
  const first = headingsOf(text)[0];
  if (first?.level !== 1) throw new Error('the page has no title: begin it with a line such as # Title');
  return first.title;
}
