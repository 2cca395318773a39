/**
 * A refusal as the command line knows it: Pawl's problem, Kubernetes' `Status`, or the answer of a proxy on the way.
 * Invariant: only a problem of Pawl's own has a type other than `about:blank`, so nobody else's answer is taken for
 * Pawl's word on what was done.
 */
import type { Problem } from '../api/types.gen.ts';
import type { Answer, Transport } from './transport.ts';

/** The server said no. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly reason: string;
  readonly problem: Problem;
  /** When the server asks to be asked again; null: it does not say. */
  readonly retryAfterMs: number | null;

  constructor(problem: Problem, retryAfterMs: number | null = null) {
    super(problem.detail);
    this.reason = problem.reason;
    this.problem = problem;
    this.retryAfterMs = retryAfterMs;
  }

  /** The last part of the problem's type: `confirmation-required`. */
  get kind(): string {
    return kindOf(this.problem);
  }
}

export function kindOf(problem: Problem): string {
  return problem.type.split('/').at(-1) ?? '';
}

/** Whether Pawl itself said this. */
export const isOurs = ({ type, detail }: { type?: unknown; detail?: unknown }): boolean =>
  typeof type === 'string' && type !== elsewhere && typeof detail === 'string';

/** The type of a problem that Pawl did not report. */
const elsewhere = 'about:blank';

/** What a question shows is left out where its asker may not see it: what they may do is the server's to say. */
export async function ifAllowed<T>(reading: Promise<T>): Promise<T | null> {
  try {
    return await reading;
  } catch (error) {
    if (error instanceof Refusal && error.reason === 'Forbidden') return null;
    throw error;
  }
}

/** Ours, Kubernetes' `Status` when the API server answered itself, or the words of a proxy on the way. */
export function problemOf({ status, text }: Answer, transport: Transport): Problem {
  let body: Record<string, unknown> = {};
  try {
    const value = JSON.parse(text) as unknown;
    if (value !== null && typeof value === 'object') body = value as Record<string, unknown>;
  } catch {}
  if (isOurs(body)) return body as unknown as Problem;
  const said = typeof body.message === 'string' ? body.message : `status ${status}`;
  const hints: Record<number, string> = {
    401: 'The token or the certificate is not accepted; is it expired, or made for another audience?',
    404: 'Is Pawl installed there, with its aggregated API registered (kubectl get apiservice v1alpha1.store.pawl.dev)? Or give --server.',
    503: 'Pawl’s API is registered there, but no server answers for it.',
  };
  const detail = `${transport.name} answered: ${said}.${hints[status] ? ` ${hints[status]}` : ''}`;
  const reason = typeof body.reason === 'string' ? body.reason : 'Unknown';
  return { type: elsewhere, title: said, status, detail, reason, request_id: '' };
}
