/**
 * Two people who edit one config in two browsers by random steps, and the small model that holds the history against what
 * they did (as test/setup/writers.ts has it): every version is the one before it with what somebody changed, every save that
 * the page reported is there once, and what is typed and not saved stands in the editor after whatever happens.
 */
import type { BrowserContext, Page } from 'playwright-core';
import { expect } from 'vitest';
import { parse } from 'yaml';
import { until } from '../../setup/until.ts';
import { button, dialog, editorOf, linesIn, signInBeside, writeOver } from './hands.ts';
import { signIn } from './people.ts';
import { takeSaid } from './said.ts';
import { patienceMs } from './world.ts';

export const keys = Array.from({ length: 6 }, (_, index) => `key_${index}`);
export type Values = Readonly<Record<string, number>>;
/** A flat map with a comment a line, so that losing one shows. */
export const textOf = (values: Values) => keys.map(key => `${key}: ${values[key]}  # of ${key}\n`).join('');
export const valuesOf = (text: string): Values => parse(text) as Values;
export const first: Values = Object.fromEntries(keys.map(key => [key, 0]));

export interface Saved {
  readonly who: string;
  /** What the saved text was edited from: its base, or the version on which a clash was decided. */
  readonly baseVersion: number;
  readonly proposed: Values;
  /** null: the page was loaded again before it could tell. */
  readonly version: number | null;
}

export interface EditorOptions {
  readonly who: string;
  readonly context: BrowserContext;
  readonly token: string;
  readonly server: string;
  readonly namespace: string;
  readonly path: string;
  readonly random: (below: number) => number;
  /** The values of a version, as the store has them. */
  readonly read: (version: number) => Promise<Values>;
}

const kinds = [
  'type',
  'type',
  'type',
  'save',
  'save',
  'reload',
  'carry',
  'leave',
  'close',
  'expire',
  'cut off',
] as const;
export type Kind = (typeof kinds)[number];

export class Editor {
  readonly saves: Saved[] = [];
  /** What was done, for the message of a test that fails. */
  readonly done: string[] = [];
  readonly #options: EditorOptions;
  #page: Page;
  #base = 0;
  /** What the editor must hold. */
  #mine: Values = first;

  constructor(page: Page, options: EditorOptions) {
    this.#page = page;
    this.#options = options;
  }

  async open(): Promise<void> {
    const { namespace, path } = this.#options;
    await this.#goto(`edit/${namespace}/${path}`);
    await this.#look();
    this.#mine = valuesOf((await linesIn(this.#page)).join('\n'));
    expect(this.#mine, this.told('what it begins with')).toEqual(await this.#options.read(this.#base));
  }

  told(what: string): string {
    return `${this.#options.who}: ${what}, after ${this.done.join(', ')}`;
  }

  /**
   * One thing that people do, or that happens to them.
   * @param kind default: a random one
   */
  async step(kind: Kind = kinds[this.#options.random(kinds.length)]!): Promise<void> {
    this.done.push(kind);
    await this.#take(kind);
    await this.#expectMine();
  }

  /** Until nothing is left that is not saved. */
  async finish(): Promise<void> {
    this.done.push('finish');
    await this.#save();
    await this.#expectMine();
  }

  async #take(kind: Kind): Promise<void> {
    switch (kind) {
      case 'type':
        return this.#type();
      case 'save':
        return this.#save();
      case 'cut off':
        return this.#cutOff();
      case 'carry':
        return this.#carry();
      case 'reload': {
        const isTyped = await this.#isTyped();
        await this.#untilKept();
        await this.#again(() => this.#page.reload());
        // Where nothing was typed, the latest is opened again, and somebody may have saved another one.
        return isTyped ? undefined : this.#start();
      }
      case 'close':
        await this.#untilKept();
        await this.#close();
        return this.#goOn();
      case 'leave':
        // Nothing is waited for: leaving keeps it.
        await this.#open('Current');
        return this.#goOn();
      case 'expire':
        await this.#options.context.clearCookies();
        await this.#type();
        await this.#page.getByText('Your session ended').waitFor();
        return this.#signInAgain();
    }
  }

  async #type(): Promise<void> {
    const { random } = this.#options;
    const key = keys[random(keys.length)]!;
    const value = random(1_000_000);
    this.#mine = { ...this.#mine, [key]: value };
    if (random(2) === 0) return writeOver(this.#page, textOf(this.#mine));
    const { keyboard } = this.#page;
    await editorOf(this.#page).focus();
    await keyboard.press('Control+Home');
    for (let line = 0; line < keys.indexOf(key); line += 1) await keyboard.press('ArrowDown');
    await keyboard.press('Shift+End');
    await keyboard.type(`${key}: ${value}  # of ${key}`);
  }

  /** Opens the dialog and does what it offers, until it is saved. */
  async #save(): Promise<void> {
    if (!(await this.#isTyped())) return;
    const page = this.#page;
    for (;;) {
      await editorOf(page).focus();
      await page.keyboard.press('Control+s');
      const offered = await this.#offered();
      if (offered === 'unchanged') {
        await button(page, /^Show version/).click();
        break;
      }
      const edit = { baseVersion: this.#base, proposed: this.#mine };
      const wanted = offered === 'clash' ? await this.#decide() : edit;
      await dialog(page)
        .getByRole('button', { name: /^Save (version|exactly|on)/ })
        .click();
      if ((await this.#outcome()) === 'faster') {
        await page.keyboard.press('Escape');
        await dialog(page).waitFor({ state: 'detached' });
        continue;
      }
      const version = await this.#saidVersion();
      if (version !== null) this.saves.push({ who: this.#options.who, ...wanted, version });
      break;
    }
    await this.#open('Edit');
    await this.#start();
  }

  #outcome(): Promise<'saved' | 'faster'> {
    const page = this.#page;
    return until(this.told('the outcome of a save'), patienceMs, async () => {
      await this.#signInIfAsked();
      if (/\/ui\/configs\//.test(page.url())) return 'saved';
      if (await page.getByText('Somebody was faster').isVisible()) return 'faster';
      await this.#tryAgain(/^(Ask again|Try again)$/);
      return null;
    });
  }

  /** As the page announces it. null: there was nothing to save. */
  async #saidVersion(): Promise<number | null> {
    const known = this.saves.map(({ version }) => version);
    const all: string[] = [];
    const said = await until(this.told('the page to tell the version'), patienceMs, async () => {
      all.push(...(await takeSaid(this.#page)));
      if (all.at(-1)?.includes('this very text')) return 'nothing';
      const numbers = all.map(text => Number(/^Saved as version (\d+)\.$/.exec(text)?.[1] ?? 0));
      return numbers.find(number => number > 0 && !known.includes(number));
    });
    return said === 'nothing' ? null : said;
  }

  async #tryAgain(name: string | RegExp): Promise<void> {
    const again = button(this.#page, name).first();
    if (await again.isVisible()) await again.click({ timeout: 1_000 }).catch(() => undefined);
  }

  /** The dialog says what would become of it; the session may be over, and the server away. */
  async #offered(): Promise<'save' | 'clash' | 'unchanged'> {
    const page = this.#page;
    return until(this.told('what the save dialog says'), patienceMs, async () => {
      await this.#signInIfAsked();
      if (await page.getByText('has this very text already').isVisible()) return 'unchanged';
      if (await page.getByRole('article').first().isVisible()) return 'clash';
      if (await button(page, /^Save (version \d|exactly this)/).isVisible()) return 'save';
      await this.#tryAgain('Try again');
      return null;
    });
  }

  /** Theirs or mine, at each place. @returns what will be saved, on which version */
  async #decide(): Promise<Pick<Saved, 'baseVersion' | 'proposed'>> {
    const { random, read } = this.#options;
    const page = this.#page;
    const places = await page.getByRole('article').all();
    const label = (await page.getByRole('button', { name: /^Save on version/ }).textContent()) ?? '';
    const current = Number(/\d+/.exec(label)![0]);
    const [before, theirs] = [await read(this.#base), await read(current)];
    const expected: Record<string, number> = { ...theirs };
    for (const key of keys) if (this.#mine[key] !== before[key]) expected[key] = this.#mine[key]!;
    for (const [index, place] of places.entries()) {
      const side = random(3) === 0 ? 'theirs' : 'mine';
      await button(page, `Keep ${side} at place ${index + 1}`).click();
      const named = new Set((await place.innerText()).match(/key_\d+/g));
      for (const key of named) expected[key] = (side === 'theirs' ? theirs : this.#mine)[key]!;
    }
    const shown = await page.getByLabel('The result as it stands').locator('pre').textContent();
    expect(shown, this.told('the result of a clash')).toBe(textOf(expected));
    return { baseVersion: current, proposed: expected };
  }

  /** Asks to save, and loads the page again before there is an answer: the text is there still, saved or not. */
  async #cutOff(): Promise<void> {
    if (!(await this.#isTyped())) return;
    const page = this.#page;
    await this.#untilKept();
    await editorOf(page).focus();
    await page.keyboard.press('Control+s');
    const offered = await this.#offered();
    if (offered === 'save') {
      this.saves.push({
        who: this.#options.who,
        baseVersion: this.#base,
        proposed: this.#mine,
        version: null,
      });
      await page.evaluate(
        "[...document.querySelectorAll('dialog button.primary')].at(-1).click(); setTimeout(() => location.reload())",
      );
      await page.waitForEvent('load', { timeout: 5_000 }).catch(() => undefined);
    }
    // Where it was saved and said so in time, the draft is gone, and the latest has it.
    await this.#again(() => page.goto(page.url()));
    if (!page.url().includes('/ui/edit/') || !(await this.#isRestored())) return this.#afterCutOff();
  }

  async #isRestored(): Promise<boolean> {
    await this.#look();
    return (await linesIn(this.#page)).join('\n') === textOf(this.#mine);
  }

  async #afterCutOff(): Promise<void> {
    const { namespace, path } = this.#options;
    await this.#goto(`edit/${namespace}/${path}`);
    await this.#start();
  }

  async #carry(): Promise<void> {
    const page = this.#page;
    const carry = button(page, 'Carry my edit onto it');
    if (!(await carry.isVisible())) return;
    const before = await this.#options.read(this.#base);
    await carry.click();
    await until(this.told('what became of carrying'), patienceMs, async () => {
      await this.#signInIfAsked();
      return (await dialog(page).isVisible()) || !(await carry.isVisible()) || (await carry.isEnabled());
    });
    if (await dialog(page).isVisible()) {
      await page.keyboard.press('Escape');
      return dialog(page).waitFor({ state: 'detached' });
    }
    // Where the server was away, nothing was carried.
    if ((await this.#shownBase()) === this.#base) return;
    this.#base = (await this.#shownBase())!;
    const now = await this.#options.read(this.#base);
    const typed = keys.filter(key => this.#mine[key] !== before[key]);
    this.#mine = { ...now, ...Object.fromEntries(typed.map(key => [key, this.#mine[key]!])) };
  }

  /** From the config's page back to what was typed, or to the latest. */
  async #goOn(): Promise<void> {
    const page = this.#page;
    await this.#again(async () => {
      await page.locator('.facts').waitFor({ timeout: 5_000 });
    });
    if (await this.#isTyped()) {
      await this.#goOnTyping();
      // Where a save was cut off, what was typed may be in a version since, and the latest is edited.
      if (!this.#mayBeSaved() || (await this.#isRestored())) return;
    } else await this.#open('Edit');
    return this.#start();
  }

  /** By what the page offers: a moment after the rest of it, as it looks for it in newer versions first. */
  async #goOnTyping(): Promise<void> {
    const page = this.#page;
    const typed = page.getByRole('link', { name: 'Go on with it' });
    if (this.#mayBeSaved()) {
      if (await typed.isVisible()) await typed.click();
      else await this.#open('Edit');
    } else {
      await until(this.told('what was typed to be offered'), patienceMs, async () => {
        await this.#signInIfAsked();
        await this.#tryAgain('Try again');
        return typed.isVisible();
      });
      await typed.click();
    }
    await this.#look();
  }

  #mayBeSaved(): boolean {
    const typed = textOf(this.#mine);
    return this.saves.some(({ version, proposed }) => version === null && textOf(proposed) === typed);
  }

  async #start(): Promise<void> {
    await this.#look();
    this.#mine = await this.#options.read(this.#base);
  }

  async #open(name: 'Edit' | 'Current'): Promise<void> {
    const { namespace, path } = this.#options;
    if (name === 'Edit') return this.#page.getByRole('link', { name, exact: true }).click();
    // As a link somewhere would do.
    await this.#goto(`configs/${namespace}/${path}`);
  }

  async #close(): Promise<void> {
    const { context, namespace, path } = this.#options;
    await this.#page.close();
    this.#page = await context.newPage();
    await this.#goto(`configs/${namespace}/${path}`);
  }

  /** The editor is there; on what it stands. */
  async #look(): Promise<void> {
    await this.#untilShown();
    this.#base = await until(this.told('the base'), patienceMs, () => this.#shownBase());
  }

  async #shownBase(): Promise<number | null> {
    const shown = this.#page.getByText(/^based on version \d+$/);
    if (!(await shown.isVisible())) return null;
    return Number(/\d+/.exec((await shown.textContent()) ?? '')![0]);
  }

  async #isTyped(): Promise<boolean> {
    return textOf(this.#mine) !== textOf(await this.#options.read(this.#base));
  }

  async #untilKept(): Promise<void> {
    if (await this.#isTyped()) await this.#page.getByText('Kept on this computer.').waitFor();
  }

  async #expectMine(): Promise<void> {
    await this.#untilShown();
    const lines = await linesIn(this.#page);
    expect(lines.join('\n'), this.told('what is typed is there')).toBe(textOf(this.#mine));
  }

  /** Until the editor is there, with all that a person is asked for on the way: the server may go at any moment. */
  async #untilShown(): Promise<void> {
    const page = this.#page;
    try {
      await until(this.told('the editor'), patienceMs, async () => {
        await this.#signInIfAsked();
        await this.#tryAgain('Try again');
        // As the button does, and again where the server is away just then.
        if (await button(page, 'Load the page again').isVisible()) await this.#again(() => page.reload());
        return editorOf(page).isVisible();
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${page.url()} shows: ${await page.innerText('body')}`);
    }
  }

  #goto(where: string): Promise<void> {
    return this.#again(() => this.#page.goto(`${this.#options.server}/ui/${where}`));
  }

  /** The server may be away: a person loads the page until it is there. */
  async #again(load: () => Promise<unknown>): Promise<void> {
    const page = this.#page;
    await until(this.told('the page to load'), patienceMs, async () => {
      const loaded = await load().then(
        () => true,
        () => false,
      );
      if (!loaded) await page.reload({ timeout: 5_000 }).catch(() => undefined);
      await page.locator('header.top, .door').first().waitFor({ timeout: 5_000 });
      return true;
    });
    await this.#signInIfAsked();
  }

  async #signInIfAsked(): Promise<void> {
    if (await this.#page.getByText('Your session ended').isVisible()) await this.#signInAgain();
    else if (await this.#page.getByText('Sign in to Pawl').isVisible()) {
      await signIn(this.#options.context, this.#options.server, this.#options.token);
      await this.#page.reload();
    }
  }

  async #signInAgain(): Promise<void> {
    await until(this.told('to be signed in again'), patienceMs, async () => {
      await signInBeside(this.#page, this.#options.token);
      return true;
    });
  }
}

export interface SavedText {
  readonly version: string;
  readonly body_raw: string;
}

/** Holds every text that was saved against what people did. */
export function expectModel(saves: readonly Saved[], history: readonly SavedText[], told: string): void {
  const texts = history.map(({ body_raw }) => valuesOf(body_raw));
  const at = (version: number) => texts[version - 1]!;
  const open = new Set(saves);
  for (const [index, { version, body_raw }] of history.entries()) {
    expect(Number(version), told).toBe(index + 1);
    if (index === 0) continue;
    const made = ({ baseVersion, proposed }: Saved) => {
      const typed = keys.filter(key => at(baseVersion)[key] !== proposed[key]);
      return { ...texts[index - 1]!, ...Object.fromEntries(typed.map(key => [key, proposed[key]!])) };
    };
    const fits = (save: Saved) => save.baseVersion <= index && textOf(made(save)) === body_raw;
    const known = [...open].find(save => save.version === index + 1);
    if (known) expect(body_raw, `${told}: version ${version} by ${known.who}`).toBe(textOf(made(known)));
    const by = known ?? [...open].find(save => save.version === null && fits(save));
    expect(by, `${told}: version ${version} is somebody's: ${body_raw}`).toBeDefined();
    open.delete(by!);
  }
  const lost = [...open].filter(({ version }) => version !== null);
  expect(lost, `${told}: every save that the page reported is there`).toEqual([]);
}
