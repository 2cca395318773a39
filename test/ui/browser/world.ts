/**
 * The page as people have it: a real server with the built page, and browsers signed in as people with rights. Invariant:
 * nothing a page throws, logs as an error, or is refused by its content security policy goes unnoticed.
 */
import { fileURLToPath } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { wholeOrigin } from '../../../server/ui/base.ts';
import type { UiSettings } from '../../../server/ui/ui.ts';
import { type Api, type ApiOptions, everything, type Right, startApi } from '../../setup/api.ts';
import { untilTaken } from '../../setup/taken.ts';
import { openBrowser } from './browser.ts';
import { signIn } from './people.ts';
import { keepSaid } from './said.ts';
import { witness } from './witness.ts';

export interface Person {
  readonly context: BrowserContext;
  readonly page: Page;
  /** As the history knows them. */
  readonly name: string;
  readonly token: string;
  /** Below the page's base, such as `configs/payments/`. */
  open(path: string): Promise<void>;
  /** Another tab of the same browser. */
  tab(path: string): Promise<Page>;
}

export interface World extends AsyncDisposable {
  readonly api: Api;
  readonly browser: Browser;
  readonly base: string;
  person(options?: PersonOptions): Promise<Person>;
  /** A window of a browser where nobody is signed in. */
  stranger(): Promise<Page>;
  /** The next version of a config, by somebody else. @returns its number */
  save(
    path: string,
    text: string,
    ask?: { base?: number; token?: string; comment?: string },
  ): Promise<number>;
  /** What pages complained of since it was asked last. */
  complaints(): readonly string[];
}

export interface PersonOptions {
  readonly rights?: readonly Right[];
  readonly theme?: 'light' | 'dark';
  readonly size?: { readonly width: number; readonly height: number };
}

export const builtPage = fileURLToPath(new URL('../../../dist/ui', import.meta.url));
/** How browsers sign in by tokens. */
export const browsers: NonNullable<UiSettings['browsers']> = {
  secrets: ['s'.repeat(43)],
  maxSeconds: 3_600,
};

/** Generous: several neighbours may have both processors. */
export const patienceMs = 90_000;

export async function startWorld(options: ApiOptions = {}): Promise<World> {
  const stack = new AsyncDisposableStack();
  const ui = options.ui ?? { folder: builtPage, base: wholeOrigin, browsers };
  const api = stack.use(await startApi({ ...options, ui }));
  const browser = await openBrowser();
  stack.defer(() => browser.close());
  const origin = `https://127.0.0.1:${api.server.port}`;
  const base = `${origin}${ui.base.path}/ui/`;
  let complaints: string[] = [];

  const listen = (page: Page) => {
    page.setDefaultTimeout(patienceMs);
    page.on('pageerror', error => complaints.push(`threw: ${error.message}`));
    page.on('console', message => {
      // What the network refuses is told by the page itself.
      if (message.type() === 'error' && !/Failed to load resource|net::ERR/.test(message.text()))
        complaints.push(message.text());
    });
  };
  const context = async ({ theme = 'light', size = { width: 1280, height: 860 } }: PersonOptions = {}) => {
    const made = await browser.newContext({
      ...{ ignoreHTTPSErrors: true, colorScheme: theme, viewport: size, reducedMotion: 'reduce' as const },
      permissions: ['clipboard-read', 'clipboard-write'],
    });
    made.on('page', listen);
    witness(made);
    await keepSaid(made);
    return made;
  };
  return {
    ...{ api, browser, base },
    async person(given = {}) {
      const token = await api.person(given.rights ?? [everything]);
      const made = await context(given);
      await signIn(made, `${origin}${ui.base.path}`, token);
      const page = await made.newPage();
      const name = JSON.parse(Buffer.from(token.split('.')[1]!, 'base64url').toString()).sub as string;
      return {
        ...{ context: made, page, name, token },
        open: async path => void (await page.goto(base + path)),
        async tab(path) {
          const other = await made.newPage();
          await other.goto(base + path);
          return other;
        },
      };
    },
    stranger: async () => (await context()).newPage(),
    async save(path, text, { base: edited, token, comment } = {}) {
      const body = {
        body_raw: text,
        ...(edited !== undefined && { base_version: edited }),
        ...(comment !== undefined && { comment }),
      };
      // Nothing was done where it is turned away for the moment.
      const reply = await untilTaken(path, patienceMs, [429, 503], () =>
        api.ask(`/configs/${api.namespace}/${path}`, {
          ...{ method: 'PUT', body },
          ...(token !== undefined && { token }),
        }),
      );
      if (reply.status >= 300)
        throw new Error(`saving ${path} was answered with ${reply.status}: ${reply.text}`);
      return reply.json.latest.version as number;
    },
    complaints() {
      const so = complaints;
      complaints = [];
      return so;
    },
    [Symbol.asyncDispose]: () => stack.disposeAsync(),
  };
}
