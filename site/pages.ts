/**
 * Which pages the site has, in which of the four kinds, and at which addresses. Invariant: every page of docs/ has one
 * place; a page that is not listed here is a how-to.
 */
import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';

export const root = resolve(import.meta.dirname, '..');
export const siteUrl = 'https://pawl.dev';

/** Pages by their path in the project; folders stand for all pages in them. */
const kinds = [
  { label: 'Tutorials', pages: ['docs/tutorial.md', 'docs/tutorial-cluster.md'] },
  {
    label: 'How-to guides',
    pages: [
      'docs/install.md',
      'docs/answers.md',
      'docs/adopt.md',
      'docs/review.md',
      'docs/gitops.md',
      'docs/web.md',
      'docs/kubectl.md',
      'docs/consumers.md',
      'docs/rules.md',
      'docs/notifications.md',
      'docs/operations.md',
      'docs/verify.md',
      'docs/high-availability.md',
    ],
  },
  {
    label: 'Reference',
    pages: [
      'docs/configversion.md',
      'docs/confignamespace.md',
      'docs/configprojection.md',
      'docs/formats.md',
      'docs/cli.md',
      'docs/api.md',
      'docs/problems.md',
      'docs/reference',
      'charts/pawl/README.md',
      'clients/README.md',
      'clients/typescript/README.md',
      'clients/go/README.md',
      'clients/python/README.md',
      'clients/java/README.md',
      'clients/java/pawl-spring-boot/README.md',
      'clients/java/pawl-scala/README.md',
      'CHANGELOG.md',
    ],
  },
  {
    label: 'Explanation',
    pages: [
      'docs/design.md',
      'docs/merge.md',
      'docs/comparison.md',
      'docs/threat-model.md',
      'docs/reliability.md',
      'docs/performance.md',
    ],
  },
  {
    label: 'Contributing',
    pages: ['CONTRIBUTING.md', 'docs/style.md', 'docs/e2e.md', 'docs/releasing.md', 'SECURITY.md'],
  },
  { label: 'Decisions', pages: ['docs/adr'] },
] as const;

/** The page that stands at the site's root. */
export const home = 'README.md';

export interface Group {
  readonly label: string;
  /** Paths in the project, such as docs/install.md. */
  readonly pages: readonly string[];
}

const pagesIn = (folder: string): string[] =>
  readdirSync(join(root, folder))
    .filter(name => name.endsWith('.md'))
    .sort()
    .map(name => `${folder}/${name}`);

/** The sidebar. */
export function groups(): Group[] {
  const found = kinds.map(({ label, pages }) => ({
    label,
    pages: pages.flatMap(page => (page.endsWith('.md') ? [page] : pagesIn(page))),
  }));
  const placed = new Set(found.flatMap(({ pages }) => pages));
  const others = pagesIn('docs').filter(page => !placed.has(page));
  return found.map(group =>
    group.label === 'How-to guides' ? { ...group, pages: [...group.pages, ...others] } : group,
  );
}

export const allPages = (): string[] => [home, ...groups().flatMap(({ pages }) => pages)];

/** The address of a page below the site's root: docs/adr/0001-x.md is /adr/0001-x/. */
export function addressOf(page: string): string {
  if (page === home) return '/';
  if (page === 'charts/pawl/README.md') return '/reference/chart/';
  return `/${page
    .replace(/^docs\//, '')
    .replace(/\/README\.md$/, '')
    .replace(/\.md$/, '')
    .toLowerCase()}/`;
}
