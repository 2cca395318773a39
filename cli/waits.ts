/** What a command ends with whose change was kept, and not saved: others have to approve it first. */
import type { ApprovalRead } from '../api/types.gen.ts';
import { CliError } from './errors.ts';
import { oneLine } from './terminal.ts';

export class WaitsForApproval extends CliError {
  readonly waiting: ApprovalRead;

  constructor(waiting: ApprovalRead) {
    const { id, namespace, paths, needed } = waiting;
    const [path = ''] = paths;
    const what = paths.length === 1 ? `${namespace}/${path}` : `${paths.length} configs of ${namespace}`;
    const others = needed === 1 ? 'one other person has' : `${needed} other people have`;
    super(
      'Waiting',
      `${oneLine(what)}: not saved yet; it is kept until ${others} approved it.\n` +
        `To approve it: kubectl pawl approve ${oneLine(path)} -n ${namespace} --proposal ${id}`,
    );
    this.waiting = waiting;
  }
}

/** An answer that says that a change waits. */
export const isWaiting = (answer: unknown): answer is ApprovalRead =>
  typeof answer === 'object' && answer !== null && 'needed' in answer && 'changes' in answer;
