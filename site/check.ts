/** Looks at the site as it was built: every address in it leads to a file of it, and to a part of that with such an id. */
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

interface Document {
  readonly ids: ReadonlySet<string>;
  readonly targets: readonly string[];
}

/** @param pages how many pages the search has to know */
export function faultsOfSite(folder: string, pages: number): string[] {
  const documents = new Map<string, Document>();
  for (const file of readdirSync(folder, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.html')) documents.set(file, read(join(folder, file)));
  const faults = [...documents].flatMap(([file, { targets }]) =>
    targets.flatMap(target => {
      const fault = faultOfTarget(folder, documents, file, target);
      return fault ? [`${file} → ${target}: ${fault}`] : [];
    }),
  );
  return [...new Set(faults), ...faultsOfSearch(folder, pages)];
}

function read(path: string): Document {
  const text = readFileSync(path, 'utf8').replace(/<(script|style)\b[^>]*>.*?<\/\1>/gs, '');
  const values = (attribute: string) =>
    [...text.matchAll(new RegExp(`<[^>]*\\s${attribute}="([^"]*)"`, 'g'))].map(match => match[1]!);
  const refreshes = [...text.matchAll(/http-equiv="refresh" content="\d+;\s*url=([^"]+)"/g)].map(
    match => match[1]!,
  );
  return { ids: new Set(values('id')), targets: [...values('href'), ...values('src'), ...refreshes] };
}

function faultOfTarget(
  folder: string,
  documents: ReadonlyMap<string, Document>,
  from: string,
  target: string,
): string | null {
  const base = new URL(`/${from.replace(/index\.html$/, '')}`, 'https://site.invalid');
  const url = URL.parse(target.replaceAll('&amp;', '&'), base.href);
  if (url === null) return 'it is not a URL';
  // Addresses outside are not looked at, and canonical ones are the site's own, written in full.
  if (url.host !== base.host) return null;
  let path = join(folder, decodeURIComponent(url.pathname));
  if (existsSync(path) && statSync(path).isDirectory()) path = join(path, 'index.html');
  if (!existsSync(path)) return 'there is no such file';
  const id = decodeURIComponent(url.hash.slice(1));
  if (id === '' || id === '_top') return null;
  return documents.get(relative(folder, path))?.ids.has(id) ? null : 'there is no such id';
}

function faultsOfSearch(folder: string, pages: number): string[] {
  const path = join(folder, 'pagefind', 'pagefind-entry.json');
  if (!existsSync(path)) return ['the search has no index'];
  const { languages } = JSON.parse(readFileSync(path, 'utf8')) as {
    languages: Record<string, { page_count: number }>;
  };
  const found = languages.en?.page_count ?? 0;
  return found >= pages ? [] : [`the search knows ${found} of ${pages} pages`];
}
