import { describe, expect, it } from 'vitest';
import { readSettings, usage } from '../operator/config.ts';
import { SettingError } from '../operator/setting-readers.ts';

const env = { DATABASE_URL: 'postgres://localhost/pawl' };

describe('settings', () => {
  it('have defaults for everything but the database', () => {
    const settings = readSettings([], env);
    expect(settings).toMatchObject({
      command: 'run',
      database: env.DATABASE_URL,
      cluster: 'default',
      httpHost: '',
      httpPort: 8080,
      migrate: 'auto',
    });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(() => readSettings([], {})).toThrow(SettingError);
  });

  it('name namespaces once each, and a lease with the times of client-go', () => {
    const settings = readSettings([], { ...env, PAWL_WATCH_NAMESPACES: 'b, a,b' });
    expect(settings).toMatchObject({
      leaderElect: false,
      lease: { durationMs: 15_000, renewDeadlineMs: 10_000, retryMs: 2_000 },
      watchSelector: null,
      watchNamespaces: ['a', 'b'],
    });
    expect(readSettings([], env).watchNamespaces).toBeNull();
  });

  it('name the role that a migration lets in by itself, or by the URL it connects with', () => {
    const grant = (to: string) => readSettings(['migrate', '--migrate-grant-to', to], env).migrateGrant;
    expect(grant('pawl-app')).toEqual({ role: 'pawl-app', passwordFile: null });
    expect(grant('postgresql://pawl%40app:secret@db/pawl')).toEqual({ role: 'pawl@app', passwordFile: null });
    expect(readSettings(['migrate'], env).migrateGrant).toBeNull();
  });

  it('allow notifications to hosts that are named, and to none otherwise', () => {
    const { hosts, ranges } = readSettings(
      ['--notification-hosts', 'hooks.example.com, *.example.org', '--notification-addresses', '10.1.0.0/16'],
      env,
    ).notifications;
    expect(hosts.map(({ host }) => host)).toEqual(['hooks.example.com', '.example.org']);
    expect(ranges).toHaveLength(1);
    expect(readSettings([], env).notifications).toEqual({ hosts: [], ranges: [] });
    for (const wrong of [{ PAWL_NOTIFICATION_HOSTS: 'a/b' }, { PAWL_NOTIFICATION_ADDRESSES: '10.1.0.0' }]) {
      expect(() => readSettings([], { ...env, ...wrong })).toThrow(SettingError);
      expect(() => readSettings([], { ...env, ...wrong })).toThrow(Object.keys(wrong)[0]);
    }
  });

  it('come from a flag before the environment', () => {
    const both = { ...env, PAWL_WORKERS: '3', PAWL_HTTP_ADDR: '127.0.0.1:9' };
    expect(readSettings([], both)).toMatchObject({ workers: 3, httpHost: '127.0.0.1', httpPort: 9 });
    expect(readSettings(['--workers', '5', '--http-addr=[::1]:10'], both)).toMatchObject({
      workers: 5,
      httpHost: '::1',
      httpPort: 10,
    });
  });

  it.each([
    [['--database-url', 'foo'], /postgres:\/\//],
    [['--workers', '0'], /PAWL_WORKERS \(--workers\) must be a whole number from 1/],
    [['--workers', 'many'], /PAWL_WORKERS/],
    [['--http-addr', 'nowhere'], /HOST:PORT/],
    [['--http-addr', ':99999'], /HOST:PORT/],
    [['--api-addr', ':8443'], /PAWL_API_CERT_FILE/],
    [['--ui', 'true'], /PAWL_UI .*PAWL_API_ADDR/],
    [['--ui-base', 'http://example.com/'], /PAWL_UI_BASE .*https/],
    [['--oidc-issuer-url', 'http://login'], /PAWL_OIDC_ISSUER_URL .*https/],
    [['--oidc-issuer-url', 'https://login'], /PAWL_OIDC_CLIENT_ID/],
    [['--oidc-issuer-url', 'https://login', '--oidc-client-id', 'pawl'], /PAWL_UI_BASE .*whole URL/],
    [['--ui-session-hours', '0'], /PAWL_UI_SESSION_HOURS/],
    [['--api-addr', 'here', '--api-cert-file', 'c', '--api-key-file', 'k'], /PAWL_API_ADDR .*HOST:PORT/],
    [['--migrate', 'maybe'], /auto or never/],
    [['--migrate-grant-to', 'postgres://db/pawl'], /PAWL_MIGRATE_GRANT_TO .*no user/],
    [['--migrate-grant-password-file', 'p'], /PAWL_MIGRATE_GRANT_TO .*whose/],
    [['--namespace-reuse', 'never'], /PAWL_NAMESPACE_REUSE .*allow or close/],
    [['--cluster', 'a b'], /letters, digits/],
    [['--log-level', 'loud'], /trace, debug/],
    [['--leader-elect', 'yes'], /PAWL_LEADER_ELECT \(--leader-elect\) must be true or false/],
    [['--lease-duration-seconds', '10'], /must be more than PAWL_LEASE_RENEW_SECONDS/],
    [['--lease-renew-seconds', '2'], /more than 1.2 times PAWL_LEASE_RETRY_SECONDS/],
    [['--watch-namespaces', 'payments,Orders'], /"Orders" is none/],
    [['--wrokers', '3'], /wrokers/],
    [['serve'], /Unknown command serve/],
  ])('%j make no sense and the message says what would', (args, message) => {
    expect(() => readSettings(args, env)).toThrow(message);
  });

  it('about TLS count for a URL that says nothing about it, or something weaker', () => {
    const tls = { PAWL_DATABASE_SSL_MODE: 'verify-full', PAWL_DATABASE_CA_FILE: '/ca/ca.crt' };
    for (const url of ['postgres://a:b@db/app', 'postgres://a:b@db/app?sslmode=disable&application_name=x']) {
      const { database } = readSettings([], { DATABASE_URL: url, ...tls });
      const query = new URL(database as string).searchParams;
      expect(query.get('sslmode')).toBe('verify-full');
      expect(query.get('sslrootcert')).toBe('/ca/ca.crt');
    }
    const weird = { ...env, PAWL_DATABASE_SSL_MODE: 'prefer' };
    expect(() => readSettings([], weird)).toThrow(/sslmode=prefer/);
    expect(readSettings([], { PAWL_DATABASE_HOST: 'db' }).database).toMatchObject({ sslMode: 'verify-full' });
  });

  it('are all listed by --help, which needs no database', () => {
    expect(readSettings(['--help'], {}).command).toBe('help');
    for (const name of ['--database-url', 'DATABASE_URL', '--migrate', 'PAWL_WORKERS'])
      expect(usage()).toContain(name);
  });
});
