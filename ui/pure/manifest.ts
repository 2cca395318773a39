/** A version as a ConfigVersion manifest. Invariant: a YAML reader takes the very same text out of it. */
import type { ConfigName } from './names.ts';

export interface ManifestOf extends ConfigName {
  readonly format: string;
  readonly text: string;
  /** What the edit will be made on. */
  readonly base: number;
}

/** Lines that a block scalar keeps as they are: nothing but printable letters and tabs, without a carriage return. */
const plain =
  /^[\t\n\u0020-\u007e\u00a1-\u00ac\u00ae-\u061b\u061d-\u1fff\u2010-\u2027\u2030-\u205f\u2070-\ud7ff]*$/;

export function manifestOf({ namespace, path, format, text, base }: ManifestOf): string {
  return [
    'apiVersion: pawl.dev/v1alpha1',
    'kind: ConfigVersion',
    'metadata:',
    `  name: ${objectName(path)}`,
    `  namespace: ${namespace}`,
    'spec:',
    `  path: ${JSON.stringify(path)}`,
    `  format: ${format}`,
    `  baseVersion: ${base}`,
    `  body: ${bodyOf(text)}`,
    '',
  ].join('\n');
}

/** As Kubernetes takes names: `limits-eu-yaml`. */
function objectName(path: string): string {
  const name = path
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '');
  return name.slice(-63).replace(/^-+/, '') || 'config';
}

function bodyOf(text: string): string {
  const block =
    plain.test(text) &&
    /[^\s]/.test(text) &&
    /^\S/.test(text) &&
    text.endsWith('\n') &&
    !text.endsWith('\n\n');
  // JSON is YAML; only the letters YAML does not take are left to be written as escapes.
  if (!block)
    return JSON.stringify(text).replace(
      /[\u007f-\uffff]/g,
      letter => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`,
    );
  const lines = text.slice(0, -1).split('\n');
  return ['|', ...lines.map(line => (line === '' ? '' : `    ${line}`))].join('\n');
}
