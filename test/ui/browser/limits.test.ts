/** The largest that Pawl takes, in the page: a text of 1 MiB, 5,000 versions of a config, 10,000 configs in a namespace. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { withClient } from '../../../local/postgres.ts';
import { until } from '../../setup/until.ts';
import { button, dialog, editorOf, saidLast } from './hands.ts';
import { type Person, patienceMs, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
let ada: Person;
let namespace: string;

beforeAll(async () => {
  world = stack.use(await startWorld());
  ({ namespace } = world.api);
  ada = await world.person();
  // A server that reads and compares a MiB may have a neighbour on each processor.
  ada.page.setDefaultTimeout(120_000);
});
afterAll(() => stack.disposeAsync());
afterEach(() => expect(world.complaints()).toEqual([]));

/** Rows as saves leave them, without as many saves; the guards of the tables are for writers, not for this. */
async function seed(...statements: readonly string[]): Promise<void> {
  await withClient(world.api.databaseUrl, async client => {
    await client.query(
      `set session_replication_role = replica; ${statements.join(';')}; analyze pawl.configs, pawl.config_versions`,
    );
  });
}

const columns = 'config_id, version, body_raw, body_json, documents, content_sha256, created_by, actor';
const more = 'actor_verified, comment, kind, base_version';

describe('a text of 1 MiB', () => {
  const line = (n: number, value: number) => `key_${String(n).padStart(5, '0')}: ${value}  # a line\n`;
  const lines = Math.floor(1_000_000 / line(0, 10_000).length);
  const text = (value: (n: number) => number) =>
    Array.from({ length: lines }, (_, n) => line(n, value(n))).join('');
  const large = text(n => 10_000 + (n % 90_000));

  it('opens, is edited, saved, and compared with the one before', async () => {
    const { page } = ada;
    const path = 'large.yaml';
    await world.save(path, large, { token: ada.token });
    await ada.open(`configs/${namespace}/${path}`);
    await page.getByText('key_00000').first().waitFor();
    await ada.open(`edit/${namespace}/${path}`);
    await editorOf(page).focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# changed\n');
    await page.getByText('Kept on this computer.').waitFor();
    await page.keyboard.press('Control+s');
    await until('the difference', 2 * patienceMs, async () => {
      // A server without a free processor says that it is too busy to compare.
      const again = dialog(page).getByRole('button', { name: 'Try again' });
      if (await again.isVisible()) await again.click();
      return dialog(page).getByText('What changes against version 1').isVisible();
    });
    expect(await dialog(page).locator('.diff-line.added').allTextContents()).toEqual([
      expect.stringContaining('# changed'),
    ]);
    await button(page, 'Save version 2').click();
    await saidLast(page, 'Saved as version 2.');
    const { json } = await world.api.ask(`/configs/${namespace}/${path}`);
    expect(json.latest.body_raw === `# changed\n${large}`).toBe(true);
    await ada.open(`compare/${namespace}/${path}?left=1&right=2`);
    await page.getByText('1 change', { exact: true }).waitFor();
  });

  it('is compared with an unrelated one coarsely, which is announced, and can be edited beside it', async () => {
    const { page } = ada;
    const path = 'unrelated.yaml';
    await world.save(path, large, { token: ada.token });
    await world.save(path, large.replaceAll('key_', 'nam_').replaceAll('# a line', '# b side'), {
      ...{ base: 1, token: ada.token },
    });
    await ada.open(`compare/${namespace}/${path}?left=1&right=2`);
    const told = page.getByRole('toolbar').getByRole('status');
    await told.getByText('coarse: too large to compare letter by letter').waitFor();
    expect(await told.textContent()).toMatch(/^1 change/);
    await page.getByRole('textbox', { name: /^Right: version 2/ }).focus();
    await page.keyboard.press('Control+Home');
    await page.keyboard.type('# beside it\n');
    await page.getByText('# beside it').waitFor();
    await button(page, '← Copy to the left').click();
    await page.getByText('The texts are the same.').waitFor();
  });
});

describe('5,000 versions', () => {
  const path = 'old.yaml';
  const versions = 5_000;

  beforeAll(async () => {
    await world.save(path, 'n: 1\n');
    await seed(
      `insert into pawl.config_versions (${columns}, ${more})
       select c.id, n, 'n: ' || n || E'\\n', jsonb_build_object('n', n), 1,
         sha256(convert_to('n: ' || n || E'\\n', 'UTF8')),
         case n when 7 then 'Rare@example.com' else 'ada@example.com' end, 'somebody', true,
         'number ' || n, 'direct', n - 1
       from pawl.configs c, generate_series(2, ${versions}) n where c.namespace = '${namespace}' and c.path = '${path}'`,
      `update pawl.configs c set latest_version_id = v.id, last_version = v.version
       from pawl.config_versions v where v.config_id = c.id and v.version = ${versions} and c.path = '${path}'`,
    );
  });

  it('are shown page by page, and a rare author is found among them by the server', async () => {
    const { page } = ada;
    await ada.open(`versions/${namespace}/${path}`);
    await page.getByLabel(`Version ${versions}, to compare`).waitFor();
    await button(page, 'Show older versions').click();
    await page.getByLabel(`Version ${versions - 150}, to compare`).waitFor();
    await page.getByLabel('Author').fill('rare@');
    await page.getByLabel('Version 7, to compare').waitFor();
    expect(await page.locator('.timeline > li').count()).toBe(1);
    await page.waitForURL(/author=rare%40$/);
    await page.getByLabel('From').fill('2100-01-01');
    await page.getByText('No matching versions').waitFor();
    await button(page, 'Show all versions').click();
    await page.getByLabel(`Version ${versions}, to compare`).waitFor();
  });

  it('are not read again when another one is saved or one is deleted, but for what is new', async () => {
    const { page } = ada;
    await ada.open(`versions/${namespace}/${path}`);
    for (const oldest of [versions - 99, versions - 199]) {
      await page.getByLabel(`Version ${oldest}, to compare`).waitFor();
      await button(page, 'Show older versions').click();
    }
    await page.getByLabel(`Version ${versions - 299}, to compare`).waitFor();
    const asked: string[] = [];
    page.on('request', request => {
      const { pathname, searchParams } = new URL(request.url());
      if (pathname.startsWith('/versions/') && request.method() === 'GET')
        asked.push(searchParams.get('cursor') ?? 'the newest');
    });
    await world.save(path, 'n: 0\n', { base: versions });
    await page.getByLabel(`Version ${versions + 1}, to compare`).waitFor();
    await world.api.ask(`/versions/${namespace}/${path}?version=${versions - 250}`, { method: 'DELETE' });
    await page.getByLabel(`Version ${versions - 250}, to compare`).waitFor({ state: 'detached' });
    await page.getByLabel(`Version ${versions - 299}, to compare`).waitFor();
    expect(await page.locator('.timeline > li').count()).toBe(300);
    expect(new Set(asked)).toEqual(new Set(['the newest']));
  });

  it('are compared whichever two they are', async () => {
    await ada.open(`compare/${namespace}/${path}?left=1`);
    await ada.page.getByText(`based on 1, the latest is ${versions + 1}`).waitFor();
    await ada.page.getByText('1 change', { exact: true }).waitFor();
  });
});

describe('10,000 configs in a namespace', () => {
  const configs = 10_000;

  beforeAll(async () => {
    await seed(
      `insert into pawl.configs (namespace, path, format, last_version)
       select '${namespace}', 'many/c' || lpad(n::text, 5, '0') || '.yaml', 'yaml', 1 from generate_series(1, ${configs}) n`,
      `insert into pawl.config_versions (${columns}, ${more})
       select c.id, 1, E'n: 1\\n', '{"n": 1}', 1, sha256(convert_to(E'n: 1\\n', 'UTF8')),
         'ada@example.com', 'somebody', true, '', 'direct', null
       from pawl.configs c where c.path like 'many/%'`,
      `update pawl.configs c set latest_version_id = v.id
       from pawl.config_versions v where v.config_id = c.id and c.path like 'many/%'`,
    );
  });

  it('stay quick: only those in sight are in the document, and all are found', async () => {
    const { page } = ada;
    await ada.open(`configs/${namespace}/many/`);
    await page.getByText('10,000 of 10,000').waitFor();
    expect(await page.getByRole('listitem').count()).toBeLessThan(80);
    await page.getByLabel('Filter by name').fill('c09876');
    await page.getByRole('link', { name: 'c09876.yaml' }).waitFor();
    expect(await page.getByRole('listitem').count()).toBe(1);
    await ada.open('search?path=c05432');
    await page.getByRole('link', { name: `${namespace}/many/c05432.yaml` }).waitFor();
  });
});
