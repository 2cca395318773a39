/** The last good text of a config, kept for a start without the server; where it is kept is for others to say. */

export interface Kept {
  readonly server: string;
  readonly namespace: string;
  readonly path: string;
  readonly format: string;
  readonly version: number;
  readonly content_sha256: string;
  readonly body_raw: string;
}

export interface KeptTexts {
  /** Undefined: there is none, or it is not whole. @returns with the milliseconds since the server last confirmed it */
  read(namespace: string, path: string): Promise<{ readonly kept: Kept; readonly ageMs: number } | undefined>;
  write(kept: Kept): Promise<void>;
  /** The server has confirmed it just now. */
  touch(namespace: string, path: string): Promise<void>;
}
