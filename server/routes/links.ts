/** The hash chain over the versions of configs, for people who check that nobody changed the history in the database. */
import type { LinkedFacts, LinkedVersion } from '../../api/types.gen.ts';
import type { LinkedFacts as Facts, LinkRecord } from '../../history/words/link.ts';
import { demandNamespace, type Handler, nextOf, pageOf } from '../call.ts';
import type { Target } from '../target.ts';

export const listLinks: Handler = {
  readsMuch: true,
  // Of a config, or of a whole namespace.
  deeds: ({ namespace, path }: Target) => [{ verb: 'get', namespace, path }],
  async answer(call) {
    const { namespace, path } = call.target!;
    await demandNamespace(call, namespace);
    const page = await call.history.links({ namespace, path }, pageOf(call), call.signal);
    const { fields, headers } = nextOf(call, page.next);
    return { status: 200, headers, json: { items: page.items.map(linkedOf), ...fields } };
  },
};

export function linkedOf({ config, version, link, facts, gone, waits }: LinkRecord): LinkedVersion {
  return {
    ...{ path: config.path, version: Number(version) },
    ...(link && {
      link: {
        ...{ sha256: link.sha256, hints: link.hints },
        ...(link.lateAt && { late_at: link.lateAt.toISOString() }),
      },
    }),
    ...(facts && { facts: factsOf(facts) }),
    ...(gone && {
      deleted: {
        ...{ at: gone.at.toISOString(), login: gone.login },
        ...(gone.by && { by: gone.by.name, by_verified: gone.by.verified }),
        ...(gone.reason !== null && { reason: gone.reason }),
      },
    }),
    ...(waits && { waits }),
  };
}

function factsOf({ git, authored, baseVersion, mergedOnto, ...facts }: Facts): LinkedFacts {
  const number = (version: bigint | null) => (version === null ? null : Number(version));
  return {
    ...{ format: facts.format, content_sha256: facts.sha256, created_by: facts.author },
    ...{ actor: facts.actor.name, actor_verified: facts.actor.verified, confirmed_by: facts.confirmedBy },
    ...{ kind: facts.kind, base_version: number(baseVersion), merged_onto: number(mergedOnto) },
    comment: facts.comment,
    ...{ git_commit: git.commit, git_branch: git.branch, git_dirty: git.dirty },
    ...{ git_remote: git.remote, git_path: git.path },
    created_at: facts.createdAt,
    ...{ authored_at: authored?.at ?? null, authored_offset: authored?.offsetMinutes ?? null },
  };
}
