/** Asks the server what a save would do; nothing is saved. */
import type { SaveConfig } from '../../api/types.gen.ts';
import { type ConfigName, trySave } from '../api/calls.ts';
import { isPassing, isSignedOut, Refusal } from '../api/client.ts';
import { type Outlook, outlookOf, type Proposal } from '../pure/outlook.ts';

export const bodyOf = ({ text, base }: Proposal): SaveConfig => ({
  body_raw: text,
  base_version: base,
  on_stale: 'confirm',
});

/** Rejects when nobody answers yet, or nobody is signed in. */
export async function lookAt(config: ConfigName, proposal: Proposal, signal?: AbortSignal): Promise<Outlook> {
  try {
    const { result, latest, notes = [] } = await trySave(config, bodyOf(proposal), signal);
    if (result === 'unchanged') return { kind: 'unchanged', version: latest.version };
    return { kind: 'plain', next: latest.version, notes };
  } catch (error) {
    if (!(error instanceof Refusal) || isPassing(error) || isSignedOut(error)) throw error;
    return outlookOf(error.problem);
  }
}
