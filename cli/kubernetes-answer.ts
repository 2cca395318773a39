/** What the API server answered, as JSON. Invariant: an answer that is not a success is a refusal, in its own words. */
import { CliError } from './errors.ts';

/** The API server refused, in its own words. */
export class KubernetesRefusal extends CliError {
  readonly status: number;

  constructor(status: number, message: string) {
    super('Refused', message);
    this.status = status;
  }
}

/** @throws KubernetesRefusal */
export function bodyOfAnswer<T>(
  { status, text }: { readonly status: number; readonly text: string },
  server: string,
): T {
  let body: { message?: string } = {};
  try {
    body = JSON.parse(text) as { message?: string };
  } catch {}
  if (status >= 200 && status < 300) return body as T;
  throw new KubernetesRefusal(
    status,
    `${server} answered ${status}: ${body.message ?? 'nothing that can be read'}`,
  );
}
