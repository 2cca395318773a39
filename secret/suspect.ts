/** One stretch of a text that may be a secret, in UTF-16 offsets. Data only: all that finds secrets speaks in these. */
export interface Suspect {
  /** What found it, in lower case with hyphens. */
  readonly rule: string;
  readonly start: number;
  readonly end: number;
}

/** Templates and references: what is filled in elsewhere is no secret here. */
const reference =
  /\$\{|\$\(|\{\{|<[^<>]{0,80}>|^\$[A-Za-z_]|^%[A-Za-z_]\w{0,80}%$|^(?:vault|secret|ref|file|env|ssm|op|sops|kms|arn|gcp|aws|azure)[:+]|^ENC\[/;

export const isReference = (value: string): boolean => reference.test(value);
