/**
 * Tokens of well-known providers, by the rules of secretlint. They are run without secretlint's core, which is asynchronous
 * and takes directives out of the text. Invariant: they see only lines in which something stands that such tokens begin
 * with, so that their patterns cost other texts nothing. For the worker thread: no bound is known for these patterns.
 */
import { rules } from '@secretlint/secretlint-rule-preset-recommend';
import { wordParts } from './scan.ts';
import { isReference, type Suspect } from './suspect.ts';

/** What stands in the words in which the rules find anything, apart from addresses. */
const beginnings =
  /hooks\.slack\.com\/services|T3BlbkFJ|(?<![A-Za-z])(?:npm_|gh[oprsu]_|github_pat_|glpat-|glc_|glsa_|sk-ant-|gsk_|hf_|lin_api_|ntn_|ops_ey|hv[brs]\.|vc[aikpr]_|dapi|dckr_pat_|figd_|cf(?:k|ut|at)_|tskey-|[rs]k_(?:live|test)_|shp(?:pa|ca|at|ss)_|x(?:ox[abopr]|app)-|SG\.)(?=[\w.-]{12})|(?:SECRET|secret|Secret)_?(?:ACCESS|access|Access)_?(?:KEY|key|Key)/;

/** Words have at most so many letters that count. */
const maxWord = 8_192;

/** @param has which of `wordParts` are in the word */
export function mayBeToken(text: string, start: number, end: number, has: number): boolean {
  const word = text.slice(start, Math.min(end, start + maxWord));
  // Only one kind of token has no sign in it.
  return has & wordParts.sign ? beginnings.test(word) : has & wordParts.digit ? word.includes('dapi') : false;
}

interface Rule {
  readonly meta: { readonly id: string; readonly type: string };
  create(context: object, options: object): { file?(source: object): unknown };
}

/** Without the one that takes directives, and those of which `private-key` finds more. */
const used = (rules as readonly unknown[] as readonly Rule[]).filter(
  ({ meta }) => meta.type === 'scanner' && !/-rule-(?:privatekey|gcp|filter-comments)$/.test(meta.id),
);

/** @param places where something begins, in the order of the text; each line is searched once */
export function* providerTokens(text: string, places: readonly number[]): Generator<Suspect> {
  let searched = 0;
  for (const place of places) {
    if (place < searched) continue;
    const start = text.lastIndexOf('\n', place) + 1;
    const next = text.indexOf('\n', place);
    searched = next === -1 ? text.length : next + 1;
    yield* tokensIn(text.slice(start, searched), start);
  }
}

function* tokensIn(content: string, offset: number): Generator<Suspect> {
  const found: Suspect[] = [];
  for (const rule of used) {
    const name = rule.meta.id.replace(/^.*-rule-/, '');
    const report = ({ range: [start, end] }: { readonly range: readonly [number, number] }) => {
      if (!isReference(content.slice(start, end)))
        found.push({ rule: name, start: offset + start, end: offset + end });
    };
    const context = { report, ignore: () => undefined, createTranslator, sharedOptions: {} };
    rule.create(context, {}).file?.({ content, contentType: 'text', ext: '', filePath: undefined });
  }
  yield* found;
}

/** What a rule would say of it holds the secret, so nobody is told. */
const createTranslator = () => (messageId: string) => ({ messageId, message: '' });
