/**
 * Two people with workspaces of their own and a third who saves directly, in any order, with state files lost and
 * broken on the way. Each changes keys of their own, so nothing can clash, and in the end every key must have the
 * last value its owner deployed: an edit of anybody that a deploy or a pull of somebody else took back would show.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());

const people = ['ada', 'eve'] as const;
const person = fc.constantFrom(...people);
const step = fc.oneof(
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('edit' as const), who: person, key: fc.nat(2) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('deploy' as const), who: person }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('pull' as const), who: person }) },
  {
    weight: 1,
    arbitrary: fc.record({ kind: fc.constant('lose' as const), who: person, broken: fc.boolean() }),
  },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('save' as const), key: fc.nat(2) }) },
);
const file = 'config/a.yaml';

test('nobody’s edit is ever taken back by somebody else', { timeout: 600_000 }, async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 6, maxLength: 14 }), async steps => {
      const folder = `model-${++nth}`;
      const path = `${folder}/a.yaml`;
      const names = ['ada', 'eve', 'bob'].flatMap(who => [0, 1, 2].map(key => `${who}${key}`));
      await server.save('bob', path, names.map(name => `${name}: 0\n`).join(''));
      const expected = new Map(names.map(name => [name, 0]));
      using ada = new TestWorkspace(`folders:\n  config: payments/${folder}\n`);
      using eve = new TestWorkspace(`folders:\n  config: payments/${folder}\n`);
      const places = { ada, eve };
      const pending = { ada: new Map<string, number>(), eve: new Map<string, number>() };
      /** Who has a text in the file that is no version: what was pulled with an own edit in it. */
      const mixed = new Set<string>();
      const run = (who: 'ada' | 'eve', ...args: string[]) =>
        pawl({ cwd: places[who].root, env: server.env(who) }, ...args);
      const deploy = async (who: 'ada' | 'eve') => {
        expect(await run(who, 'deploy', '--yes')).toMatchObject({ exit: 0 });
        for (const [name, value] of pending[who]) expected.set(name, value);
        pending[who].clear();
        mixed.delete(who);
        places[who].commit('deployed');
      };
      for (const who of people) {
        expect((await run(who, 'pull')).exit).toBe(0);
        places[who].commit('as on the server');
      }
      let value = 0;
      for (const one of steps) {
        value += 1;
        if (one.kind === 'save') {
          const { out } = await run('ada', 'show', '-n', 'payments', path);
          const name = `bob${one.key}`;
          await server.save('bob', path, out.replace(new RegExp(`^${name}: .*$`, 'm'), `${name}: ${value}`));
          expected.set(name, value);
          continue;
        }
        const { who } = one;
        const place = places[who];
        if (one.kind === 'edit') {
          const name = `${who}${one.key}`;
          place.write(file, place.read(file).replace(new RegExp(`^${name}: .*$`, 'm'), `${name}: ${value}`));
          place.commit(`${name} = ${value}`);
          pending[who].set(name, value);
        } else if (one.kind === 'deploy') await deploy(who);
        else if (one.kind === 'pull') {
          expect((await run(who, 'pull')).exit).toBe(0);
          place.commit('pulled');
          if (pending[who].size > 0) mixed.add(who);
        } else if (!mixed.has(who)) {
          // With such a text, or one that was never committed, an older base is found, and edits may clash: see workspace.test.ts.
          if (one.broken) place.write('.pawl/state.json', '{"format": 1');
          else place.remove('.pawl');
        }
      }
      for (const who of people) await deploy(who);
      const { out } = await run('ada', 'show', '-n', 'payments', path);
      expect(out).toBe(names.map(name => `${name}: ${expected.get(name)}\n`).join(''));
      expect(await run('eve', 'pull')).toMatchObject({ exit: 0 });
      expect(eve.read(file)).toBe(out);
      expect(await run('eve', 'status')).toMatchObject({ exit: 0 });
    }),
    { numRuns: Number(process.env.PAWL_DEEP_RUNS ?? 5) },
  );
});
