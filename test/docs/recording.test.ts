/** The recorded terminal shows what site/story.md has, which test/local/docs-pages.test.ts compares with what is printed. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { root } from '../../site/pages.ts';
import { draw, linesOf, recording, story } from '../../site/recording.ts';
import { textOf } from '../setup/pages.ts';

it('the picture is what the page makes of it (npm run record)', () => {
  expect(readFileSync(join(root, recording), 'utf8')).toBe(draw(textOf(story)));
});

it('it shows each person’s save, merge and conflict, and no path of the machine it was made on', () => {
  const text = linesOf(textOf(story))
    .map(line => line.text)
    .join('\n');
  for (const said of ['Deployed 1 change', 'merged', 'Nothing was saved', 'exit status 3'])
    expect(text).toContain(said);
  expect(text).not.toMatch(/\/(tmp|home|root|Users)\//);
});

it('long lines are wrapped at the terminal’s width, and nothing of a text becomes markup', () => {
  const page = `## Ada: one\n\n\`\`\`sh\n${'x'.repeat(130)}\n\`\`\`\n\n\`\`\`text\na <b> & "c"\n\`\`\`\n`;
  expect(linesOf(page).map(({ text }) => text.length)).toEqual([10, 99, 31, 11]);
  expect(draw(page)).toContain('a &lt;b&gt; &amp; "c"');
});
