import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { firstLine, personOf, visible } from '../../text/words.ts';

const esc = '\u001b';

describe('other people’s words', () => {
  it('are one line that obeys nobody, whatever they were', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        fc.string({ unit: 'binary' }),
        fc.boolean(),
        (author, name, verified) => {
          for (const said of [
            visible(author),
            firstLine(author),
            personOf({ author, actor: { name, verified } }),
          ]) {
            expect(said).not.toMatch(/[\p{Cc}\p{Cs}\u2028\u2029\u202a-\u202e\u2066-\u2069]/u);
          }
        },
      ),
    );
  });

  it.each([
    [`ada${esc}[2J`, 'ada\\u{1b}[2J'],
    ['ada\r\nReady: True', 'ada\\u{d}\\u{a}Ready: True'],
    ['ada\u202e', 'ada\\u{202e}'],
    ['Zoë 😀', 'Zoë 😀'],
  ])('such as %j are %s', (text, shown) => {
    expect(visible(text)).toBe(shown);
  });

  it('keep the first line of a comment, and no half of a character', () => {
    expect(firstLine('raise the cap\r\n\r\nlonger')).toBe('raise the cap');
    expect([...firstLine('😀'.repeat(100))].every(one => one === '😀' || one === '…')).toBe(true);
  });
});

describe('a person', () => {
  const actor = (name: string, verified: boolean) => ({ name, verified });
  it.each([
    ['ada', actor('ada', true), 'ada'],
    ['ada', actor('ci', true), 'ada (ci)'],
    ['ada', actor('kubectl', false), 'ada'],
    ['', actor('ci', true), 'ci'],
    ['', actor('kubectl', false), 'somebody using kubectl'],
    ['', actor('', false), 'somebody unnamed'],
  ])('%j by %o is %s', (author, by, said) => {
    expect(personOf({ author, actor: by })).toBe(said);
  });
});
