/** What is well around this server and what is not, for people who look after Pawl. */
import type { Handler } from '../call.ts';
import { diagnose } from '../diagnosis.ts';

export const diagnosePawl: Handler = {
  async answer({ gate, principal, surroundings, signal }) {
    await gate.demand(principal, { verb: 'get', of: 'diagnoses', namespace: null, path: null });
    return { status: 200, json: { checks: surroundings ? diagnose(await surroundings(signal)) : [] } };
  },
};
