/** Texts with places: filled by name, never evaluated, and safe to show in Slack. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { filled, slackEscaped, unknownPlaces } from '../../operator/notify/template.ts';

describe('a template', () => {
  it('is filled by name, with blanks or without', () => {
    expect(filled('{{who}} saved {{ path }}', { who: 'ada', path: 'a.yaml' })).toBe('ada saved a.yaml');
  });

  it('does not read what is filled in as a template again', () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), (who, path) => {
        expect(filled('{{who}}|{{path}}', { who, path })).toBe(`${who}|${path}`);
      }),
    );
    expect(filled('{{who}}', { who: '{{path}} $& $1', path: 'x' })).toBe('{{path}} $& $1');
  });

  it('without places is itself, whatever it holds', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        fc.pre(!text.includes('{{'));
        expect(filled(text, {})).toBe(text);
      }),
    );
  });

  it('reaches nothing but the values, and tells which names it does not know', () => {
    expect(filled('{{constructor}}{{toString}}', {})).toBe('');
    expect(unknownPlaces('{{who}} {{whom}} {{whom}} {{constructor}}', ['who'])).toEqual([
      'whom',
      'constructor',
    ]);
  });
});

it('nothing that is escaped for Slack mentions a channel or makes a link', () => {
  fc.assert(
    fc.property(fc.string(), text => {
      expect(slackEscaped(text)).not.toMatch(/[<>]/);
    }),
  );
  expect(slackEscaped('<!channel> a&b')).toBe('&lt;!channel&gt; a&amp;b');
});
