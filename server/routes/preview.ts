/**
 * What a ConfigVersion's manifest would become, for the pipelines of pull requests. Rights are to read only: the object's
 * before the body is read, the config's as soon as the body says which it is. Invariant: nothing is written.
 */
import type { Preview, PreviewRequest } from '../../api/types.gen.ts';
import { savedBy } from '../../history/core/names.ts';
import type { ConfigId } from '../../history/words/model.ts';
import { Reason } from '../../history/words/reasons.ts';
import type { ConfigVersionSpec } from '../../operator/object/config-version.ts';
import type { Call, Handler } from '../call.ts';
import type { Fate, Foreseen } from '../ports.ts';
import { noticesOf } from '../present.ts';
import { Refused } from '../problems.ts';
import { conflictMembers, named, onObjects } from './proposals.ts';

export const previewProposal: Handler = {
  deeds: target => {
    const { namespace, name } = named(target, 'preview');
    return [{ ...onObjects('get', namespace), path: name }];
  },
  async answer(call) {
    const { namespace, name } = named(call.target!, 'preview');
    const { spec: given, annotations = {}, applied_by } = call.body as PreviewRequest;
    const spec = given as ConfigVersionSpec;
    const config = { namespace: spec.namespace ?? namespace, path: spec.path };
    await call.gate.demand(call.principal, { verb: 'get', ...config });
    const appliedBy = applied_by ?? null;
    const manifest = { namespace, name, spec, annotations, appliedBy, sender: call.principal.name };
    const found = await call.proposals.preview(manifest, call.place(), call.signal);
    const seen = demandSeen(found, namespace);
    const { fields, ...said } = await wordsOf(call, config, spec, seen);
    const json: Preview = {
      namespace,
      name,
      config,
      format: spec.format,
      exists: seen.exists,
      ...said,
      ...fields,
    };
    return { status: 200, json };
  },
};

type Seen = Fate & { readonly exists: boolean };

/** Throws Refused where nothing can be foreseen. */
function demandSeen(found: Foreseen, namespace: string): Seen {
  switch (found.kind) {
    case 'unwatched': {
      const detail = `This Pawl does not look into Kubernetes namespace ${namespace}.`;
      throw new Refused('ProposalNotFound', detail);
    }
    case 'untold': {
      const detail = `What Kubernetes namespace ${namespace} may write is not known yet. Try again.`;
      throw new Refused('ApiUnavailable', detail, { retry_after: 2 });
    }
    case 'raced':
      throw new Refused('Busy', 'Others saved the same config again and again meanwhile. Try again.', {
        retry_after: 1,
      });
    default:
      return found;
  }
}

interface Words extends Pick<Preview, 'outcome' | 'reason' | 'message'> {
  readonly fields?: Partial<Preview>;
}

async function wordsOf(call: Call, config: ConfigId, spec: ConfigVersionSpec, seen: Seen): Promise<Words> {
  switch (seen.kind) {
    case 'suspended':
      return {
        ...{ outcome: 'suspended', reason: Reason.Suspended },
        message: 'spec.suspend is true: config, ConfigMap and status would stay as they are.',
      };
    case 'waiting':
      return {
        ...{ outcome: 'waiting', reason: Reason.Progressing },
        message: `Would wait until the text of ConfigVersion ${seen.former} is saved, or that object is gone, and then continue its line (spec.formerly).`,
      };
    case 'immutable':
      return {
        ...{ outcome: 'refused', reason: 'Invalid' },
        message: `The API server would refuse it: spec.${seen.field} is immutable. Give the object another name.`,
      };
    case 'refused': {
      const { stall, change } = seen;
      // A token is of one generation of one object, which is not there yet.
      const { token: _, ...conflict } = stall.conflict ? conflictMembers(stall.conflict) : {};
      const fields = {
        ...conflict,
        ...(stall.violations && { violations: [...stall.violations] }),
        ...(change !== null && { change }),
      };
      return { outcome: 'refused', reason: stall.reason, message: stall.message, fields };
    }
    case 'unchanged': {
      const { version } = seen;
      const message = `Would change nothing: version ${version} has this text, or what it changes, already.`;
      return {
        outcome: 'unchanged',
        reason: Reason.Unchanged,
        message,
        fields: { version: Number(version) },
      };
    }
    default:
      return savedWords(call, config, spec, seen);
  }
}

async function savedWords(
  call: Call,
  { namespace, path }: ConfigId,
  { format }: ConfigVersionSpec,
  { kind, version, onto, text, notices }: Extract<Fate, { kind: 'saved' | 'merged' }>,
): Promise<Words> {
  const fields = {
    version: Number(version),
    ...(onto && {
      current_version: Number(onto.record.version),
      ...(onto.record.author && { current_author: onto.record.author }),
      current_actor: onto.record.actor.name,
    }),
  };
  const from = { text: onto?.text ?? '', label: onto ? `version ${onto.record.version}` : '/dev/null' };
  if (from.text.length + text.length > 16_384) call.hold(2 * (from.text.length + text.length));
  const to = { text, label: `version ${version}` };
  const compared = await call.comparer.compare(
    { format, from, to, maxBytes: call.maxBodyBytes },
    call.place(),
  );
  const change = 'problem' in compared ? undefined : compared.unified;
  const name = `version ${version} of ${namespace}/${path}`;
  const message =
    kind === 'merged'
      ? `Would be merged with ${savedBy(onto!.record)} and saved as ${name}.`
      : `Would be saved as ${name}${onto ? `, after ${savedBy(onto.record)}` : ', its first'}.`;
  return {
    ...{ outcome: kind, reason: kind === 'merged' ? Reason.Merged : Reason.Saved, message },
    fields: { ...fields, ...(change && { change }), ...noticesOf({ kind, ...(notices && { notices }) }) },
  };
}
