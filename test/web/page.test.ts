/** The web page as the server gives it to browsers: files for ever, the document never, nothing of anybody else's. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { brotliCompressSync, brotliDecompressSync } from 'node:zlib';
import fastify, { type FastifyInstance } from 'fastify';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { answerError } from '../../server/errors.ts';
import { baseOf, wholeOrigin, withoutBase } from '../../server/ui/base.ts';
import { webPage } from '../../server/ui/page.ts';

const script = 'console.log("pawl");\n'.repeat(50);
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'pawl-page-'));
  await mkdir(join(folder, 'assets'));
  const write = (name: string, content: string | Buffer) => writeFile(join(folder, name), content);
  await write('index.html', '<!doctype html><html><head><title>Pawl</title></head><body></body></html>');
  await write('assets/index-3f2a.js', script);
  await write('assets/index-3f2a.js.br', brotliCompressSync(script));
  await write('assets/index-3f2a.js.map', '{"sources":["secret"]}');
  await write('favicon.svg', '<svg xmlns="http://www.w3.org/2000/svg"/>');
  await writeFile(join(folder, '..', 'pawl-outside.txt'), 'words of elsewhere');
});
afterAll(() => rm(folder, { recursive: true }));

async function served(
  options: { folder?: string; base?: string; prefix?: string } = {},
): Promise<FastifyInstance> {
  const app = fastify();
  app.setErrorHandler((error, request, reply) => answerError(error as Error, request, reply));
  const base = options.base === undefined ? wholeOrigin : baseOf(options.base)!;
  await app.register(webPage({ folder: options.folder ?? folder, base }), { prefix: options.prefix ?? '' });
  return app;
}

describe('a file with a hash in its name', () => {
  it('is kept by browsers for ever, and comes as it was compressed when it was built', async () => {
    const app = await served();
    const headers = { 'accept-encoding': 'gzip, br' };
    const answer = await app.inject({ url: '/ui/assets/index-3f2a.js', headers });
    expect(answer.headers).toMatchObject({
      'cache-control': 'public, max-age=31536000, immutable',
      'content-type': 'text/javascript; charset=utf-8',
      'content-encoding': 'br',
      vary: 'accept-encoding',
    });
    expect(brotliDecompressSync(answer.rawPayload).toString()).toBe(script);
    for (const takes of ['', 'gzip', 'br;q=0', 'brx']) {
      const plain = await app.inject({
        url: '/ui/assets/index-3f2a.js',
        headers: { 'accept-encoding': takes },
      });
      expect([plain.headers['content-encoding'], plain.payload]).toEqual([undefined, script]);
    }
  });

  it('is not sent again to whoever has it, nor with HEAD', async () => {
    const app = await served();
    const { headers } = await app.inject('/ui/assets/index-3f2a.js');
    const again = await app.inject({
      url: '/ui/assets/index-3f2a.js',
      headers: { 'if-none-match': `"other", W/${headers.etag}` },
    });
    expect([again.statusCode, again.payload]).toEqual([304, '']);
    const head = await app.inject({ method: 'HEAD', url: '/ui/assets/index-3f2a.js' });
    expect([head.statusCode, head.payload, head.headers['content-length']]).toEqual([
      200,
      '',
      String(script.length),
    ]);
  });

  it('is not found when it is not there, so that no browser keeps the document in its place', async () => {
    const app = await served();
    for (const name of ['index-0000.js', 'index-3f2a.js.map', 'index-3f2a.js.br', '']) {
      expect((await app.inject(`/ui/assets/${name}`)).statusCode).toBe(404);
    }
  });
});

describe('the document', () => {
  it.each(['/ui/', '/ui/index.html', '/ui/configs/payments/limits%2Feu.yaml', '/ui/compare?left=7&right=9'])(
    'is the answer to %s, is never kept, and runs no script but the page’s own',
    async url => {
      const app = await served();
      const one = await app.inject(url);
      expect([one.statusCode, one.headers['cache-control']]).toEqual([200, 'no-store']);
      const policy = String(one.headers['content-security-policy']);
      expect(policy).toContain("script-src 'self';");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      const nonce = /'nonce-([^']+)'/.exec(policy)?.[1];
      expect(one.payload).toContain(`<head><base href="/ui/"><meta property="csp-nonce" nonce="${nonce}">`);
      expect((await app.inject(url)).headers['content-security-policy']).not.toBe(policy);
    },
  );

  it('is below the path that an Ingress puts before it, but not behind a door of its own', async () => {
    const app = await served({ base: 'https://example.com/tools/pawl/' });
    expect((await app.inject('/ui/x')).payload).toContain('<base href="/tools/pawl/ui/">');
    expect((await app.inject('/ui')).headers.location).toBe('/tools/pawl/ui/');
    const own = await app.inject({ url: '/ui/x', headers: { 'x-pawl-ui-root': '1' } });
    expect(own.payload).toContain('<base href="/ui/">');
    const behind = await served({ base: '/pawl', prefix: '/apis/x' });
    expect((await behind.inject('/apis/x/ui/y')).payload).toContain('<base href="/ui/">');
  });

  it('says how to build the page when nobody did, and is the page as soon as somebody has', async () => {
    const empty = await mkdtemp(join(tmpdir(), 'pawl-page-'));
    const app = await served({ folder: empty });
    const answer = await app.inject('/ui/');
    expect([answer.statusCode, answer.payload]).toEqual([200, expect.stringContaining('npm run build:ui')]);
    await writeFile(join(empty, 'index.html'), '<html><head></head><body>built</body></html>');
    expect((await app.inject('/ui/')).payload).toContain('built');
    await rm(empty, { recursive: true });
  });
});

it.each([
  '/ui/../pawl-outside.txt',
  '/ui/%2e%2e/pawl-outside.txt',
  '/ui/..%2fpawl-outside.txt',
  '/ui/%2e%2e%2fpawl-outside.txt',
  '/ui/assets/..%2f..%2fpawl-outside.txt',
])('nothing outside the folder is served: %s', async url => {
  expect((await (await served()).inject(url)).payload).not.toContain('words of elsewhere');
});

describe('the base', () => {
  it.each([
    ['/', { path: '', origin: null }],
    ['/pawl/', { path: '/pawl', origin: null }],
    ['https://example.com', { path: '', origin: 'https://example.com' }],
    ['https://example.com:8443/a/b', { path: '/a/b', origin: 'https://example.com:8443' }],
  ])('%s', (text, base) => expect(baseOf(text)).toEqual(base));

  it.each([
    'pawl',
    'http://example.com',
    '/a"b',
    '/a b',
    '//evil',
    '/a/../b',
    'https://u:p@example.com',
    'https://a/?x',
  ])('is not %s', text => expect(baseOf(text)).toBeNull());

  it('is taken off a URL by whole segments', () => {
    const base = baseOf('/pawl')!;
    expect(withoutBase('/pawl/ui/', base)).toBe('/ui/');
    for (const url of ['/pawlx/ui', '/ui/', '/pawl']) expect(withoutBase(url, base)).toBe(url);
  });
});
