/**
 * Who asks for credentials, and with what: everything that choosing a way to the server may know of its surroundings.
 */

export type Env = Readonly<Record<string, string | undefined>>;

export interface Asking {
  readonly env: Env;
  readonly userAgent: string;
  /** Whether a credential plugin may ask the person. */
  readonly interactive: boolean;
  /** Ends a credential plugin that is still running. */
  readonly signal?: AbortSignal;
}
