/**
 * Numbers as JSON text without ever being a JavaScript number. The invariant: what comes out has exactly
 * the value that went in, either as a JSON number or, when no database should be asked to hold it, as a
 * string of its spelling.
 */

/**
 * More digits than this before or after the point become a string. PostgreSQL's numeric takes 131,072 and
 * 16,383, but ten bytes such as 1e131071 then print as 128 KiB, and a body may hold 100,000 of them.
 */
const maxDigits = 1000;

const jsonNumber = /^(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?$/;

/** @param lexeme a number as RFC 8259 spells it */
export function numberJson(lexeme: string): string {
  if (lexeme.length <= 16 && !/[eE]/.test(lexeme)) return lexeme;
  const [, , whole = '', fraction = '', exponent = '0'] = jsonNumber.exec(lexeme) ?? [];
  const shift = Number(exponent);
  const before = whole.length + Math.max(0, shift);
  const after = fraction.length + Math.max(0, -shift);
  return before <= maxDigits && after <= maxDigits ? lexeme : JSON.stringify(lexeme);
}

const yamlFloat = /^([-+]?)(?:([0-9]+)(?:\.([0-9]*))?|\.([0-9]+))(?:[eE]([-+]?[0-9]+))?$/;
const yamlRadix = /^(?:0o[0-7]+|0x[0-9a-fA-F]+)$/;
const yamlNotFinite = /^(?:[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN))$/;

/**
 * A plain scalar of the YAML 1.2 core schema as JSON, or null when it is not a number. `.inf` and `.nan` become strings
 * of their spelling; hexadecimal and octal are converted exactly.
 */
export function yamlNumberJson(spelling: string): string | null {
  const first = spelling.charCodeAt(0);
  // Digits, '+', '-' and '.' are the only starts: most scalars end here.
  if (!((first >= 0x30 && first <= 0x39) || first === 0x2b || first === 0x2d || first === 0x2e)) return null;
  if (yamlRadix.test(spelling)) {
    return spelling.length > maxDigits ? JSON.stringify(spelling) : BigInt(spelling).toString();
  }
  if (yamlNotFinite.test(spelling)) return JSON.stringify(spelling);
  const lexeme = yamlDecimalLexeme(spelling);
  if (lexeme === null) return null;
  const json = numberJson(lexeme);
  return json === lexeme ? json : JSON.stringify(spelling);
}

/** A decimal number of the YAML 1.2 core schema as RFC 8259 spells it, whatever its size; null for others. */
export function yamlDecimalLexeme(spelling: string): string | null {
  const found = yamlFloat.exec(spelling);
  if (!found) return null;
  const [, sign, whole = '', fraction = found[4] ?? '', , exponent] = found;
  const digits = whole.replace(/^0+(?=[0-9])/, '') || '0';
  return (
    (sign === '-' ? '-' : '') +
    digits +
    (fraction === '' ? '' : `.${fraction}`) +
    (exponent === undefined ? '' : `e${exponent}`)
  );
}
