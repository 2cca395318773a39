/** Saving in the page: nobody's edit is lost, nothing is saved but what was shown, and what is typed survives. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { button, dialog, editorOf, linesIn, saidLast, signInBeside, writeOver } from './hands.ts';
import { type Person, startWorld, type World } from './world.ts';

const stack = new AsyncDisposableStack();
let world: World;
let ada: Person;
let bob: Person;
let files = 0;

beforeAll(async () => {
  world = stack.use(await startWorld());
  [ada, bob] = [await world.person(), await world.person()];
});
afterAll(() => stack.disposeAsync());
afterEach(() => expect(world.complaints()).toEqual([]));

const first = [
  '# caps are per customer and day',
  'cap: 1000     # agreed with risk',
  'fee: 0.5',
  'regions: [de, fr]',
  '',
].join('\n');

/** Of the server, for somebody who has asked too often. */
const tooMany = {
  ...{ type: 'https://pawl.dev/problems/too-many-requests', title: 'Too many requests', status: 429 },
  ...{ detail: 'Try again in 1 s.', reason: 'TooManyRequests', request_id: 'r', retry_after: 1 },
};

/** A config of its own for a test, with one version. */
async function newConfig(text = first, ending = 'yaml'): Promise<string> {
  files += 1;
  const path = `limits/c${files}.${ending}`;
  await world.save(path, text, { token: bob.token });
  return path;
}

const latest = async (path: string) =>
  (await world.api.ask(`/configs/${world.api.namespace}/${path}`)).json.latest;
const edit = (who: Person, path: string, more = '') => who.open(`edit/${world.api.namespace}/${path}${more}`);
const shown = (who: Person, path: string) =>
  who.page.waitForURL(`${world.base}configs/${world.api.namespace}/${path}`);

describe('the back button in the middle of a save', () => {
  it('loses neither the text nor the comment, and what is saved is shown at once', async () => {
    const path = await newConfig();
    await ada.open(`configs/${world.api.namespace}/${path}`);
    await ada.page.getByRole('link', { name: 'Edit', exact: true }).click();
    await editorOf(ada.page).waitFor();
    await writeOver(ada.page, first.replace('1000', '1300'));
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByLabel('Comment').fill('half a rea');
    await ada.page.goBack();
    await ada.page.getByRole('link', { name: 'Go on with it' }).click();
    await editorOf(ada.page).waitFor();
    expect(await linesIn(ada.page)).toEqual(first.replace('1000', '1300').split('\n'));
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByText('What changes against version 1').waitFor();
    expect(await dialog(ada.page).getByLabel('Comment').inputValue()).toBe('half a rea');
    // Before anything is read again.
    await ada.page.route(`**/configs/${world.api.namespace}/${path}`, route =>
      route.request().method() === 'GET' ? undefined : route.continue(),
    );
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
    await ada.page.locator('.facts .version', { hasText: '2' }).waitFor();
    await ada.page.locator('.cm-line', { hasText: 'cap: 1300' }).waitFor();
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
    expect(await latest(path)).toMatchObject({ version: 2, comment: 'half a rea' });
  });
});

describe('an editor that is left at once after the last letter', () => {
  it('offers what was typed on the page that comes next, also when nothing else there changes', async () => {
    const path = await newConfig();
    await ada.open(`configs/${world.api.namespace}/${path}`);
    await ada.page.locator('.cm-blame-mark').first().waitFor();
    // What is read again says the same.
    await ada.page.route('**/watch/**', route => route.abort());
    await ada.page.getByRole('link', { name: 'Edit', exact: true }).click();
    await editorOf(ada.page).waitFor();
    await writeOver(ada.page, 'cap: 5\n', 'history.back()');
    await ada.page.getByRole('link', { name: 'Go on with it' }).click();
    await editorOf(ada.page).waitFor();
    expect(await linesIn(ada.page)).toEqual(['cap: 5', '']);
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe('a server that answers nothing but "later"', () => {
  const later = {
    'too many requests': { status: 429, headers: { 'retry-after': '1' }, json: tooMany },
    'is away': { status: 503, body: 'no healthy upstream' },
    'cuts the connection': null,
  };
  it.each(Object.entries(later))('(%s) is asked again by the page, which says so', async (_, answer) => {
    const path = await newConfig();
    let isAway = true;
    const refuse = (url: RegExp, method: string) =>
      ada.page.route(url, route => {
        if (route.request().method() !== method || !isAway) return route.fallback();
        return answer === null ? route.abort('connectionreset') : route.fulfill(answer);
      });
    const tries = /The page tries again in \d s\./;
    await refuse(/\/configs\/[^?]*\.yaml(\?version=1)?$/, 'GET');
    await edit(ada, path);
    await ada.page.getByRole('alert').getByText(tries).waitFor();
    isAway = false;
    await editorOf(ada.page).waitFor();
    await writeOver(ada.page, 'cap: 6\n');
    isAway = true;
    await refuse(/\?dry_run=true$/, 'PUT');
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByRole('alert').getByText(tries).waitFor();
    isAway = false;
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
    expect((await latest(path)).body_raw).toBe('cap: 6\n');
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe('the back button while two versions are compared', () => {
  it('loses neither what was typed on a side nor the comment', async () => {
    const path = await newConfig();
    await world.save(path, first.replace('1000', '1200'), { base: 1 });
    await ada.open(`configs/${world.api.namespace}/${path}`);
    await ada.open(`compare/${world.api.namespace}/${path}?left=1&right=2`);
    const right = ada.page.getByRole('textbox', { name: /^Right: version 2/ });
    await right.focus();
    await ada.page.keyboard.press('Control+Home');
    await ada.page.keyboard.type('# by eye\n');
    await button(ada.page, 'Save new version … from the right side').click();
    await dialog(ada.page).getByLabel('Comment').fill('half a rea');
    await ada.page.goBack();
    await ada.page.getByRole('link', { name: 'Go on with it' }).click();
    await editorOf(ada.page).waitFor();
    expect(await linesIn(ada.page)).toEqual(`# by eye\n${first.replace('1000', '1200')}`.split('\n'));
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByText('What changes against version 2').waitFor();
    expect(await dialog(ada.page).getByLabel('Comment').inputValue()).toBe('half a rea');
  });
});

describe('a text that programs do not read alike', () => {
  it('says so while it is typed, and before it is saved', async () => {
    const path = await newConfig('A=1\n', 'env');
    await edit(ada, path);
    await writeOver(ada.page, 'A=1\nexport B=2\n');
    await ada.page.getByText('Line 2: B: systemd ignores lines that begin with `export`').waitFor();
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByText('Line 2: B: systemd ignores').waitFor();
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
  });
});

describe('an edit', () => {
  it('on a version that is not the latest any more is shown merged, and saved exactly as shown', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, first.replace('1000', '1200'));
    await edit(bob, path);
    await writeOver(bob.page, first.replace('0.5', '0.4'));
    await bob.page.keyboard.press('Control+s');
    await dialog(bob.page).getByText('What changes against version 1').waitFor();
    await dialog(bob.page).getByLabel('Comment').fill('lower the fee');
    await button(bob.page, 'Save version 2').click();
    await shown(bob, path);
    // Ada hears of it while she types, and what she typed stays.
    await ada.page.getByText('Version 2 was saved').waitFor();
    expect(await linesIn(ada.page)).toEqual(first.replace('1000', '1200').split('\n'));
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page).getByText('What will be saved, against version 2').waitFor();
    expect(await latest(path)).toMatchObject({ version: 2, comment: 'lower the fee' });
    await button(ada.page, 'Save exactly this').click();
    await shown(ada, path);
    expect(await latest(path)).toMatchObject({
      ...{ version: 3, kind: 'confirmed', base_version: 1, merged_onto: 2 },
      body_raw: first.replace('1000', '1200').replace('0.5', '0.4'),
    });
    await ada.page.getByText('merged from 1 onto 2').waitFor();
  });

  it('that was confirmed too late is shown anew with what somebody faster saved', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, first.replace('1000', '1200'));
    await world.save(path, first.replace('0.5', '0.4'), { base: 1 });
    await ada.page.keyboard.press('Control+s');
    await button(ada.page, 'Save exactly this').waitFor();
    await world.save(path, first.replace('0.5', '0.4').replace('[de, fr]', '[de]'), { base: 2 });
    await button(ada.page, 'Save exactly this').click();
    await dialog(ada.page).getByText('Somebody was faster: the latest is version 3 now.').waitFor();
    expect((await latest(path)).version).toBe(3);
    await button(ada.page, 'Save exactly this').click();
    await shown(ada, path);
    expect((await latest(path)).body_raw).toBe(
      first.replace('1000', '1200').replace('0.5', '0.4').replace('[de, fr]', '[de]'),
    );
  });

  it('that clashes is decided place by place, with the result beside it', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(
      ada.page,
      first.replace('1000', '1500').replace('0.5', '0.3').replace('[de, fr]', '[de, fr, nl]'),
    );
    await world.save(path, first.replace('1000', '1200').replace('0.5', '0.4'), {
      base: 1,
      token: bob.token,
    });
    await ada.page.keyboard.press('Control+s');
    const box = dialog(ada.page);
    await box.getByText('2 of 2 to decide.').waitFor();
    const save = button(ada.page, 'Save on version 2');
    expect(await save.isDisabled()).toBe(true);
    const cap = box.getByRole('article', { name: 'Place 1: cap' });
    await cap.getByText('version 2').waitFor();
    expect(await cap.innerText()).toContain('cap: 1000');
    await button(ada.page, 'Keep mine at place 1').click();
    await button(ada.page, 'Edit place 2').click();
    await box.getByLabel('Text of place 2').fill('fee: 0.35\n');
    // Closing loses no decision.
    await ada.page.keyboard.press('Escape');
    await ada.page.keyboard.press('Control+s');
    await box.getByText('All places are decided.').waitFor();
    const text = first.replace('1000', '1500').replace('0.5', '0.35').replace('[de, fr]', '[de, fr, nl]');
    expect(await box.getByLabel('The result as it stands').locator('pre').innerText()).toContain('fee: 0.35');
    await save.click();
    await shown(ada, path);
    expect(await latest(path)).toMatchObject({ version: 3, body_raw: text });
  });

  it('is carried onto a newer version when asked, as one step that undo takes back with its base', async () => {
    const path = await newConfig();
    await edit(ada, path);
    const mine = first.replace('1000', '1200');
    await writeOver(ada.page, mine);
    await world.save(path, first.replace('0.5', '0.4'), { base: 1 });
    await button(ada.page, 'Carry my edit onto it').click();
    await ada.page.getByText('based on version 2').waitFor();
    expect(await linesIn(ada.page)).toEqual(mine.replace('0.5', '0.4').split('\n'));
    await editorOf(ada.page).focus();
    await ada.page.keyboard.press('Control+z');
    await ada.page.getByText('based on version 1').waitFor();
    expect(await linesIn(ada.page)).toEqual(mine.split('\n'));
  });

  it('that is not a text of its format is marked where it is wrong, and not saved', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, 'cap: 1\nfee: [1, 2\n');
    await ada.page.locator('.cm-lint-marker-error').first().waitFor();
    await ada.page
      .getByRole('status')
      .filter({ hasText: /Line \d, column \d/ })
      .waitFor();
    await ada.page.keyboard.press('Control+s');
    await dialog(ada.page)
      .getByRole('button', { name: /Go to line/ })
      .click();
    expect(await dialog(ada.page).count()).toBe(0);
    expect((await latest(path)).version).toBe(1);
  });

  it('keeps the line ends of the text', async () => {
    const path = await newConfig('a: 1\r\nb: 2\r\n');
    await edit(ada, path);
    await editorOf(ada.page).focus();
    await ada.page.keyboard.press('Control+End');
    await ada.page.keyboard.type('c: 3');
    await ada.page.keyboard.press('Enter');
    await ada.page.keyboard.press('Control+s');
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
    expect((await latest(path)).body_raw).toBe('a: 1\r\nb: 2\r\nc: 3\r\n');
  });
});

describe('what is typed', () => {
  it('survives a reload, and a tab that was closed', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, 'cap: 7\n');
    await ada.page.getByText('Kept on this computer.').waitFor();
    await ada.page.reload();
    await ada.page.getByText('This is what you typed').waitFor();
    expect(await linesIn(ada.page)).toEqual(['cap: 7', '']);
    const tab = await ada.tab(`edit/${world.api.namespace}/${path}`);
    await writeOver(tab, 'cap: 8\n');
    await tab.getByText('Kept on this computer.').waitFor();
    await tab.close();
    // Each tab had its own, and neither wrote over the other.
    await ada.page.reload();
    await ada.page.getByText('You typed something else here before').waitFor();
    expect(await linesIn(ada.page)).toEqual(['cap: 7', '']);
    await bob.open(`configs/${world.api.namespace}/${path}`);
    await bob.page.locator('.cm-content').waitFor();
    expect(await bob.page.getByText('You typed something here').count()).toBe(0);
    await button(ada.page, 'Throw away …').click();
    await button(ada.page, 'Throw it away').last().click();
    await shown(ada, path);
    await ada.page.getByText('You typed something here that is not saved').waitFor();
    await ada.page.getByRole('link', { name: 'Go on with it' }).click();
    await ada.page.getByText('This is what you typed').waitFor();
    expect(await linesIn(ada.page)).toEqual(['cap: 8', '']);
  });

  it('is still there when the session ends in the middle, and is saved after signing in beside it', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await editorOf(ada.page).waitFor();
    await ada.context.clearCookies();
    await writeOver(ada.page, 'cap: 9\n');
    await ada.page.getByText('Your session ended').waitFor();
    // What is being typed goes on: no dialog takes the focus away.
    expect(await dialog(ada.page).count()).toBe(0);
    await signInBeside(ada.page, ada.token);
    expect(await linesIn(ada.page)).toEqual(['cap: 9', '']);
    await editorOf(ada.page).focus();
    await ada.page.keyboard.press('Control+s');
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
    expect((await latest(path)).body_raw).toBe('cap: 9\n');
  });
});

describe('a save whose answer is lost', () => {
  it('is asked about again with the same key, done once, and told the truth', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, 'cap: 11\n');
    const keys: string[] = [];
    await ada.page.route(/\/configs\/[^?]*$/, async route => {
      if (route.request().method() !== 'PUT') return route.fallback();
      keys.push(route.request().headers()['idempotency-key'] ?? '');
      if (keys.length > 1) return route.fallback();
      // The server does it, and the answer does not arrive.
      await route.fetch();
      return route.abort('connectionreset');
    });
    await ada.page.keyboard.press('Control+s');
    await button(ada.page, 'Save version 2').click();
    await shown(ada, path);
    await ada.page.unroute(/\/configs\/[^?]*$/);
    expect(keys.length).toBeGreaterThan(1);
    expect(new Set(keys).size).toBe(1);
    expect(await latest(path)).toMatchObject({ version: 2, body_raw: 'cap: 11\n' });
  });
});

describe('a save that was cut off', () => {
  /** Until the server has done it; nobody hears of that. */
  async function cutOff(act: string): Promise<void> {
    let done!: () => void;
    const saved = new Promise<void>(resolve => {
      done = resolve;
    });
    await ada.page.route(/\/configs\/[^?]*$/, async route => {
      if (route.request().method() !== 'PUT') return route.fallback();
      await route.fetch();
      done();
    });
    await button(ada.page, act).click();
    await saved;
  }
  const mine = first.replace('1000', '1500');
  const cases = {
    'as it was typed': { act: 'Save version 2', text: mine, version: 2 },
    'as a merge': {
      ...{ theirs: first.replace('0.5', '0.4'), act: 'Save exactly this', version: 3 },
      text: mine.replace('0.5', '0.4'),
    },
    'as it was decided': {
      ...{
        theirs: first.replace('1000', '1200').replace('[de, fr]', '[de]'),
        decide: 'Keep mine at place 1',
      },
      ...{ act: 'Save on version 2', text: mine.replace('[de, fr]', '[de]'), version: 3 },
    },
  };

  it.each(Object.entries(cases))('and was saved %s is not offered again, and told of', async (_, about) => {
    const { act, text, version, theirs, decide } = { theirs: null, decide: null, ...about };
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, mine);
    if (theirs !== null) await world.save(path, theirs, { base: 1, token: bob.token });
    await ada.page.keyboard.press('Control+s');
    if (decide !== null) await button(ada.page, decide).click();
    await cutOff(act);
    await ada.page.reload();
    await saidLast(ada.page, `What you typed is saved as version ${version}.`);
    await ada.page.getByText(`based on version ${version}`).waitFor();
    expect(await linesIn(ada.page)).toEqual(text.split('\n'));
    expect(await ada.page.getByText('This is what you typed').count()).toBe(0);
    expect(await latest(path)).toMatchObject({ version, body_raw: text });
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
  });

  it('is not offered by the page of the config, although others saved since', async () => {
    const path = await newConfig();
    await edit(ada, path);
    await writeOver(ada.page, mine);
    await ada.page.keyboard.press('Control+s');
    await cutOff('Save version 2');
    await world.save(path, first, { base: 2, token: bob.token });
    await ada.open(`configs/${world.api.namespace}/${path}`);
    await saidLast(ada.page, 'What you typed is saved as version 2.');
    await ada.page.getByText('cap: 1000').waitFor();
    expect(await ada.page.getByText('You typed something here').count()).toBe(0);
    await ada.page.unrouteAll({ behavior: 'ignoreErrors' });
  });
});

describe('comparing', () => {
  it('takes a change to the other side by key, and saves from either side', async () => {
    const path = await newConfig();
    await world.save(path, first.replace('1000', '1200').replace('[de, fr]', '[de]'), { base: 1 });
    await ada.open(`compare/${world.api.namespace}/${path}?left=1&right=2`);
    const left = ada.page.getByRole('textbox', { name: /^Left: version 1/ });
    await ada.page.getByText('2 changes').waitFor();
    await ada.page.getByText('based on 1, the latest is 2').waitFor();
    await left.focus();
    await ada.page.keyboard.press('F7');
    await ada.page.keyboard.press('Control+Alt+ArrowRight');
    await ada.page.getByText('1 change', { exact: true }).waitFor();
    await button(ada.page, 'Save new version … from the right side').click();
    await button(ada.page, 'Save version 3').click();
    await shown(ada, path);
    expect((await latest(path)).body_raw).toBe(first.replace('[de, fr]', '[de]'));
    await ada.open(`compare/${world.api.namespace}/${path}?left=2`);
    await button(ada.page, 'Ignore order and layout').click();
    await ada.page.getByLabel('What differs in meaning').getByText('/cap').waitFor();
    await button(ada.page, 'Save new version … from the left side').click();
    await button(ada.page, 'Save version 4').click();
    await shown(ada, path);
    expect(await latest(path)).toMatchObject({
      ...{ version: 4, kind: 'promoted' },
      body_raw: first.replace('1000', '1200').replace('[de, fr]', '[de]'),
    });
  });
});
