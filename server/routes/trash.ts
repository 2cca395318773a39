/**
 * The trash: what deletes took, while it can be brought back. Invariant: an undelete is a change like any other, so the
 * namespace's policy holds, and the log says who did it; it brings back what was saved once, so no rule judges texts anew.
 */
import type { Undeleted } from '../../api/types.gen.ts';
import type { ConfigId } from '../../history/words/model.ts';
import type { Undeleting } from '../../history/words/request.ts';
import { withoutBypass, withoutCommit } from '../bypass.ts';
import { actorOf, askedConfig, type Handler, nextOf, onConfig, pageOf } from '../call.ts';
import { demandDone, idempotencyOf, keyReused, replayedHeaders } from '../idempotency.ts';
import { trashOf } from '../present.ts';
import { Refused } from '../problems.ts';

export const listTrash: Handler = {
  async answer(call) {
    const namespace = String(call.query.namespace);
    // Whom a list of deleted configs concerns: the people who may delete them. The config namespace may be gone as well.
    await call.gate.demand(call.principal, { verb: 'delete', namespace, path: null });
    const page = await call.history.trash(namespace, pageOf(call), call.signal);
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items: page.items.map(trashOf), ...fields } };
  },
};

export const undeleteConfig: Handler = {
  // It makes a config, and takes back a delete.
  deeds: onConfig('create'),
  async answer(call) {
    const config = askedConfig(call);
    const { principal, signal } = call;
    await call.gate.demand(principal, { verb: 'delete', ...config });
    const idempotency = idempotencyOf(call);
    const instead = 'an undelete has none. Save the text from Git with POST /deployments.';
    const refused = withoutBypass(call, config, 'undelete') ?? withoutCommit(call, config, instead);
    if (refused) await demandDone(refused, call);
    const input = { config, actor: actorOf(principal), idempotency };
    const undeleted = await call.writing.undeleteConfig(input, signal);
    if (undeleted.kind !== 'undeleted') throw refusalOf(config, undeleted);
    const { replayed, versions, firstVersion, lastVersion, latest, live } = undeleted;
    if (!replayed) call.hub.nudge();
    const json: Undeleted = {
      ...{ versions, first_version: Number(firstVersion), last_version: Number(lastVersion) },
      ...{ latest: Number(latest), as_history: live },
    };
    return { status: 200, ...(replayed && { headers: replayedHeaders }), json };
  },
};

function refusalOf(config: ConfigId, undeleted: Exclude<Undeleting, { kind: 'undeleted' }>): Refused {
  const name = `${config.namespace}/${config.path}`;
  switch (undeleted.kind) {
    case 'key-reused':
      return keyReused();
    case 'missing':
      return new Refused(
        'NotFound',
        `Nothing of config ${name} is in the trash. GET /trash?namespace=${config.namespace} lists what can be undeleted.`,
      );
    case 'occupied':
      return new Refused(
        'AlreadyExists',
        `Config ${name} was saved again since, in another format or with the same imported commits. Delete it first, then ` +
          'undelete twice.',
      );
    case 'headless':
      return new Refused(
        'VersionNotFound',
        `What was the latest version of config ${name} was purged. Save a text first, then undelete: the other versions ` +
          'become its history.',
      );
  }
}
