/** Asserts the arrows between the rooms: who may import whom, and who alone may import which package. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const root = resolve(import.meta.dirname, '..');

/** Room → rooms it may import, besides itself. */
const arrows: Record<string, readonly string[]> = {
  text: [],
  merge: ['text'],
  runtime: [],
  observe: [],
  'history/words': ['text'],
  'history/core': ['history/words', 'text', 'merge'],
  'history/settle': ['history/core', 'history/words', 'text', 'runtime'],
  'history/store': ['history/words', 'text', 'runtime'],
  server: ['api', 'history/settle', 'history/core', 'history/words', 'text', 'runtime'],
  'operator/kube': ['history/words', 'runtime'],
  'operator/reconcile': ['history/settle', 'history/core', 'history/words', 'text', 'runtime'],
  cli: ['text', 'merge', 'api'],
};

/** Package → the rooms that alone may import it. */
const owners: Record<string, readonly string[]> = {
  // The command line loads it for the legacy auth-provider users of a kubeconfig only.
  '@kubernetes/client-node': ['operator/kube', 'cli'],
  commander: ['cli'],
  undici: ['operator/kube'],
  pg: ['history/store'],
  'node-pg-migrate': ['history/store'],
  pino: ['observe'],
  'prom-client': ['observe'],
  '@opentelemetry/api': ['observe'],
  yaml: ['text', 'merge', 'cli'],
  diff: ['text', 'merge', 'cli'],
  'node-diff3': ['merge'],
  fastify: ['server'],
  '@fastify/rate-limit': ['server'],
  ajv: ['server'],
  'ajv-formats': ['server'],
};

/** Rooms whose code may not reach the outside world by itself. */
const pure = ['text', 'merge', 'history/words', 'history/core'];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

function filesOf(room: string): string[] {
  return readdirSync(join(root, room), { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile() && entry.name.endsWith('.ts'))
    .map(entry => join(entry.parentPath, entry.name));
}

function importsOf(room: string): Import[] {
  return filesOf(room).flatMap(file =>
    [...readFileSync(file, 'utf8').matchAll(/(?:from|import)\s*\(?\s*'([^']+)'/g)].map(match => ({
      file: relative(root, file),
      room,
      specifier: match[1]!,
    })),
  );
}

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const all = Object.keys(arrows).flatMap(importsOf);

describe('the rooms', () => {
  it('import only the rooms the design allows', () => {
    const wrong = all.filter(({ file, room, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const target = relative(root, resolve(root, dirname(file), specifier));
      return ![room, ...arrows[room]!].some(allowed => target.startsWith(`${allowed}/`));
    });
    expect(wrong).toEqual([]);
  });

  it('leave each outside package to the room that owns it', () => {
    const wrong = all.filter(({ room, specifier }) => {
      const allowed = owners[packageOf(specifier)];
      return allowed !== undefined && !allowed.includes(room);
    });
    expect(wrong).toEqual([]);
  });

  it('do no input or output where decisions are made', () => {
    const outside = /^(node:)(?!crypto$|util$|buffer$)/;
    // merge/main.ts is the command line around the engine, not part of it.
    const wrong = all.filter(
      ({ room, file, specifier }) =>
        pure.includes(room) && file !== join('merge', 'main.ts') && outside.test(specifier),
    );
    expect(wrong).toEqual([]);
  });

  it('read settings in config.ts only', () => {
    const reading = Object.keys(arrows)
      .flatMap(filesOf)
      .filter(file => readFileSync(file, 'utf8').includes('process.env'));
    // A command line's settings are its person's; its front doors hand them in.
    const doors = ['complete-main.ts', 'main.ts'].map(file => join('cli', file));
    // Copies them all, and reads none.
    const copying = join('runtime', 'plain-environment.ts');
    expect(reading.map(file => relative(root, file)).sort()).toEqual([...doors, copying]);
  });
});
