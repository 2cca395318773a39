/**
 * The pages as Starlight reads them: the title as front matter, links to other pages as addresses of the site, and files
 * of the project that a page names beside them. Invariant: a link that leads nowhere is an error, not a page.
 */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { headingsOf, linksOf, mapLinks, titleOf } from './markdown.ts';
import { addressOf, allPages, home, root } from './pages.ts';

const isElsewhere = (target: string): boolean => /^(https?|mailto):/.test(target);

export const readPage = (page: string): string => readFileSync(join(root, page), 'utf8');

/** Where a link of a page leads: a path in the project, and an anchor there. */
export function resolveLink(page: string, target: string): { path: string; anchor: string } {
  const [path = '', anchor = ''] = target.split('#');
  return { path: path === '' ? page : normalize(join(dirname(page), decodeURI(path))), anchor };
}

const anchors = new Map<string, ReadonlySet<string>>();
const anchorsOf = (page: string): ReadonlySet<string> => {
  const known = anchors.get(page) ?? new Set(headingsOf(readPage(page)).map(({ anchor }) => anchor));
  anchors.set(page, known);
  return known;
};

/** Why a link of a page of the project leads nowhere; null: it leads somewhere. */
export function faultOf(page: string, target: string): string | null {
  if (isElsewhere(target)) return null;
  const { path, anchor } = resolveLink(page, target);
  if (path.startsWith('..') || !existsSync(join(root, path))) return 'there is no such file';
  if (anchor !== '' && !(path.endsWith('.md') && anchorsOf(path).has(anchor)))
    return 'there is no such heading';
  return null;
}

/** Why a URL of the site leads nowhere; null: it leads to a page, and to a heading of it where it names one. */
export function faultOfUrl(url: string): string | null {
  const { pathname, hash } = new URL(url);
  const redirect = redirects()[pathname.replace(/\/$/, '')];
  const [address, anchor] = (redirect ?? `${pathname.replace(/\/?$/, '/')}${hash}`).split('#');
  const page = allPages().find(one => addressOf(one) === address);
  if (page === undefined) return 'there is no such page';
  return !anchor || anchorsOf(page).has(anchor) ? null : 'there is no such heading';
}

/** Every type of a problem is a URL, and leads to the section about it. */
export function redirects(): Record<string, string> {
  const page = 'docs/problems.md';
  const sections = headingsOf(readPage(page)).filter(({ level }) => level === 2);
  return Object.fromEntries(
    sections.map(({ title, anchor }) => [`/problems/${title}`, `${addressOf(page)}#${anchor}`]),
  );
}

export interface LaidOut {
  /** Path below the site's content → its text. */
  readonly pages: ReadonlyMap<string, string>;
  /** Path below the site's public files → the file of the project it is a copy of. */
  readonly files: ReadonlyMap<string, string>;
}

/** @throws Error that names every link that leads nowhere */
export function layOut(): LaidOut {
  const known = new Set(allPages());
  const files = new Map([['icon.svg', 'ui/public/icon.svg']]);
  const broken: string[] = [];
  const rewrite = (page: string, target: string): string => {
    if (isElsewhere(target) || target.startsWith('#')) return target;
    const { path, anchor } = resolveLink(page, target);
    const hash = anchor === '' ? '' : `#${anchor}`;
    if (known.has(path)) return `${addressOf(path)}${hash}`;
    const at = path.startsWith('docs/images/') ? path.slice('docs/'.length) : `source/${path}`;
    files.set(at, path);
    return `/${at}`;
  };
  const pages = new Map<string, string>();
  for (const page of known) {
    for (const { target, line } of linksOf(readPage(page))) {
      const fault = faultOf(page, target) ?? directoryFault(page, target, known);
      if (fault) broken.push(`${page}:${line} → ${target}: ${fault}`);
    }
    pages.set(
      contentPath(page),
      contentOf(page, target => rewrite(page, target)),
    );
  }
  if (broken.length > 0) throw new Error(`links that lead nowhere:\n${broken.join('\n')}`);
  return { pages, files };
}

/** A Git host shows a folder; the site has none. */
function directoryFault(page: string, target: string, known: ReadonlySet<string>): string | null {
  if (isElsewhere(target)) return null;
  const { path } = resolveLink(page, target);
  return !known.has(path) && statSync(join(root, path)).isDirectory() ? 'the site shows no folders' : null;
}

const contentPath = (page: string): string =>
  page === home ? 'index.md' : `${addressOf(page).slice(1, -1)}.md`;

function contentOf(page: string, rewrite: (target: string) => string): string {
  const text = readPage(page);
  const matter = { title: titleOf(text), ...(page === home && { tableOfContents: false }) };
  const front = Object.entries(matter).map(([key, value]) => `${key}: ${JSON.stringify(value)}`);
  // Starlight shows the title itself.
  const body = mapLinks(text, rewrite).replace(/^# .+\n/m, '');
  return ['---', ...front, '---', body].join('\n');
}
