/**
 * Serves the web page: its files as they were built, and its one HTML document for every address below /ui/ that is not
 * a file. Invariant: no script runs but the page's own files, no other site frames it, and the document itself, which
 * names the files, is never cached.
 */
import { randomBytes } from 'node:crypto';
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import { Refused } from '../problems.ts';
import type { UiBase } from './base.ts';
import { readPage, variantFor, type WebPage } from './files.ts';

export interface PageOptions {
  /** What `npm run build:ui` made. Read when somebody first asks. */
  readonly folder: string;
  readonly base: UiBase;
}

/** The header of a program that serves the page at the root of its own address. */
export const atRootHeader = 'x-pawl-ui-root';

/** The header for a document whose type must not be seen on the way. */
const typeHeader = 'x-pawl-content-type';
const html = 'text/html; charset=utf-8';

const year = 31_536_000;

/** Headers of every file of the page. */
const pageHeaders = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(), payment=(), usb=()',
  'referrer-policy': 'same-origin',
} as const;

/** The policy of single files; a worker has the policy of its own script. */
const filePolicy = "default-src 'none'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'";

export function webPage({ folder, base }: PageOptions): FastifyPluginAsync {
  let reading: Promise<WebPage | null> | undefined;
  const page = () => {
    // Read once; a page that is built later is found without a restart.
    reading ??= readPage(folder);
    const one = reading;
    const forget = (found: WebPage | null) => {
      if (!found && reading === one) reading = undefined;
      return found;
    };
    return one.then(forget, (error: unknown) => {
      forget(null);
      throw error;
    });
  };
  return async app => {
    app.addHook('onRequest', async (_, reply) => void reply.headers(pageHeaders));
    const method = ['GET', 'HEAD'];
    app.route({
      ...{ method, url: '/ui' },
      handler: (request, reply) => reply.redirect(`${rootOf(request, base)}/ui/`, 308),
    });
    app.route({
      ...{ method, url: '/ui/*' },
      handler: async (request, reply) => {
        const found = await page();
        const name = (request.params as { '*': string })['*'];
        const file = found?.files.get(name);
        if (found && file) return sendFile(request, reply, file);
        if (name.startsWith('assets/')) {
          throw new Refused(
            'NotFound',
            'The page was built again, and this file is gone. Load the page again.',
          );
        }
        if (!found) return sendDocument(reply, notBuilt, '');
        return sendDocument(reply, found.index, rootOf(request, base));
      },
    });
  };
}

function sendFile(
  { headers }: FastifyRequest,
  reply: FastifyReply,
  file: Parameters<typeof variantFor>[0] & { readonly type: string; readonly hashed: boolean },
): FastifyReply {
  const [encoding, { etag, body }] = variantFor(file, headers['accept-encoding'] ?? '');
  reply.headers({
    'cache-control': file.hashed ? `public, max-age=${year}, immutable` : 'no-cache',
    'content-security-policy': filePolicy,
    vary: 'accept-encoding',
    etag,
  });
  const known = (headers['if-none-match'] ?? '').split(',').map(tag => tag.trim().replace(/^W\//, ''));
  if (known.includes(etag)) return reply.code(304).send();
  if (encoding !== 'identity') reply.header('content-encoding', encoding);
  return reply.header('content-type', file.type).send(body);
}

function sendDocument(reply: FastifyReply, [before, after]: WebPage['index'], root: string): FastifyReply {
  // The editor makes its styles while it runs; a nonce of each document allows them.
  const nonce = randomBytes(16).toString('base64');
  const policy = [
    ...["default-src 'none'", "script-src 'self'", `style-src 'self' 'nonce-${nonce}'`],
    ...["img-src 'self' data:", "font-src 'self'", "connect-src 'self'", "worker-src 'self'"],
    ...["manifest-src 'self'", "base-uri 'self'", "form-action 'self'", "frame-ancestors 'none'"],
  ].join('; ');
  const injected = `<base href="${root}/ui/"><meta property="csp-nonce" nonce="${nonce}">`;
  // The API server puts its own addresses into HTML that passes through it.
  const unmarked = reply.request.server.prefix !== '';
  return reply
    .headers({ 'content-security-policy': policy, 'cache-control': 'no-store' })
    .headers(
      unmarked
        ? { 'content-type': 'application/octet-stream', [typeHeader]: html }
        : { 'content-type': html },
    )
    .send(`${before}${injected}${after}`);
}

/** Behind a proxy that passes the page on, and behind the API server, the base is not what browsers see. */
export function rootOf({ headers, server }: FastifyRequest, base: UiBase): string {
  return headers[atRootHeader] !== undefined || server.prefix !== '' ? '' : base.path;
}

const notBuilt: WebPage['index'] = [
  '<!doctype html><html lang="en"><head>',
  '<meta charset="utf-8"><title>Pawl: the page is not built</title></head><body><main><h1>The page is not built</h1>' +
    '<p>This server has no files for the web page. Build them, and load this page again:</p>' +
    '<pre>npm run build:ui</pre><p>The HTTP API works even so: see <a href="../openapi.json">openapi.json</a>.</p>' +
    '</main></body></html>',
];
