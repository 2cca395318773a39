/** Who made a version, how, and from what: the same words wherever a version is shown. */
import type { Git, VersionFacts } from '../../api/types.gen.ts';
import { commitLink } from '../pure/forge.ts';
import { shortOf } from '../pure/people.ts';
import { Link } from './link.tsx';
import { Said } from './said.tsx';

type Facts = Pick<
  VersionFacts,
  | 'version'
  | 'created_by'
  | 'actor'
  | 'actor_verified'
  | 'kind'
  | 'base_version'
  | 'merged_onto'
  | 'promoted_from'
  | 'confirmed_by'
  | 'approvals'
  | 'object'
  | 'authored_at'
>;

export const authorOf = ({ created_by, actor }: Pick<Facts, 'created_by' | 'actor'>): string =>
  shortOf(created_by || actor || 'unknown');

export function Author({ of: facts }: { readonly of: Facts }) {
  const { created_by, actor, actor_verified } = facts;
  const name = authorOf(facts);
  const title = actor_verified
    ? `The API server vouches for ${actor}`
    : `Nobody vouches for it${actor ? `; ${actor} sent it` : ''}`;
  return (
    <span className="author" title={title}>
      <Said text={name} />
      {created_by !== '' && actor !== '' && actor !== created_by && (
        <span className="quiet small">
          {' '}
          by way of <Said text={shortOf(actor)} />
        </span>
      )}
      {!actor_verified && <span className="tag">not verified</span>}
    </span>
  );
}

/** How it came to be, when it is more than a plain save; of a protected config, by whose approval. */
export function Kind({ of: facts }: { readonly of: Facts }) {
  return (
    <>
      <MadeAs of={facts} />
      <ApprovedBy of={facts} />
    </>
  );
}

function ApprovedBy({ of: { approvals = [] } }: { readonly of: Facts }) {
  const told = approvals.filter(({ kind }) => kind !== 'proposed');
  return told.map(({ kind, name, at, reason }) => (
    <span key={`${kind} ${name}`} className={kind === 'approved' ? 'tag' : 'tag warn'} title={reason ?? at}>
      {kind === 'approved' ? 'approved by' : 'approval bypassed by'} <Said text={shortOf(name)} />
    </span>
  ));
}

function MadeAs({ of: facts }: { readonly of: Facts }) {
  const { kind, base_version, merged_onto, confirmed_by, authored_at, promoted_from: from } = facts;
  if (from) {
    return (
      <Link className="tag merge" to={{ page: 'config', ...from }}>
        promoted from {from.namespace}, version {from.version}
      </Link>
    );
  }
  if (kind === 'promoted') return <span className="tag">saved again from an older version</span>;
  if (kind === 'imported') {
    const written = authored_at === undefined ? '' : `, written on ${authored_at.slice(0, 10)}`;
    return (
      <span className="tag" title={`Written at ${authored_at ?? 'an unknown time'}, by its author’s clock`}>
        imported from Git{written}
      </span>
    );
  }
  if (kind === 'overwrite') return <span className="tag">saved over the latest, without a base</span>;
  if (kind === 'merged' || kind === 'confirmed') {
    const onto = merged_onto === undefined ? '' : ` onto ${merged_onto}`;
    const title = confirmed_by ? `Shown first, and confirmed by ${confirmed_by}` : undefined;
    return (
      <span className="tag merge" title={title}>
        merged from {base_version ?? '?'}
        {onto}
      </span>
    );
  }
  return null;
}

export function Commit({ git }: { readonly git: Git }) {
  const { commit, branch, dirty, remote } = git;
  if (commit === undefined) return null;
  const href = commitLink(remote, commit);
  const short = commit.slice(0, 9);
  return (
    <span className="commit">
      {href === null ? (
        <code title={commit}>{short}</code>
      ) : (
        <a href={href} rel="noreferrer" target="_blank">
          <code>{short}</code>
        </a>
      )}
      {branch !== undefined && (
        <span className="quiet">
          {' '}
          on <Said text={branch} />
        </span>
      )}
      {dirty && <span className="tag warn">uncommitted changes</span>}
    </span>
  );
}
