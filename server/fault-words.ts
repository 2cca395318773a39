/**
 * What a request must be like, where the schemas of api/openapi.yaml say it with a regular expression or a format.
 * Invariant: nobody is answered with an expression.
 */
import type { ErrorObject } from 'ajv';

const lowerCase = 'and begin and end with a letter or a digit';
const printed = 'must be of ASCII letters, digits and signs, without blanks';

/** Expression → what it asks for. */
export const patternWords: Readonly<Record<string, string>> = {
  '^[^\\u0000]*$': 'must not have the character U+0000',
  '^[a-z0-9-]{1,63}(,[a-z0-9-]{1,63}){0,19}$':
    'must be 1 to 20 names of config namespaces, with commas between them',
  '^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$': `must be of lower-case letters, digits, dashes and dots, ${lowerCase}`,
  '^[a-z0-9]([-a-z0-9]*[a-z0-9])?$': `must be of lower-case letters, digits and dashes, ${lowerCase}`,
  '^[A-Za-z0-9._@+=/-]*$': 'must be of letters, digits and . _ @ + = - /',
  '^[A-Za-z0-9._@+=-]+(/[A-Za-z0-9._@+=-]+)*$':
    'must be of letters, digits and . _ @ + = - in segments joined by slashes',
  '^[-._a-zA-Z0-9]+$': 'must be of letters, digits, dots, dashes and underscores',
  '^[!-~]+$': printed,
  '^((W/)?"(0|[1-9][0-9]{0,14})"|0|[1-9][0-9]{0,14})$': 'must be one version, such as "7" or W/"7"',
  '^((W/)?"(0|[1-9][0-9]{0,14})"|0|[1-9][0-9]{0,14}|[*])$': 'must be one version, such as "7" or W/"7", or *',
  '^[0-9a-f]{64}$': 'must be of 64 digits from 0 to f, letters in lower case',
  '^[0-9a-f]{7,64}$': 'must be of 7 to 64 digits from 0 to f, letters in lower case',
  '^([0-9a-f]{40}|[0-9a-f]{64})$': 'must be of 40 or 64 digits from 0 to f, letters in lower case',
  '^[^\\x00-\\x1f\\x7f-\\x9f\\u2028\\u2029]*$': 'must be one line without control characters',
};

/** Expression that nothing may match → what not to write. */
export const forbiddenWords: Readonly<Record<string, string>> = {
  '(^|/)[.]{1,2}(/|$)': 'must not have . or .. between slashes',
};

/** Format → what it asks for. */
export const formatWords: Readonly<Record<string, string>> = {
  'date-time': 'must be a time with its zone, such as 2026-01-31T12:00:00Z',
};

/** Of what ajv found with `verbose`. */
export function wordsOf({ keyword, schema, params, message = 'is wrong' }: ErrorObject): string {
  const { pattern, format, allowedValues } = params as {
    pattern?: string;
    format?: string;
    allowedValues?: unknown;
  };
  switch (keyword) {
    case 'additionalProperties':
      return 'is not known here';
    case 'pattern':
      return patternWords[pattern!] ?? message;
    case 'format':
      return formatWords[format!] ?? message;
    case 'not':
      return forbiddenWords[(schema as { pattern?: string }).pattern!] ?? message;
    default:
      return Array.isArray(allowedValues) ? `${message}: ${allowedValues.join(', ')}` : message;
  }
}
