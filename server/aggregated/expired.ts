/** The refusal of what was there once. Invariant: clients of Kubernetes list again when they get it. */
import { Refused } from '../problems.ts';

/** Kubernetes asks for this status, which the HTTP API does not have. */
export class Expired extends Refused {
  constructor(detail: string) {
    super('InvalidCursor', detail);
  }

  override get status(): number {
    return 410;
  }
}
