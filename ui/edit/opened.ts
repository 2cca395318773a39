/** A text as it was opened to be edited. */
import type { Format } from '../../text/format.ts';
import type { Draft } from '../pure/drafts.ts';

export interface Opened {
  /** Of the draft. */
  readonly id: string;
  readonly text: string;
  /** 0: the config is not there yet. */
  readonly base: number;
  readonly comment: string;
  readonly format: Format;
  /** What was typed before, and is shown again. */
  readonly restored: Draft | null;
  /** null: it could not be read. */
  readonly baseText: string | null;
  /** It was to be created, and is there already. */
  readonly existed?: boolean;
}
