/**
 * Texts with places in them, `{{who}} saved {{path}}`, filled by name. Not a language: nothing is evaluated, so that a
 * template of one person and a comment of another stay texts. Invariant: what is filled in is never read as a template. Pure.
 */

const place = /\{\{\s*([A-Za-z]*)\s*\}\}/g;

/** The names in it that are not known, each once. */
export function unknownPlaces(template: string, known: readonly string[]): string[] {
  const names = [...template.matchAll(place)].map(([, name]) => name!);
  return [...new Set(names.filter(name => !known.includes(name)))];
}

export function filled(template: string, values: Readonly<Record<string, string>>): string {
  return template.replace(place, (_, name: string) => (Object.hasOwn(values, name) ? values[name]! : ''));
}

/** Slack reads these three as markup: a link, a mention of a whole channel. */
export function slackEscaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
