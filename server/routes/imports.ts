/**
 * Commits of a Git history as versions. The right to import is asked for the namespace before the body is read, and the
 * right to write for each config that the body names. Invariant: nothing is imported in another's name without the first.
 */
import type { ImportedCommit, ImportItem, NewImport } from '../../api/types.gen.ts';
import { lawOfPolicy } from '../../history/core/law.ts';
import type { ImportAnswer } from '../../history/settle/imports.ts';
import type { CommitToImport } from '../../history/words/imports.ts';
import type { AuthoredAt } from '../../history/words/model.ts';
import { withoutBypass } from '../bypass.ts';
import { actorOf, askedNamespace, type Call, demandNamespace, type Handler, onNamespace } from '../call.ts';
import { invalid } from '../errors.ts';
import { problemOf, Refused, refusedBy } from '../problems.ts';
import { configIn, targetOfUrl } from '../target.ts';

export const importVersions: Handler = {
  deeds: onNamespace('import'),
  async answer(call) {
    const { principal, gate, namespaces, signal, requestId } = call;
    const namespace = askedNamespace(call);
    const body = call.body as NewImport;
    const commits = body.versions.map(one => commitOf(namespace, one, body));
    for (const { config, after } of firstOfEach(commits))
      await gate.demand(principal, { verb: after === 0n ? 'create' : 'update', ...config });
    await demandNamespace(call, namespace);
    const policy = namespaces.policy(namespace);
    for (const { config } of firstOfEach(commits)) {
      const refused = withoutBypass(call, config, 'import');
      if (refused) throw refused;
    }
    const maxBodyBytes = Math.min(call.maxBodyBytes, policy.maxBodyBytes ?? call.maxBodyBytes);
    const law = lawOfPolicy({ ...policy, maxBodyBytes });
    const request = { namespace, commits, actor: actorOf(principal), law };
    const written = await call.writing.import(request, call.place(), signal);
    switch (written.kind) {
      case 'refused':
        throw refusedBy(written.refusal, null);
      case 'busy':
        throw new Refused(
          'Busy',
          'Others saved the same configs meanwhile. Nothing was imported. Try again.',
          {
            retry_after: 1,
          },
        );
      case 'untold': {
        const detail =
          'An object shows a later version than the database. Nothing was imported. Try again soon.';
        throw new Refused('Busy', detail, { retry_after: 2 });
      }
      case 'written': {
        if (written.answers.some(({ kind }) => kind === 'imported')) call.hub.nudge();
        const items = written.answers.map((answer, index) =>
          itemOf(body.versions[index]!, answer, requestId),
        );
        return { status: 200, json: { items } };
      }
    }
  },
};

function commitOf(namespace: string, one: ImportedCommit, { branch, remote }: NewImport): CommitToImport {
  const { path, format, body_raw: text, commit, author, comment = '', file, after = 0, parent_sha256 } = one;
  return {
    config: configIn(targetOfUrl(`/imports/${namespace}/${path}`)),
    ...{ format: format ?? null, text, author, comment, after: BigInt(after) },
    authored: authoredAt(one.authored_at),
    git: {
      ...{ commit, dirty: false },
      ...(branch !== undefined && { branch }),
      ...(remote !== undefined && { remote }),
      ...(file !== undefined && { path: file }),
    },
    parentSha256: parent_sha256 ?? null,
  };
}

/** Throws Refused. */
function authoredAt(text: string): AuthoredAt {
  const at = new Date(text);
  if (Number.isNaN(at.valueOf()))
    throw invalid([
      { in: 'body', name: 'authored_at', detail: 'is not a date that this server can represent' },
    ]);
  const [, sign, hours = '0', minutes = '0'] = /([+-])(\d\d):(\d\d)$/.exec(text) ?? [];
  return { at, offsetMinutes: (sign === '-' ? -1 : 1) * (Number(hours) * 60 + Number(minutes)) };
}

/** A right is asked for once. */
function firstOfEach(commits: readonly CommitToImport[]): CommitToImport[] {
  const first = new Map<string, CommitToImport>();
  for (const commit of commits) if (!first.has(commit.config.path)) first.set(commit.config.path, commit);
  return [...first.values()];
}

function itemOf(
  { path, commit }: ImportedCommit,
  answer: ImportAnswer,
  requestId: Call['requestId'],
): ImportItem {
  if (answer.kind !== 'skipped')
    return { path, commit, result: answer.kind, version: Number(answer.version) };
  return { path, commit, result: 'skipped', problem: problemOf(refusedBy(answer.refusal, null), requestId) };
}
