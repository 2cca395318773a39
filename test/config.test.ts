import { describe, expect, it } from 'vitest';
import { readSettings, SettingError, usage } from '../operator/config.ts';

const env = { DATABASE_URL: 'postgres://localhost/pawl' };

describe('settings', () => {
  it('have defaults for everything but the database', () => {
    const settings = readSettings([], env);
    expect(settings).toMatchObject({
      command: 'run',
      databaseUrl: env.DATABASE_URL,
      cluster: 'default',
      httpHost: '',
      httpPort: 8080,
      migrate: 'auto',
    });
    expect(Object.isFrozen(settings)).toBe(true);
    expect(() => readSettings([], {})).toThrow(SettingError);
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
    [['--migrate', 'maybe'], /auto or never/],
    [['--cluster', 'a b'], /letters, digits/],
    [['--log-level', 'loud'], /trace, debug/],
    [['--wrokers', '3'], /wrokers/],
    [['serve'], /Unknown command serve/],
  ])('%j make no sense and the message says what would', (args, message) => {
    expect(() => readSettings(args, env)).toThrow(message);
  });

  it('are all listed by --help, which needs no database', () => {
    expect(readSettings(['--help'], {}).command).toBe('help');
    for (const name of ['--database-url', 'DATABASE_URL', '--migrate', 'PAWL_WORKERS'])
      expect(usage()).toContain(name);
  });
});
