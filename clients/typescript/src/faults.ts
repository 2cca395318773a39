/** Why a text does not become a value: the place and the kind. Invariant: never the value, which is not for a log. */
import { YAMLError } from 'yaml';
import { PawlError } from './errors.ts';

/** As zod's errors and those of Standard Schema have them. */
interface Issue {
  readonly path?: readonly unknown[];
  readonly code?: unknown;
}

const mostIssues = 5;

export function faultOf(cause: unknown): string {
  if (cause instanceof PawlError && cause.reason === 'invalid') return cause.message;
  if (cause instanceof YAMLError) return `at line ${cause.linePos?.[0].line ?? 1} (${cause.code})`;
  const issues = (cause as { issues?: unknown } | null)?.issues;
  if (Array.isArray(issues) && issues.length > 0) {
    return (issues as Issue[]).slice(0, mostIssues).map(shown).join('; ');
  }
  return `its parser threw ${cause instanceof Error ? cause.constructor.name : typeof cause}`;
}

function shown({ path = [], code }: Issue): string {
  const kind = typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : 'invalid';
  return `at ${path.map(pointerStep).join('') || 'the top'} (${kind})`;
}

/** RFC 6901. */
function pointerStep(step: unknown): string {
  const key = typeof step === 'object' && step !== null && 'key' in step ? step.key : step;
  return `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;
}
