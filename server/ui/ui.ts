/**
 * The web page as a part of the server: its files, its sessions, and the user of a browser's request. Behind the API
 * server there are only files, for `kubectl pawl ui`, which brings a person's own credentials. Invariant: where
 * browsers may not sign in, cookies are ignored.
 */
import type { FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import type { Clock } from '../../runtime/clock.ts';
import type { Gate, Principal } from '../gate.ts';
import { type UiBase, withoutBase } from './base.ts';
import { Oidc, type OidcSettings } from './oidc.ts';
import { webPage } from './page.ts';
import { Seal } from './seal.ts';
import { sessionRoutes } from './session-routes.ts';
import { Sessions } from './sessions.ts';

export interface UiSettings {
  /** Of what `npm run build:ui` made. */
  readonly folder: string;
  readonly base: UiBase;
  /** null: no browser signs in here; the page is there for `kubectl pawl ui` only. */
  readonly browsers: {
    /** Random; the first seals sessions, all open them. */
    readonly secrets: readonly [string, ...string[]];
    /** A session's longest life. */
    readonly maxSeconds: number;
    /** Absent: with tokens only. With it, the base has an origin. */
    readonly oidc?: OidcSettings;
  } | null;
}

export interface UiOptions {
  readonly settings: UiSettings;
  readonly gate: Gate;
  readonly clock: Clock;
  /** Of one address in a minute, to sign in. */
  readonly requestsPerMinute: number;
}

type Identify = (request: FastifyRequest) => Promise<Principal>;

export class Ui {
  readonly #options: UiOptions;
  readonly #sessions: Sessions | null;
  readonly #oidc: { readonly oidc: Oidc; readonly seal: Seal } | null;

  constructor(options: UiOptions) {
    this.#options = options;
    const { settings, gate, clock } = options;
    const { browsers, base } = settings;
    const seal = browsers && new Seal(browsers.secrets);
    this.#oidc = browsers?.oidc && seal ? { seal, oidc: new Oidc(browsers.oidc, base, clock) } : null;
    const refresh = this.#oidc && { refresh: this.#oidc.oidc.refresh.bind(this.#oidc.oidc) };
    this.#sessions =
      browsers && seal
        ? new Sessions({ ...{ base, gate, clock, seal }, maxSeconds: browsers.maxSeconds, ...refresh })
        : null;
  }

  get base(): UiBase {
    return this.#options.settings.base;
  }

  /** For the server's options: a URL as it came, below the base. */
  rewrite(url: string): string {
    return withoutBase(url, this.#options.settings.base);
  }

  /**
   * The user of a request by the API's rules: by its token as always, and by its session where it has only a cookie.
   */
  identify(request: FastifyRequest, reply: FastifyReply, byToken: Identify): Promise<Principal> {
    const { authorization, cookie } = request.headers;
    if (this.#sessions === null || authorization !== undefined || cookie === undefined)
      return byToken(request);
    return this.#sessions.identify(request, reply);
  }

  /** @param door `browsers`: of the server's own address */
  routes(door: 'browsers' | 'api-server', identify: Identify): FastifyPluginAsync {
    const { settings, gate, requestsPerMinute, clock } = this.#options;
    const { base, folder } = settings;
    const sessions = door === 'browsers' ? this.#sessions : null;
    return async app => {
      if (door === 'browsers' && settings.browsers === null) return;
      await app.register(webPage({ folder, base }));
      await app.register(
        sessionRoutes({ ...{ base, gate, sessions, identify, requestsPerMinute, clock }, oidc: this.#oidc }),
      );
    };
  }
}
