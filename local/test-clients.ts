/**
 * `npm run test:clients [-- LANGUAGE…]`: test/clients/story.test.ts and faults.test.ts in each language of clients/ whose
 * toolchain is on this machine; jvm.test.ts for Spring Boot and Scala; and a Python client that openapi-python-client makes of api/openapi.yaml, which must find
 * nothing to complain of, in test/clients/generated.py. With languages, such as `Go`, only their stories. A language whose
 * toolchain is not there is counted as skipped, and named at the end. Exit status: 0 when all that ran is as promised.
 */
import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { runTests } from './test.ts';
import { endWith, installed, NoPython, runHere } from './virtual-environment.ts';

const GENERATOR = ['openapi-python-client==0.29.1'];
/** What clients/python needs. */
const PYTHON = ['httpx==0.28.1', 'pydantic==2.14.4', 'PyYAML==6.0.4'];
/** Without it, generated code is handed to formatters that need not be there. */
const SETTINGS = 'package_name_override: pawl_client\npost_hooks: []\n';

const run = promisify(execFile);
const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

interface Command {
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

interface Work {
  /** Where a program may be built. */
  readonly folder: string;
  readonly signal: AbortSignal;
}

/** A language cannot be tested here, and nothing is wrong with Pawl. */
class NoToolchain extends Error {
  override readonly name = 'NoToolchain';
}

/** Each makes the program of test/clients/programs. Throws NoToolchain or NoPython. */
export const makers: Readonly<Record<string, (work: Work) => Promise<Command>>> = {
  async TypeScript() {
    return { command: process.execPath, args: [at('test/clients/programs/typescript.ts')] };
  },
  async Go({ folder, signal }) {
    const program = join(folder, 'go-program');
    await need('go', ['version'], signal);
    for (const module of ['clients/go', 'test/clients/programs/go'])
      await run('go', ['vet', './...'], { cwd: at(module), signal });
    await run('go', ['build', '-o', program, '.'], { cwd: at('test/clients/programs/go'), signal });
    return { command: program, args: [] };
  },
  async Python({ signal }) {
    const bin = await installed(PYTHON, signal);
    const env = { PYTHONPATH: at('clients/python/src') };
    return { command: join(bin, 'python'), args: ['-B', at('test/clients/programs/python.py')], env };
  },
  Java: async work => java('Program', await withMaven('pawl-client', 'java/Program.java', work)),
};

/** What stands on one of these clients, each with a story of its own: test/clients/jvm.test.ts. */
export const facadeMakers: Readonly<Record<string, (work: Work) => Promise<Command>>> = {
  'Spring Boot': async work =>
    java('SpringProgram', await withMaven('pawl-spring-boot', 'java/SpringProgram.java', work)),
  Scala: async work => java('ScalaProgram', await withMaven('pawl-scala', 'scala/ScalaProgram.scala', work)),
};

const java = (main: string, classPath: string): Command => ({
  command: 'java',
  args: ['-cp', classPath, main],
});

/**
 * Builds a module of clients/java with a program of test/clients/programs where its tests would be.
 * @returns the class path of the program
 */
async function withMaven(module: string, program: string, { folder, signal }: Work): Promise<string> {
  await need('javac', ['-version'], signal);
  await need('mvn', ['--version'], signal);
  const copy = join(folder, module);
  const made = join(copy, module);
  const language = dirname(program);
  await cp(at('clients/java'), copy, { recursive: true });
  const source = at(join('test/clients/programs', program));
  await cp(source, join(made, 'src', 'test', language, basename(program)));
  // With what a program brings itself, such as Spring Boot.
  const needed = ['-DoutputDirectory=target/needed', '-DincludeScope=compile'];
  const goals = ['-pl', module, '-am', '-DskipTests', 'package', 'dependency:copy-dependencies', ...needed];
  try {
    await run('mvn', ['--batch-mode', '--quiet', ...goals], { cwd: copy, signal });
  } catch (cause) {
    signal.throwIfAborted();
    const { stdout = '', stderr = '' } = cause as { stdout?: string; stderr?: string };
    const said = `${stdout}${stderr}`;
    const isOffline =
      /Could not transfer artifact|PluginResolutionException|Could not resolve dependencies/.test(said);
    if (isOffline) throw new NoToolchain(`Maven cannot fetch what ${module} needs`, { cause });
    throw new Error(`mvn: ${said.slice(-4000)}`, { cause });
  }
  const target = join(made, 'target');
  return [join(target, 'test-classes'), join(target, 'classes'), join(target, 'needed', '*')].join(delimiter);
}

async function need(command: string, args: readonly string[], signal: AbortSignal): Promise<void> {
  try {
    await run(command, args, { signal });
  } catch (cause) {
    signal.throwIfAborted();
    throw new NoToolchain(`there is no ${command}`, { cause });
  }
}

/** openapi-python-client's own client, on a server of its own. */
async function runGenerated({ folder, signal }: Work): Promise<number> {
  const bin = await installed(GENERATOR, signal);
  const [settings, client] = [join(folder, 'settings.yaml'), join(folder, 'client')];
  await writeFile(settings, SETTINGS);
  const generated = await runHere(
    join(bin, 'openapi-python-client'),
    [
      ...['generate', '--path', 'api/openapi.yaml', '--output-path', client],
      ...['--config', settings, '--fail-on-warning'],
    ],
    { signal },
  );
  if (generated !== 0) throw new Error('the generator finds fault with api/openapi.yaml');
  const story = [join(bin, 'python'), '-B', 'test/clients/generated.py'];
  return runHere(process.execPath, [at('local/run.ts'), '--operator', '--', ...story], {
    signal,
    env: { PYTHONPATH: client },
  });
}

async function main(signal: AbortSignal, wanted = process.argv.slice(2)): Promise<number> {
  const work = { folder: await mkdtemp(join(tmpdir(), 'pawl-clients-')), signal };
  const lacking: string[] = [];
  const broken: string[] = [];
  /** Undefined: it cannot run here, or does not build. The others run all the same. */
  const attempt = async <T>(name: string, job: () => Promise<T>): Promise<T | undefined> => {
    try {
      return await job();
    } catch (error) {
      signal.throwIfAborted();
      const isLacking = error instanceof NoPython || error instanceof NoToolchain;
      (isLacking ? lacking : broken).push(`${name}: ${error instanceof Error ? error.message : error}`);
      return undefined;
    }
  };
  try {
    const ready: Record<string, Command | null> = {};
    for (const [name, prepare] of Object.entries({ ...makers, ...facadeMakers })) {
      if (wanted.length > 0 && !wanted.includes(name)) continue;
      process.stderr.write(`pawl: preparing ${name} …\n`);
      const command = await attempt(name, () => prepare(work));
      if (command !== undefined) ready[name] = command;
      else if (lacking.some(one => one.startsWith(`${name}:`))) ready[name] = null;
    }
    const withGenerated = wanted.length === 0;
    const generated = withGenerated && (await attempt('a generated Python client', () => runGenerated(work)));
    process.env.PAWL_TEST_CLIENTS = JSON.stringify(ready);
    const hasAny = (of: object) => Object.keys(of).some(name => name in ready);
    const stories = [
      ...(hasAny(makers) ? ['story', 'faults'] : []),
      ...(hasAny(facadeMakers) ? ['jvm'] : []),
    ].map(name => `test/clients/${name}.test.ts`);
    const told = stories.length === 0 ? 1 : await runTests(stories);
    for (const one of lacking) process.stderr.write(`pawl: not run: ${one}\n`);
    for (const one of broken) process.stderr.write(`pawl: broken: ${one}\n`);
    return told || Number(generated ?? 0) || Number(broken.length > 0);
  } finally {
    await rm(work.folder, { recursive: true, force: true });
  }
}

if (import.meta.main) await endWith(signal => main(signal));
