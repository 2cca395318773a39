/**
 * The setup of every editor on the page. Invariant: a text comes out of it byte for byte as it went in: its line ends
 * are kept as they are, also where they are mixed, and what cannot be seen is marked.
 */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands';
import { json } from '@codemirror/lang-json';
import { yaml } from '@codemirror/lang-yaml';
import {
  bracketMatching,
  HighlightStyle,
  indentOnInput,
  indentUnit,
  StreamLanguage,
  syntaxHighlighting,
} from '@codemirror/language';
import { json as jsonWithComments } from '@codemirror/legacy-modes/mode/javascript';
import { properties } from '@codemirror/legacy-modes/mode/properties';
import { toml } from '@codemirror/legacy-modes/mode/toml';
import { highlightSelectionMatches, search, searchKeymap } from '@codemirror/search';
import { EditorState, type Extension } from '@codemirror/state';
import {
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  highlightSpecialChars,
  keymap,
  lineNumbers,
} from '@codemirror/view';
import { tags } from '@lezer/highlight';
import type { Format } from '../../text/format.ts';

/** How a text is coloured; null: not at all. */
const languages: Readonly<Record<Format, (() => Extension) | null>> = {
  yaml,
  json,
  jsonc: () => StreamLanguage.define(jsonWithComments),
  properties: () => StreamLanguage.define(properties),
  env: () => StreamLanguage.define(properties),
  ini: () => StreamLanguage.define(properties),
  toml: () => StreamLanguage.define(toml),
  text: null,
};

const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';

/** Texts that are larger are not coloured: it would cost more than it helps. */
const colouredBytes = 512 * 1024;

const colours = HighlightStyle.define([
  { tag: [tags.propertyName, tags.definition(tags.propertyName)], color: 'var(--code-key)' },
  { tag: [tags.string, tags.special(tags.string)], color: 'var(--code-string)' },
  { tag: [tags.number, tags.bool, tags.null, tags.atom], color: 'var(--code-value)' },
  { tag: tags.keyword, color: 'var(--code-value)' },
  { tag: tags.comment, color: 'var(--code-comment)', fontStyle: 'italic' },
  { tag: [tags.meta, tags.labelName, tags.typeName], color: 'var(--code-mark)' },
  { tag: tags.invalid, textDecoration: 'underline wavy var(--bad)' },
]);

const theme = EditorView.theme({
  '&': { color: 'var(--ink)', backgroundColor: 'var(--surface)', fontSize: 'var(--code-size)' },
  // Above the gutters, which would hide an outline.
  '&.cm-focused': { outline: 'none' },
  '&.cm-focused::after': {
    content: '""',
    position: 'absolute',
    inset: '0',
    zIndex: '300',
    border: '2px solid var(--focus)',
    pointerEvents: 'none',
  },
  '.cm-scroller': { fontFamily: 'var(--mono)', lineHeight: '1.6' },
  '.cm-content': { caretColor: 'var(--ink)', padding: '8px 0' },
  '.cm-line': { padding: '0 12px 0 8px' },
  '.cm-gutters': { backgroundColor: 'var(--surface)', color: 'var(--quiet)', border: 'none' },
  '.cm-lineNumbers .cm-gutterElement': { padding: '0 10px 0 12px', minWidth: '40px' },
  '.cm-activeLine': { backgroundColor: 'var(--line-at)' },
  '.cm-activeLineGutter': { backgroundColor: 'var(--line-at)', color: 'var(--ink)' },
  '&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground': {
    background: 'var(--selection) !important',
  },
  '.cm-cursor': { borderLeftColor: 'var(--ink)' },
  '.cm-specialChar': {
    color: 'var(--warn)',
    border: '1px solid currentColor',
    borderRadius: '3px',
    padding: '0 3px',
    fontSize: '0.85em',
  },
  '.cm-panels': { backgroundColor: 'var(--raised)', color: 'var(--ink)' },
  '.cm-panels.cm-panels-bottom': { borderTop: '1px solid var(--border)' },
  '.cm-searchMatch': { backgroundColor: 'var(--found)' },
  '.cm-selectionMatch': { backgroundColor: 'var(--found)' },
  '.cm-textfield': {
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--border-strong)',
  },
  '.cm-button': {
    backgroundImage: 'none',
    backgroundColor: 'var(--surface)',
    color: 'var(--ink)',
    border: '1px solid var(--border-strong)',
  },
  '.cm-tooltip': { backgroundColor: 'var(--raised)', color: 'var(--ink)', border: '1px solid var(--border)' },
  '.cm-blame': { width: '195px', padding: '0 12px 0 12px', borderRight: '1px solid var(--border)' },
  '.cm-blame-mark': {
    display: 'block',
    overflow: 'hidden',
    textOverflow: 'ellipsis',
    whiteSpace: 'pre',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
    lineHeight: 'inherit',
  },
  // Who changed a line is said below the text, too.
  '@media (max-width: 700px)': { '.cm-blame': { display: 'none !important' } },
  '.cm-blame-mark a': { color: 'var(--link)', textDecoration: 'underline' },
  // Side by side.
  '.cm-changedLine': { backgroundColor: 'var(--changed-line) !important' },
  '.cm-changedText': { background: 'var(--changed-text) !important', borderRadius: '2px' },
  '.cm-changeGutter': { width: '4px', paddingLeft: '0' },
  '.cm-changedLineGutter': { background: 'var(--changed-edge)' },
  '.cm-collapsedLines': {
    background: 'var(--raised)',
    color: 'var(--quiet)',
    padding: '3px 12px',
    fontFamily: 'var(--sans)',
    fontSize: '12px',
  },
});

/** The line end of a text: a carriage return belongs to it only where each has one, and is a character elsewhere. */
export function lineEndOf(text: string): '\n' | '\r\n' {
  return text.includes('\r\n') && !/(?<!\r)\n|\r(?!\n)/.test(text) ? '\r\n' : '\n';
}

const stillness = window.matchMedia('(prefers-reduced-motion: reduce)');

export interface SetupOptions {
  readonly text: string;
  readonly format: Format;
  /** What screen readers call it. */
  readonly label: string;
  readonly readOnly?: boolean;
}

export function setup({ text, format, label, readOnly = false }: SetupOptions): Extension {
  return [
    EditorView.cspNonce.of(nonce),
    EditorState.lineSeparator.of(lineEndOf(text)),
    EditorView.clipboardInputFilter.of(pasted => pasted.replaceAll('\r\n', '\n')),
    EditorView.contentAttributes.of({
      'aria-label': label,
      spellcheck: 'false',
      ...(readOnly && { 'aria-readonly': 'true' }),
    }),
    EditorState.readOnly.of(readOnly),
    indentUnit.of('  '),
    lineNumbers(),
    highlightSpecialChars({
      addSpecialChars: /[\u200b-\u200f\u2060-\u2064\u2066-\u2069\u202a-\u202e\u180e\r]/g,
    }),
    history(),
    drawSelection({ cursorBlinkRate: stillness.matches ? 0 : 1_200 }),
    indentOnInput(),
    bracketMatching(),
    highlightSelectionMatches(),
    search({ top: true }),
    ...(readOnly ? [] : [highlightActiveLine(), highlightActiveLineGutter()]),
    keymap.of([...defaultKeymap, ...historyKeymap, ...searchKeymap]),
    ...(text.length <= colouredBytes ? [languages[format]?.() ?? [], syntaxHighlighting(colours)] : []),
    theme,
  ];
}

/** A text in its own line ends, byte for byte. */
export const textIn = (state: EditorState): string => state.sliceDoc();
