/**
 * The operator's program: reads the settings, ties the rooms together, runs until SIGTERM or SIGINT, and is the
 * only place that ends the process. Exit status: 0 stopped as asked, 1 failed, 2 the settings make no sense.
 */

import { readFile } from 'node:fs/promises';
import { migrate } from '../history/store/migrate.ts';
import { createLogger, type Logger } from '../observe/logger.ts';
import { systemClock } from '../runtime/clock.ts';
import { helpersComeSecond } from '../runtime/come-second.ts';
import { plainEnvironment } from '../runtime/plain-environment.ts';
import { readSettings, type Settings, usage } from './config.ts';
import { runOperator } from './operator.ts';
import { SettingError } from './setting-readers.ts';
import { untilStoreAnswers } from './wait.ts';

plainEnvironment();
helpersComeSecond();
// What waits here waits on timers that keep no process alive, and PostgreSQL may be all there is to wait for.
setInterval(() => {}, 2 ** 30);
process.exitCode = await main();
// A process that was told to end must not be kept alive.
process.exit();

async function main(): Promise<number> {
  const settings = settingsOrNull();
  if (!settings) return 2;
  if (settings.command === 'help') {
    console.log(usage());
    return 0;
  }
  const logger = createLogger(settings.logLevel);
  const stop = new AbortController();
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => {
      logger.info({ signal }, 'stopping');
      stop.abort(new Error(`${signal} received`));
    });
  }
  process.on('unhandledRejection', error => fatal(logger, error));
  process.on('uncaughtException', error => fatal(logger, error));
  try {
    if (settings.command === 'migrate') await migrateOnly(settings, logger, stop.signal);
    else await runOperator(settings, logger, stop.signal);
    return 0;
  } catch (error) {
    if (stop.signal.aborted) return 0;
    logger.fatal({ err: error }, 'failed');
    return 1;
  }
}

function settingsOrNull(): Settings | null {
  try {
    return readSettings(process.argv.slice(2), process.env);
  } catch (error) {
    if (!(error instanceof SettingError)) throw error;
    console.error(error.message);
    return null;
  }
}

async function migrateOnly(settings: Settings, logger: Logger, signal: AbortSignal): Promise<void> {
  const { database, databaseSchema: schema, migrateGrant: grant } = settings;
  const password = grant?.passwordFile ? await readFile(grant.passwordFile, 'utf8') : null;
  const operator = grant && { role: grant.role, password: password?.replace(/\r?\n$/, '') ?? null };
  const log = (message: string) => logger.debug(message);
  const warn = (message: string) => logger.warn(message);
  const work = async () => {
    const ran = await migrate({ database, schema, operator, log, warn }, signal);
    logger.info({ ran }, ran.length > 0 ? 'migrated' : 'the schema is current');
  };
  if (settings.migrateWait)
    await untilStoreAnswers({ clock: systemClock, random: Math.random, logger }, signal, work);
  else await work();
}

/** An uncaught error leaves the process in an unknown state. */
function fatal(logger: Logger, error: unknown): never {
  logger.fatal({ err: error }, 'unexpected');
  process.exit(1);
}
