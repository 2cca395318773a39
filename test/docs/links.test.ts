/** Everything that the documentation links to is there: files, headings, and the addresses that programs print. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { problemReasons, typeOf } from '../../server/problems.ts';
import { faultOf, faultOfUrl, layOut, readPage } from '../../site/layout.ts';
import { headingsOf, linksOf, mapLinks, titleOf } from '../../site/markdown.ts';
import { addressOf, allPages, groups, root, siteUrl } from '../../site/pages.ts';

const tracked = execFileSync('git', ['ls-files', '-co', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
  .split('\n')
  .filter(file => file !== '');
const read = (file: string) => readFileSync(join(root, file), 'utf8');
const markdown = tracked.filter(file => file.endsWith('.md'));

describe('a link', () => {
  it.each(markdown)('of %s leads to a file of the project, and to a heading of it', page => {
    const broken = linksOf(readPage(page)).flatMap(({ target, line }) => {
      const fault = faultOf(page, target);
      return fault ? [`${page}:${line} → ${target}: ${fault}`] : [];
    });
    expect(broken).toEqual([]);
  });

  it('is found in prose only, with its line', () => {
    const text = ['[a](x.md) `[b](y.md)` [`c`](z.md#d)', '```', '[e](f.md)', '```', '[g]: h.md'].join('\n');
    expect(linksOf(text)).toEqual([
      { target: 'x.md', line: 1 },
      { target: 'z.md#d', line: 1 },
      { target: 'h.md', line: 5 },
    ]);
    expect(mapLinks(text, target => target.toUpperCase())).toBe(
      text.replace('x.md', 'X.MD').replace('z.md#d', 'Z.MD#D').replace('h.md', 'H.MD'),
    );
  });

  it('to what is not there is told', () => {
    expect(faultOf('README.md', 'docs/none.md')).toBe('there is no such file');
    expect(faultOf('README.md', 'docs/merge.md#none')).toBe('there is no such heading');
    expect(faultOf('README.md', '../outside')).toBe('there is no such file');
    expect(faultOfUrl(`${siteUrl}/none`)).toBe('there is no such page');
    expect(faultOfUrl(`${siteUrl}/merge/#none`)).toBe('there is no such heading');
    expect(faultOfUrl(`${siteUrl}/problems/none`)).toBe('there is no such page');
  });
});

describe('a heading', () => {
  it('has the anchor that Git hosts give it', () => {
    const text = '# Keys, `with.values`: a_b\n## Same\n## Same\n~~~\n# code\n~~~\n### [Link](x) and **bold**';
    expect(headingsOf(text).map(({ anchor }) => anchor)).toEqual([
      'keys-withvalues-a_b',
      'same',
      'same-1',
      'link-and-bold',
    ]);
    expect(titleOf(text)).toBe('Keys, with.values: a_b');
  });
});

describe('the site', () => {
  it('has every page of docs/ in one place, at an address of its own', () => {
    const pages = allPages();
    expect(pages).toEqual(expect.arrayContaining(markdown.filter(file => file.startsWith('docs/'))));
    expect(new Set(pages.map(addressOf)).size).toBe(pages.length);
    for (const { pages: some } of groups()) expect(some).not.toEqual([]);
  });

  it('is laid out without a link that leads nowhere, and with the files that pages name', () => {
    const { pages, files } = layOut();
    expect(pages.size).toBe(allPages().length);
    expect(pages.get('problems.md')).toMatch(/^---\ntitle: "Problems"\n---\n/);
    expect(files.get('source/api/openapi.yaml')).toBe('api/openapi.yaml');
    // The pages link to each other as the site addresses them.
    expect(pages.get('api.md')).toContain('](/problems/)');
    expect([...pages.values()].join('\n')).not.toMatch(/\]\([^)]*\.md[)#]/);
  });
});

describe('an address that a program prints', () => {
  it.each(problemReasons)('of problem %s leads to its section', reason => {
    expect(faultOfUrl(typeOf(reason))).toBeNull();
  });

  it('leads to a runbook, for every alert', () => {
    const { groups: found } = parse(read('charts/pawl/alerts/pawl.yaml')) as {
      groups: { rules: { annotations: { runbook_url: string } }[] }[];
    };
    const urls = found.flatMap(({ rules }) => rules.map(({ annotations }) => annotations.runbook_url));
    expect(urls.length).toBeGreaterThan(10);
    expect(urls.filter(url => faultOfUrl(url) !== null)).toEqual([]);
  });

  // What a test makes up is not an address of ours.
  const products = tracked.filter(file => !/^(test|site)\/|\.(png|gen\.ts)$|package-lock/.test(file));

  it('or that a file names, is a page of the site', () => {
    const named = products.flatMap(file =>
      [...read(file).matchAll(/https:\/\/pawl\.dev\/[\w./#-]*/g)].map(match => ({
        file,
        url: match[0].replace(/\.$/, ''),
      })),
    );
    const broken = named.filter(({ url }) => faultOfUrl(url) !== null);
    expect(broken).toEqual([]);
  });

  it('or that a file names as a page of docs/, is there', () => {
    const broken = products.flatMap(file =>
      [...read(file).matchAll(/\bdocs\/[\w/-]+\.md(?:#[\w-]+)?/g)]
        .filter(([target]) => faultOf('README.md', target) !== null)
        .map(([target]) => `${file} → ${target}`),
    );
    expect(broken).toEqual([]);
  });
});
