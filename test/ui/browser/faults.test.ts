/**
 * What goes wrong while somebody saves: the server is killed in the middle, stays away, or takes a right back. The page says
 * which it is, saved, not saved or not known yet; nothing is saved twice, and nothing that was typed is lost.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../../local/postgres.ts';
import { until } from '../../setup/until.ts';
import { type Deployed, type DeployedPerson, startDeployed } from './deployed.ts';
import { button, dialog, editorOf, linesIn, saidLast, writeOver } from './hands.ts';
import { wasSaid } from './said.ts';
import { patienceMs } from './world.ts';

const stack = new AsyncDisposableStack();
let deployed: Deployed;
let ada: DeployedPerson;
let bob: DeployedPerson;
let files = 0;

beforeAll(async () => {
  deployed = stack.use(await startDeployed('faults'));
  [ada, bob] = [await deployed.person('ada'), await deployed.person('bob')];
});
afterAll(() => stack.disposeAsync());

const texts = async (path: string) =>
  (
    await deployed.database.query<{ body_raw: string }>(
      `select v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
        where c.namespace = $1 and c.path = $2 order by v.version`,
      [deployed.namespace, path],
    )
  ).map(({ body_raw }) => body_raw);

const edit = ({ page }: DeployedPerson, path: string) =>
  page.goto(`${deployed.base}edit/${deployed.namespace}/${path}`);

/** A config of its own for a test, with one version. */
async function newConfig(): Promise<string> {
  files += 1;
  const path = `limits/f${files}.yaml`;
  const name = `first-${files}`;
  await deployed.kube.propose(deployed.namespace, name, { path, body: 'cap: 1\n' });
  await deployed.kube.untilReason(deployed.namespace, name, 'Saved');
  return path;
}

/** Of a save that saves nothing, as the page asks for it. */
async function statusOfSave({ context }: DeployedPerson, path: string): Promise<number> {
  const { server, namespace } = deployed;
  const answer = await context.request.put(`${server}/configs/${namespace}/${path}?dry_run=true`, {
    headers: { 'x-pawl-request': 'ui', origin: server, 'sec-fetch-site': 'same-origin' },
    data: { body_raw: 'cap: 1\n', base_version: 1 },
  });
  return answer.status();
}

/** The page asks again by itself for half a minute; a server may take longer to come back where others are at work. */
async function untilSaved({ page }: DeployedPerson, version: number): Promise<void> {
  await until(`version ${version} to be saved`, 3 * patienceMs, async () => {
    const again = button(page, 'Ask again');
    if (await again.isVisible()) await again.click();
    return wasSaid(page, `Saved as version ${version}.`);
  });
}

describe('a server that is killed in the middle of a save', () => {
  it('is asked again with the same key by the page, which says so, and the text is saved once; the watch goes on', async () => {
    const path = await newConfig();
    await edit(bob, path);
    await editorOf(bob.page).waitFor();
    await edit(ada, path);
    await writeOver(ada.page, 'cap: 2\n');
    await editorOf(ada.page).focus();
    await ada.page.keyboard.press('Control+s');
    await withClient(deployed.database.url, async client => {
      await client.query('begin');
      await client.query('lock table pawl.config_versions in share row exclusive mode');
      await button(ada.page, 'Save version 2').click();
      await until('the save to be in the middle of it', patienceMs, async () => {
        const waiting = await deployed.database.query(
          `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
        );
        return waiting.length > 0;
      });
      await deployed.kill();
      await client.query('rollback');
    });
    await dialog(ada.page).getByText('The server went away. Not known yet whether it was saved').waitFor();
    await deployed.start();
    await untilSaved(ada, 2);
    expect(await texts(path)).toEqual(['cap: 1\n', 'cap: 2\n']);
    await bob.page.getByText('Version 2 was saved').waitFor();
  });

  it('and stays away leaves it not known, which is asked about again with the same key', async () => {
    const path = await newConfig();
    await ada.page.clock.install();
    await edit(ada, path);
    await writeOver(ada.page, 'cap: 2\n');
    await editorOf(ada.page).focus();
    await ada.page.keyboard.press('Control+s');
    await button(ada.page, 'Save version 2').waitFor();
    await deployed.kill();
    await button(ada.page, 'Save version 2').click();
    await dialog(ada.page).getByText('The server went away.').waitFor();
    await until('the page to stop asking by itself', patienceMs, async () => {
      await ada.page.clock.fastForward(10_000);
      return button(ada.page, 'Ask again').isVisible();
    });
    await dialog(ada.page).getByText('Not known yet', { exact: true }).waitFor();
    await deployed.start();
    await untilSaved(ada, 2);
    expect(await texts(path)).toEqual(['cap: 1\n', 'cap: 2\n']);
  });
});

describe('a right that is taken back while the page is open', () => {
  it('is told in the words of the API, and what was typed is kept and saved when the right is there again', async () => {
    const path = await newConfig();
    const binding = ['rolebinding', 'bob', '--namespace', deployed.namespace];
    const { stdout: given } = await deployed.kubectl(['get', ...binding, '-o', 'json']);
    await edit(bob, path);
    await writeOver(bob.page, 'cap: 7\n');
    await editorOf(bob.page).focus();
    await bob.page.keyboard.press('Control+s');
    await button(bob.page, 'Save version 2').waitFor();
    await deployed.kubectl(['delete', ...binding]);
    await until('the right to be gone', patienceMs, async () => (await statusOfSave(bob, path)) === 403);
    await button(bob.page, 'Save version 2').click();
    await dialog(bob.page).getByText('Not saved.').waitFor();
    await dialog(bob.page).getByText('may not update config').waitFor();
    await bob.page.keyboard.press('Escape');
    await bob.page.getByText('Kept on this computer.').waitFor();
    expect(await linesIn(bob.page)).toEqual(['cap: 7', '']);
    expect(await texts(path)).toEqual(['cap: 1\n']);
    const { metadata, ...rest } = JSON.parse(given) as { metadata: { name: string; namespace: string } };
    const { name, namespace } = metadata;
    const again = JSON.stringify({ ...rest, metadata: { name, namespace } });
    await deployed.kubectl(['apply', '-f', '-'], { input: again });
    await until(
      'the right to be there again',
      patienceMs,
      async () => (await statusOfSave(bob, path)) === 200,
    );
    await editorOf(bob.page).focus();
    await bob.page.keyboard.press('Control+s');
    await button(bob.page, 'Save version 2').click();
    await saidLast(bob.page, 'Saved as version 2.');
    expect(await texts(path)).toEqual(['cap: 1\n', 'cap: 7\n']);
  });
});
