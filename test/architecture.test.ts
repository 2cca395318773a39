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
  schema: ['history/words', 'text', 'merge'],
  secret: ['history/words', 'text', 'merge'],
  'history/words': ['text'],
  'history/core': ['history/words', 'text', 'merge'],
  'history/settle': ['history/core', 'history/words', 'schema', 'secret', 'text', 'runtime'],
  'history/store': ['history/words', 'text', 'runtime'],
  server: ['api', 'operator/object', 'history/settle', 'history/core', 'history/words', 'text', 'runtime'],
  'operator/object': ['history/core', 'history/words', 'text'],
  'operator/kube': ['operator/object', 'history/words', 'text', 'runtime'],
  'operator/reconcile': [
    'operator/object',
    'history/settle',
    'history/core',
    'history/words',
    'text',
    'runtime',
  ],
  'operator/projection': [
    'operator/reconcile',
    'operator/object',
    'history/settle',
    'history/core',
    'history/words',
    'text',
    'runtime',
  ],
  'operator/notify': [
    'operator/projection',
    'operator/reconcile',
    'operator/object',
    'history/settle',
    'history/core',
    'history/words',
    'text',
    'runtime',
  ],
  'operator/restarts': ['operator/object', 'history/core', 'history/words', 'text', 'runtime'],
  operator: [
    'operator/kube',
    'operator/object',
    'operator/reconcile',
    'operator/projection',
    'operator/notify',
    'operator/restarts',
    'server',
    'history',
    'text',
    'runtime',
    'observe',
    'api',
  ],
  cli: ['text', 'merge', 'api'],
  clients: ['api', 'text'],
  ui: ['api', 'text'],
  crds: [],
  api: [],
  // Start what is above and below; nothing that runs in a cluster may import them.
  local: ['history/store', 'ui', 'cli'],
  // Describes what the others are, in docs/reference and as a site.
  site: ['local', 'cli', 'operator', 'observe', 'api', 'server'],
  bench: ['local', 'operator', 'server', 'history/store', 'history/words', 'merge', 'cli', 'test', 'ui'],
};

/** Circles of files that may be, each sorted; all others are mistakes. */
const circles: readonly (readonly string[])[] = [
  // The merge of an entry is the merge of its map or list, whose entries are merged.
  ['merge/cells.ts', 'merge/ordered.ts', 'merge/sequences.ts'],
];

/**
 * Exported names that two files of one program share: a handler of the HTTP API, and the SQL function it ends in; and the
 * entries of the TypeScript client for Node and for browsers.
 */
const namesakes: readonly string[] = [
  'connect',
  'createNamespace',
  'deleteConfig',
  'deleteNamespace',
  'deleteVersion',
  'purgeVersion',
  'undeleteConfig',
];

/** Package → the rooms that alone may import it. */
const owners: Record<string, readonly string[]> = {
  // The command line loads it for the legacy auth-provider users of a kubeconfig only.
  '@kubernetes/client-node': ['operator/kube', 'cli'],
  commander: ['cli'],
  undici: ['operator/kube'],
  'ipaddr.js': ['operator/notify'],
  pg: ['history/store'],
  'node-pg-migrate': ['history/store'],
  pino: ['observe'],
  'prom-client': ['observe'],
  '@opentelemetry/api': ['observe'],
  yaml: ['text', 'merge', 'cli', 'clients'],
  diff: ['text', 'merge', 'cli'],
  'node-diff3': ['merge'],
  fastify: ['server'],
  '@fastify/rate-limit': ['server'],
  'openid-client': ['server'],
  ajv: ['schema', 'server'],
  'ajv-formats': ['schema', 'server'],
  '@secretlint/secretlint-rule-preset-recommend': ['secret'],
  react: ['ui'],
  'react-dom': ['ui'],
  vite: ['ui'],
  '@tanstack/react-query': ['ui'],
  '@tanstack/react-virtual': ['ui'],
  '@codemirror/state': ['ui'],
  '@codemirror/view': ['ui'],
  '@codemirror/merge': ['ui'],
};

/** Rooms whose code may not reach the outside world by itself. */
const pure = ['text', 'merge', 'schema', 'secret', 'history/words', 'history/core', 'operator/object'];

interface Import {
  readonly file: string;
  readonly room: string;
  readonly specifier: string;
}

const rooms = Object.keys(arrows);

/** Rooms of which nothing runs in a cluster or on a user's machine. */
const workshops = ['local', 'bench', 'crds', 'api', 'site'];
const isProduct = (room: string): boolean => !workshops.includes(room);

/** A file belongs to the innermost room that holds it: the wiring of operator/ is not its kube/. */
const roomOf = (path: string): string | undefined =>
  rooms.filter(room => path.startsWith(`${room}/`)).sort((a, b) => b.length - a.length)[0];

function filesOf(room: string): string[] {
  return (
    readdirSync(join(root, room), { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile() && /[.]tsx?$/.test(entry.name))
      // The site has packages of its own.
      .filter(entry => !entry.parentPath.includes('node_modules'))
      .map(entry => join(entry.parentPath, entry.name))
      .filter(file => roomOf(relative(root, file)) === room)
  );
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

/** All rooms whose code may end up in one program with that of this room, and its own. */
function programOf(room: string): string[] {
  const found = new Set([room]);
  for (const each of found) {
    for (const arrow of arrows[each]!)
      for (const other of rooms) if (other === arrow || other.startsWith(`${arrow}/`)) found.add(other);
  }
  return [...found].filter(isProduct);
}

const declaration = /^export (?:abstract |async )*(?:class|const|function\*?|interface|type) ([\w$]+)/gm;

const packageOf = (specifier: string) =>
  specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');

const all = rooms.flatMap(importsOf);

const targetFile = ({ file, specifier }: Import): string =>
  relative(root, resolve(root, dirname(file), specifier));

/** Sets of two and more nodes that all reach one another, each sorted (Tarjan's strongly connected components). */
function circlesOf(graph: ReadonlyMap<string, ReadonlySet<string>>): string[][] {
  const found: string[][] = [];
  const index = new Map<string, number>();
  const low = new Map<string, number>();
  const stack: string[] = [];
  const visit = (node: string): void => {
    index.set(node, index.size);
    low.set(node, index.get(node)!);
    stack.push(node);
    for (const next of graph.get(node) ?? []) {
      if (!graph.has(next) || next === node) continue;
      if (!index.has(next)) {
        visit(next);
        low.set(node, Math.min(low.get(node)!, low.get(next)!));
      } else if (stack.includes(next)) {
        low.set(node, Math.min(low.get(node)!, index.get(next)!));
      }
    }
    if (low.get(node) !== index.get(node)) return;
    const members = stack.splice(stack.indexOf(node)).sort();
    if (members.length > 1) found.push(members);
  };
  for (const node of graph.keys()) if (!index.has(node)) visit(node);
  return found.sort((a, b) => a[0]!.localeCompare(b[0]!));
}

describe('the rooms', () => {
  it('import only the rooms the design allows', () => {
    const wrong = all.filter(({ file, room, specifier }) => {
      if (!specifier.startsWith('.')) return false;
      const target = targetFile({ file, room, specifier });
      if (target === 'package.json' || roomOf(target) === room) return false;
      return !arrows[room]!.some(allowed => target.startsWith(`${allowed}/`));
    });
    expect(wrong).toEqual([]);
  });

  it('lie on floors: no room imports one that imports it, by whatever way', () => {
    const below = new Map(
      rooms.map(room => [
        room,
        new Set(all.filter(one => one.room === room).map(one => roomOf(targetFile(one)) ?? '')),
      ]),
    );
    expect(circlesOf(below)).toEqual([]);
  });

  it('have no circles of files but these', () => {
    const imports = new Map(rooms.flatMap(filesOf).map(file => [relative(root, file), new Set<string>()]));
    for (const one of all) if (one.specifier.startsWith('.')) imports.get(one.file)!.add(targetFile(one));
    expect(circlesOf(imports)).toEqual(circles);
  });

  it.each(['operator', 'cli', 'clients', 'ui'])(
    'of the program %s export no name from two files but these',
    program => {
      const files = new Map<string, Set<string>>();
      for (const file of programOf(program).flatMap(filesOf)) {
        for (const [, name = ''] of readFileSync(file, 'utf8').matchAll(declaration))
          files.set(name, (files.get(name) ?? new Set()).add(relative(root, file)));
      }
      const shared = [...files].filter(([name, where]) => where.size > 1 && !namesakes.includes(name));
      expect(shared).toEqual([]);
    },
  );

  it('leave each outside package to the room that owns it', () => {
    const wrong = all.filter(({ room, specifier }) => {
      const allowed = owners[packageOf(specifier)];
      return isProduct(room) && allowed !== undefined && !allowed.includes(room);
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

  it('are in the image where the operator or the page imports them', () => {
    const lines = readFileSync(join(root, '.dockerignore'), 'utf8').split('\n');
    const there = new Set(lines.flatMap(line => /^!(.+)[/]$/.exec(line)?.[1] ?? []));
    const needed = ['operator', 'ui'].flatMap(programOf).map(room => room.split('/')[0]!);
    expect(needed.filter(folder => !there.has(folder))).toEqual([]);
  });

  it('read settings in config.ts only', () => {
    const reading = rooms
      .filter(isProduct)
      .flatMap(filesOf)
      .filter(file => readFileSync(file, 'utf8').includes('process.env'));
    // The front doors hand the environment in: the operator's to config.ts, the command line's to its commands.
    const doors = ['cli/complete-main.ts', 'cli/main.ts', 'operator/main.ts'];
    // Copy them all, and read none.
    const copying = ['runtime/plain-environment.ts', 'ui/build.ts'];
    expect(reading.map(file => relative(root, file)).sort()).toEqual([...doors, ...copying]);
  });
});
