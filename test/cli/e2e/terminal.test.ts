/** What happens at a terminal: the command in a pseudo-terminal, the real server and a real PostgreSQL behind it. */
import { chmodSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { until } from '../../setup/until.ts';
import { PtyRun } from '../pty.ts';
import { pawl, TestWorkspace } from '../world.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

let server: PawlServer;
let path: string;
let file: string;
let nth = 0;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  path = `case-${++nth}/eu.yaml`;
  file = `config/payments/${path}`;
});

const base = 'cap: 1000\nburst: 10\n';
const theirs = 'cap: 1000\nburst: 20\n';
const mine = 'cap: 1500\nburst: 10\n';

interface Place {
  readonly cwd: string;
  readonly env: Record<string, string>;
  readonly workspace: TestWorkspace;
}

/** A workspace checked out at version 1, with an edit committed. */
async function edited(text = mine): Promise<Place & Disposable> {
  await server.save('bob', path, base);
  const workspace = new TestWorkspace(`folders:\n  config/payments/case-${nth}: payments/case-${nth}\n`);
  const place = { cwd: workspace.root, env: server.env(), workspace };
  await pawl(place, 'pull');
  workspace.commit('as on the server');
  workspace.write(file, text);
  workspace.commit('my edit');
  return { ...place, [Symbol.dispose]: () => workspace[Symbol.dispose]() };
}

const latest = async (place: Place) => (await pawl(place, 'show', file)).out;

test('checked out at 1, somebody saves 2: deploy shows the diff as it will be applied, asks, and applies it to 2', async () => {
  using place = await edited();
  await server.save('bob', path, theirs);
  await using run = new PtyRun(place, 'deploy');
  await run.shows('was edited on version 1; bob has saved version 2 since');
  await run.shows('-cap: 1000\n+cap: 1500\n burst: 20');
  await run.shows('Save this merged text? [y/N]');
  expect(await latest(place)).toBe(theirs);
  run.type('y\n');
  await run.shows(/eu\.yaml\s+3\s+merged onto version 2/);
  await run.shows('in no commit yet');
  await run.shows('Write it into your files? [y/N]');
  expect(place.workspace.read(file)).toBe(mine);
  run.type('y\n');
  expect(await run.exit).toBe(0);
  expect(await latest(place)).toBe('cap: 1500\nburst: 20\n');
  expect(place.workspace.read(file)).toBe('cap: 1500\nburst: 20\n');
});

test('asks nothing when nothing is stale', async () => {
  using place = await edited();
  await using run = new PtyRun(place, 'deploy');
  expect(await run.exit).toBe(0);
  expect(run.screen).not.toContain('?');
  expect(await latest(place)).toBe(mine);
});

test('no, Ctrl-C and a closed terminal leave everything as it was', async () => {
  using place = await edited();
  await server.save('bob', path, theirs);
  const unchanged = async () => {
    expect(await latest(place)).toBe(theirs);
    expect(place.workspace.read(file)).toBe(mine);
    expect(place.workspace.git('status', '--porcelain')).toBe('');
  };
  {
    await using run = new PtyRun(place, 'deploy');
    await run.shows('[y/N]');
    run.type('n\n');
    expect(await run.exit).toBe(3);
    await unchanged();
  }
  {
    await using run = new PtyRun(place, 'deploy');
    await run.shows('[y/N]');
    run.type('\u0003');
    expect(await run.exit).toBe(130);
    await unchanged();
  }
  {
    await using run = new PtyRun(place, 'deploy');
    await run.shows('[y/N]');
    run.hangUp();
    await until('the program ended with its terminal', 20_000, () => !run.running);
    await unchanged();
  }
});

test('somebody saves while the question stands: the yes confirms nothing but what was shown, and it is asked again', async () => {
  using place = await edited();
  await server.save('bob', path, theirs);
  await using run = new PtyRun(place, 'deploy');
  await run.shows('[y/N]');
  await server.save('eve', path, 'cap: 1000\nburst: 30\n');
  run.type('y\n');
  await run.shows('eve has saved version 3 since');
  await run.shows('[y/N]');
  expect(await latest(place)).toBe('cap: 1000\nburst: 30\n');
  run.type('y\n');
  await run.shows('Write it into your files? [y/N]');
  run.type('n\n');
  expect(await run.exit).toBe(0);
  expect(await latest(place)).toBe('cap: 1500\nburst: 30\n');
  // The file keeps what is committed, and is not taken for an edit any more.
  expect(place.workspace.read(file)).toBe(mine);
  expect((await pawl(place, 'status')).out).toContain('changed there');
  expect(await pawl(place, 'deploy')).toMatchObject({ err: expect.stringContaining('Nothing to deploy') });
  expect((await pawl(place, 'pull')).exit).toBe(0);
  expect(place.workspace.read(file)).toBe('cap: 1500\nburst: 30\n');
});

test('resolve opens the marked text in $EDITOR, takes no markers back, and deploys what was decided', async () => {
  using place = await edited();
  await server.save('bob', path, 'cap: 1200\nburst: 20\n');
  const editor = join(place.cwd, '.git', 'editor');
  // The first time it decides nothing, the second time it takes the lower cap.
  place.workspace.write(
    '.git/editor',
    `#!/bin/sh\ncp "$1" "${place.cwd}/.git/seen"\nif [ -e "${place.cwd}/.git/twice" ]; then printf 'cap: 1200\\nburst: 20\\n# decided\\n' > "$1"; fi\ntouch "${place.cwd}/.git/twice"\n`,
  );
  chmodSync(editor, 0o755);
  await using run = new PtyRun({ ...place, env: { ...place.env, EDITOR: editor } }, 'resolve', file);
  await run.shows('Not yet: it was not changed.');
  expect(place.workspace.read('.git/seen')).toContain('<<<<<<< version 2 (bob)\ncap: 1200\n');
  expect(place.workspace.read(file)).toBe(mine);
  run.type('y\n');
  await run.shows('+# decided\n');
  await run.shows('Save it? [y/N]');
  expect(await latest(place)).toBe('cap: 1200\nburst: 20\n');
  run.type('y\n');
  await run.shows('Saved as version 3');
  expect(await run.exit).toBe(0);
  expect(await latest(place)).toBe('cap: 1200\nburst: 20\n# decided\n');
  expect(place.workspace.read(file)).toBe('cap: 1200\nburst: 20\n# decided\n');
});

test('a promotion that clashes is decided in $EDITOR, shown, and saved as a promotion; the next one counts from there', async () => {
  await server.save('bob', path, 'cap: 1000\n', 'payments-staging');
  await server.save('bob', path, 'cap: 1000\n');
  await server.save('bob', path, 'cap: 2000\n', 'payments-staging');
  await server.save('eve', path, 'cap: 900\n');
  using workspace = new TestWorkspace('folders:\n  config/payments: payments\n');
  const editor = join(workspace.root, 'editor');
  writeFileSync(
    editor,
    `#!/bin/sh\ncp "$1" "${workspace.root}/seen"\nif [ -e "${workspace.root}/twice" ]; then printf 'cap: 950\\n' > "$1"; fi\ntouch "${workspace.root}/twice"\n`,
    { mode: 0o755 },
  );
  const place = { cwd: workspace.root, env: { ...server.env(), EDITOR: editor } };
  const words = ['promote', `payments-staging/${path}`, '--to', 'payments'];
  const inScript = await pawl(place, ...words);
  expect(inScript.exit).not.toBe(0);
  expect(inScript.err).toContain('cap: 900 there, 2000 here');
  expect(inScript.err).toContain('At a terminal, without --yes, each place can be decided in your editor.');
  await using run = new PtyRun(place, ...words);
  await run.shows('Not yet: conflict markers are left.');
  expect(readFileSync(join(workspace.root, 'seen'), 'utf8')).toBe(
    '<<<<<<< payments, version 2\ncap: 900\n||||||| before both edits\ncap: 1000\n=======\ncap: 2000\n>>>>>>> payments-staging, version 2\n',
  );
  run.type('y\n');
  await run.shows('+cap: 950\n');
  await run.shows('Save this in payments? [y/N]');
  run.type('y\n');
  expect(await run.exit).toBe(0);
  await run.shows(`payments-staging/${path}@2`);
  const again = await pawl(place, ...words, '--yes');
  expect(again.err).toContain('Nothing to promote: payments has it already.');
});

test('a resolution taken up later is made from the version it was begun on: what others saved since stays', async () => {
  using place = await edited('cap: 1500\nburst: 10\nregion: eu\n');
  await server.save('bob', path, 'cap: 1200\nburst: 10\n');
  const editor = join(place.cwd, '.git', 'editor');
  place.workspace.write(
    '.git/editor',
    '#!/bin/sh\nif [ -e "$1.once" ]; then exit 0; fi\ntouch "$1.once"\nprintf \'cap: 1300\\nburst: 10\\nregion: eu\\n<<<<<<< left\\n\' > "$1"\n',
  );
  chmodSync(editor, 0o755);
  const at = { ...place, env: { ...place.env, EDITOR: editor } };
  {
    await using run = new PtyRun(at, 'resolve', file);
    await run.shows('Edit it again? [y/N]');
    run.type('n\n');
    expect(await run.exit).toBe(3);
  }
  expect(place.workspace.read(file)).toBe('cap: 1500\nburst: 10\nregion: eu\n');
  await server.save('eve', path, 'cap: 1200\nburst: 99\n');
  const folder = join(place.cwd, '.pawl/resolve');
  const [draft = ''] = readdirSync(folder).filter(name => name.includes('@2-') && !name.endsWith('.once'));
  writeFileSync(join(folder, draft), 'cap: 1300\nburst: 10\nregion: eu\n');
  await using run = new PtyRun({ ...at, env: { ...at.env, EDITOR: 'true' } }, 'resolve', file);
  await run.shows('Continue it? [y/N]');
  run.type('y\n');
  await run.shows('Save it? [y/N]');
  run.type('y\n');
  await run.shows('Saved as version 4');
  expect(await run.exit).toBe(0);
  expect(await latest(place)).toBe('cap: 1300\nburst: 99\nregion: eu\n');
});

/** The command that is the editor from now on; `$1` is the file. */
function editorIs(place: Place, script: string): { cwd: string; env: Record<string, string> } {
  const editor = join(place.cwd, '.git', 'editor');
  writeFileSync(editor, `#!/bin/sh\n${script}\n`);
  chmodSync(editor, 0o755);
  return { cwd: place.cwd, env: { ...place.env, EDITOR: editor } };
}

/** Leaves a resolution behind that was typed and not finished. */
async function quitHalfway(place: Place, typed: string): Promise<void> {
  const at = editorIs(place, `printf '${typed}<<<<<<< left\\n' > "$1"`);
  await using run = new PtyRun(at, 'resolve', file);
  await run.shows('Edit it again? [y/N]');
  run.type('n\n');
  expect(await run.exit).toBe(3);
}

test('a resolution left unfinished on one server is not offered on another, and is still there on the first', async () => {
  await using prod = await startPawlServer();
  using place = await edited();
  await server.save('bob', path, 'cap: 1200\nburst: 10\n');
  await prod.save('bob', path, base);
  await prod.save('eve', path, 'cap: 9000\nburst: 10\n');
  await quitHalfway(place, '# staging only\\n');

  const onProd = { ...place, env: prod.env() };
  const at = editorIs(onProd, `cp "$1" "${place.cwd}/.git/seen"; printf 'cap: 9500\\nburst: 10\\n' > "$1"`);
  {
    await using run = new PtyRun(at, 'resolve', file);
    await run.shows('Save it? [y/N]');
    run.type('y\n');
    await run.shows('Saved as version 3');
    expect(await run.exit).toBe(0);
    expect(run.screen).not.toContain('unfinished resolution');
  }
  expect(place.workspace.read('.git/seen')).toContain('<<<<<<< version 2 (eve)\ncap: 9000\n');
  expect(await latest(onProd)).toBe('cap: 9500\nburst: 10\n');

  place.workspace.write(file, mine);
  await using run = new PtyRun({ ...at, env: { ...at.env, ...place.env } }, 'resolve', file);
  await run.shows('Continue it? [y/N]');
  run.type('y\n');
  await run.shows('Save it? [y/N]');
  run.type('y\n');
  await run.shows('Saved as version 3');
  expect(place.workspace.read('.git/seen')).toContain('# staging only\n');
});

test('an unfinished resolution of a file that was edited since is set aside and named, and the new text is resolved', async () => {
  using place = await edited();
  await server.save('bob', path, 'cap: 1200\nburst: 10\n');
  await quitHalfway(place, 'cap: 1300\\nburst: 10\\n');
  place.workspace.write(file, 'cap: 1700\nburst: 10\nregion: eu\n');

  const at = editorIs(
    place,
    `cp "$1" "${place.cwd}/.git/seen"; printf 'cap: 1700\\nburst: 10\\nregion: eu\\n' > "$1"`,
  );
  await using run = new PtyRun(at, 'resolve', file);
  await run.shows('was begun from another text of the file. It was moved to ');
  await run.shows('Save it? [y/N]');
  run.type('y\n');
  await run.shows('Saved as version 3');
  expect(await run.exit).toBe(0);
  expect(run.screen).not.toContain('Continue it?');
  expect(place.workspace.read('.git/seen')).toContain('region: eu\n');
  expect(await latest(place)).toBe('cap: 1700\nburst: 10\nregion: eu\n');
  const [, kept = ''] = /It was moved to (\S+)/.exec(run.screen) ?? [];
  expect(kept).toContain(join(place.cwd, '.pawl/kept/'));
  expect(readFileSync(kept, 'utf8')).toBe('cap: 1300\nburst: 10\n<<<<<<< left\n');
  expect(readdirSync(join(place.cwd, '.pawl/resolve'))).toEqual([]);
});

test('a resolution that was not saved as UTF-8 is not deployed, and its bytes are there to be mended', async () => {
  using place = await edited();
  await server.save('bob', path, 'cap: 1200\nburst: 10\n');
  {
    const at = editorIs(place, `printf 'cap: 1300\\nburst: 10\\n# caf\\351\\n' > "$1"`);
    await using run = new PtyRun(at, 'resolve', file);
    await run.shows('Not yet: it is not UTF-8 text.');
    run.type('n\n');
    expect(await run.exit).toBe(3);
  }
  expect(await latest(place)).toBe('cap: 1200\nburst: 10\n');
  expect(place.workspace.read(file)).toBe(mine);

  // Somebody saves meanwhile: it cannot be carried on before it can be read.
  await server.save('eve', path, 'cap: 1200\nburst: 99\n');
  const mended = 'cap: 1300\\nburst: 10\\n# caf\\303\\251\\n';
  const at = editorIs(place, `cp "$1" "${place.cwd}/.git/seen"; printf '${mended}' > "$1"`);
  await using run = new PtyRun(at, 'resolve', file);
  await run.shows('Continue it? [y/N]');
  run.type('y\n');
  await run.shows('[y/N]');
  expect(readFileSync(join(place.cwd, '.git/seen'), 'latin1')).toBe('cap: 1300\nburst: 10\n# caf\xe9\n');
  run.type('y\n');
  await run.shows('Saved as version 4');
  expect(await run.exit).toBe(0);
  expect(await latest(place)).toBe('cap: 1300\nburst: 99\n# café\n');
});
