/** The state file: a cache that two terminals may write and anything may break. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseState, StateFile } from '../../cli/state.ts';
import { TestWorkspace } from './world.ts';

const base = (version: number) => ({ version, sha256: String(version % 10).repeat(64) });

function stateOf({ root }: TestWorkspace, server = 'https://a') {
  const told: string[] = [];
  return { told, state: new StateFile(root, server, null, moved => told.push(moved)) };
}

test('two terminals keep each other’s entries, and servers are apart', () => {
  using workspace = new TestWorkspace();
  const [one, two] = [stateOf(workspace).state, stateOf(workspace).state];
  one.read();
  two.read();
  one.update(new Map([['payments/a.yaml', base(1)]]));
  two.update(new Map([['payments/b.yaml', base(2)]]));
  stateOf(workspace, 'https://b').state.update(new Map([['payments/a.yaml', base(9)]]));
  one.update(new Map([['payments/gone.yaml', null]]));
  expect([...one.read()]).toEqual([
    ['payments/a.yaml', base(1)],
    ['payments/b.yaml', base(2)],
  ]);
  expect([...stateOf(workspace, 'https://b').state.read()]).toEqual([['payments/a.yaml', base(9)]]);
});

test('Git does not see it, and nothing temporary is left', () => {
  using workspace = new TestWorkspace();
  stateOf(workspace).state.update(new Map([['payments/a.yaml', base(1)]]));
  expect(workspace.git('status', '--porcelain')).toBe('?? pawl.yaml\n');
  expect(readdirSync(join(workspace.root, '.pawl')).sort()).toEqual(['.gitignore', 'state.json']);
});

test('whatever stands in it, it is read or set aside, told once, and written again', () => {
  using workspace = new TestWorkspace();
  const path = join(workspace.root, '.pawl', 'state.json');
  mkdirSync(join(workspace.root, '.pawl'));
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), text => {
      writeFileSync(path, text);
      const { state, told } = stateOf(workspace);
      state.read();
      state.update(new Map([['payments/a.yaml', base(3)]]));
      expect(state.read().get('payments/a.yaml')).toEqual(base(3));
      expect(told.length).toBe(parseState(text) === null ? 1 : 0);
    }),
    { numRuns: 50 },
  );
  writeFileSync(path, '{');
  stateOf(workspace).state.read();
  expect(readFileSync(`${path}.broken`, 'utf8')).toBe('{');
});

test('an entry that is none is left out, the others stay', () => {
  const servers = { 'https://a': { x: base(1), y: { version: 0, sha256: 'no' }, z: 1 } };
  expect(parseState(JSON.stringify({ format: 1, servers }))?.servers).toEqual({
    'https://a': { x: base(1) },
  });
});

test('where it cannot be written, that is said and nothing else fails', () => {
  using workspace = new TestWorkspace();
  workspace.write('.pawl', 'a file');
  const { state, told } = stateOf(workspace);
  state.update(new Map([['payments/a.yaml', base(1)]]));
  expect(told).toEqual([expect.stringContaining('could not be written')]);
  expect(state.read().size).toBe(0);
});
