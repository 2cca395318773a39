/**
 * The stories that docs/web.md tells, as people do them who were told nothing: by what stands on the page, and without an
 * address typed in. Each is a test (stories.test.ts), and its pictures are the documentation's (../screenshots.ts).
 * Invariant: nothing in them happens but through the page, and one object that is applied with kubectl.
 */
import type { Page } from 'playwright-core';
import { button, dialog, editorOf, saidLast, writeOver } from './hands.ts';

export interface Stage {
  /** Of the page. */
  readonly base: string;
  readonly namespace: string;
  readonly ada: Page;
  readonly bob: Page;
  /** Applies a ConfigVersion of Cem's as kubectl does. */
  propose(spec: { path: string; baseVersion: number; body: string; comment: string }): Promise<void>;
  picture(page: Page, name: string): Promise<void>;
}

export const path = 'limits/eu.yaml';

/** What Ada writes first. */
export const first = `# caps are per customer and day
cap: 1000     # agreed with risk
fee: 0.5
regions: [de, fr]
review:
  every: 30d
  by: [risk, legal]
`;

/** From an empty namespace to version 1. */
async function create({ base, namespace, ada, picture }: Stage): Promise<void> {
  await ada.goto(base);
  await button(ada, 'New namespace').click();
  await dialog(ada).getByLabel('Name').fill(namespace);
  await button(ada, 'Create').click();
  await ada.getByText('No configs here yet').waitFor();
  await button(ada, 'New config').click();
  await dialog(ada).getByLabel('Path').fill(path);
  await button(ada, 'Write its text').click();
  await editorOf(ada).waitFor();
  await writeOver(ada, first);
  await ada.getByText('It can be saved as version 1.').waitFor();
  await button(ada, /^Save …/).click();
  await dialog(ada).getByText('The first version').waitFor();
  await dialog(ada).getByLabel('Comment').fill('first caps');
  await picture(ada, 'web-create');
  await button(ada, 'Save version 1').click();
  await saidLast(ada, 'Saved as version 1.');
  await ada.locator('.cm-blame-mark').first().waitFor();
}

/** From the text that everybody sees to the next version; nobody else is at work. */
async function update(stage: Stage): Promise<void> {
  const { base, ada, picture } = stage;
  await ada.goto(base);
  await find(ada, stage);
  await edit(ada, text => text.replace('fee: 0.5', 'fee: 0.45'));
  await button(ada, /^Save …/).click();
  await dialog(ada).getByText('What changes against version 1').waitFor();
  await dialog(ada).getByLabel('Comment').fill('lower the fee');
  await picture(ada, 'web-update');
  await button(ada, 'Save version 2').click();
  await saidLast(ada, 'Saved as version 2.');
  await picture(ada, 'web-config');
}

/** Both edit the same version. Bob is faster; Ada is told, shown the merge, and saves exactly that. */
async function merge(stage: Stage): Promise<void> {
  const { base, ada, bob, picture } = stage;
  await ada.goto(base);
  await find(ada, stage);
  await edit(ada, text => text.replace('cap: 1000', 'cap: 1200'));
  await bob.goto(base);
  await find(bob, stage);
  await edit(bob, text => text.replace('30d', '14d'));
  await button(bob, /^Save …/).click();
  await dialog(bob).getByLabel('Comment').fill('review more often');
  await button(bob, 'Save version 3').click();
  await saidLast(bob, 'Saved as version 3.');
  await ada.getByText('Version 3 was saved').waitFor();
  await ada.getByText('It merges with version 3.').waitFor();
  await picture(ada, 'web-banner');
  await button(ada, /^Save …/).click();
  await dialog(ada).getByText('What will be saved, against version 3').waitFor();
  await dialog(ada).getByText('What changed meanwhile').waitFor();
  await picture(ada, 'web-merge');
  await button(ada, 'Save exactly this').click();
  await saidLast(ada, 'Saved as version 4.');
  await ada.getByText('merged from 2 onto 3').waitFor();
}

/** Both change the same place. Bob decides it, with the result beside it. */
async function clash(stage: Stage): Promise<void> {
  const { base, ada, bob, picture } = stage;
  await ada.goto(base);
  await find(ada, stage);
  await edit(ada, text => text.replace('fee: 0.45', 'fee: 0.4').replace('14d', '7d'));
  await bob.goto(base);
  await find(bob, stage);
  await edit(bob, text => text.replace('fee: 0.45', 'fee: 0.3').replace('14d', '10d'));
  await button(ada, /^Save …/).click();
  await button(ada, 'Save version 5').click();
  await saidLast(ada, 'Saved as version 5.');
  await button(bob, /^Save …/).click();
  await dialog(bob).getByText('2 of 2 to decide.').waitFor();
  await button(bob, 'Keep theirs at place 1').click();
  await picture(bob, 'web-clash');
  await button(bob, 'Keep mine at place 2').click();
  await dialog(bob).getByText('All places are decided.').waitFor();
  await button(bob, 'Save on version 5').click();
  await saidLast(bob, 'Saved as version 6.');
}

/** Two versions side by side: a change is copied to the right and saved there; then the left, an old one, is saved again. */
async function compare(stage: Stage): Promise<void> {
  const { base, ada, picture } = stage;
  await ada.goto(base);
  await find(ada, stage);
  await ada.getByRole('link', { name: 'Versions' }).click();
  await ada.getByLabel('Version 4, to compare').check();
  await ada.getByLabel('Version 6, to compare').check();
  await button(ada, 'Compare 4 with 6').click();
  await ada.getByText('2 changes').waitFor();
  await button(ada, '↓ Next change').click();
  await picture(ada, 'web-compare');
  await button(ada, 'Copy to the right →').click();
  await ada.getByText('1 change', { exact: true }).waitFor();
  await button(ada, 'Save new version … from the right side').click();
  await dialog(ada).getByText('What changes against version 6').waitFor();
  await picture(ada, 'web-save-right');
  await button(ada, 'Save version 7').click();
  await saidLast(ada, 'Saved as version 7.');
  await ada.getByRole('link', { name: 'Compare', exact: true }).click();
  await ada.getByLabel('Version on the left').selectOption({ value: '4' });
  await ada.getByText('based on 4, the latest is 7').waitFor();
  await button(ada, 'Save new version … from the left side').click();
  await dialog(ada).getByText('What changes against version 7').waitFor();
  await picture(ada, 'web-save-left');
  await button(ada, 'Save version 8').click();
  await saidLast(ada, 'Saved as version 8.');
  await ada.getByText('saved again from an older version').waitFor();
}

/** Cem's manifest stands on an old version: it is stale, what would be saved is shown, and Ada confirms exactly that. */
async function confirm({ base, namespace, ada, propose, picture }: Stage): Promise<void> {
  await propose({
    ...{ path, baseVersion: 1, comment: 'review by finance, too' },
    body: first.replace('[risk, legal]', '[risk, legal, finance]'),
  });
  await ada.goto(base);
  await ada.getByRole('link', { name: 'Waiting', exact: true }).click();
  const card = ada.getByRole('article', { name: `${namespace}/cem` });
  await card.getByText('What confirming will save on version 8').waitFor();
  await picture(ada, 'web-waiting');
  await card.getByRole('button', { name: 'Confirm exactly this' }).click();
  await saidLast(ada, /Confirmed .*cem/);
  await card.waitFor({ state: 'detached' });
  await find(ada, { namespace });
  await ada.getByText('[risk, legal, finance]').waitFor();
  await ada.getByText('merged from 1 onto 8').waitFor();
}

/** From wherever somebody is, by the links that stand there. */
async function find(page: Page, { namespace }: { readonly namespace: string }): Promise<void> {
  await page.getByRole('link', { name: 'Configs', exact: true }).click();
  await page.getByRole('link', { name: namespace, exact: true }).click();
  await page.getByRole('link', { name: 'limits/', exact: true }).click();
  await page.getByRole('link', { name: 'eu.yaml', exact: true }).click();
  await page.locator('.cm-blame-mark').first().waitFor();
}

async function edit(page: Page, change: (text: string) => string): Promise<void> {
  await page.getByRole('link', { name: 'Edit', exact: true }).click();
  await editorOf(page).waitFor();
  const lines = await page.locator('.editor.editing .cm-line').allTextContents();
  await writeOver(page, change(lines.join('\n')));
}

/** In their order: each goes on from what the one before has left. */
export const stories = { create, update, merge, clash, compare, confirm };
