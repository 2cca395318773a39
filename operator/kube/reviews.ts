/**
 * Asks the API server about users: whose token this is, and what they may do. Both are its answers at that moment;
 * nothing is remembered here.
 */
import { resourcePath } from './resource-path.ts';
import type { Session } from './session.ts';

/** A user the API server vouches for. */
interface Principal {
  readonly name: string;
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** What a user wants to do to a resource. */
interface ResourceDeed {
  readonly verb: string;
  readonly group: string;
  readonly resource: string;
  /** Absent: in all namespaces. */
  readonly namespace?: string;
  /** Absent: to all of them. */
  readonly name?: string;
}

const tokenReviews = { group: 'authentication.k8s.io', version: 'v1', plural: 'tokenreviews' } as const;
const accessReviews = {
  group: 'authorization.k8s.io',
  version: 'v1',
  plural: 'subjectaccessreviews',
} as const;

interface TokenReview {
  readonly status?: {
    readonly authenticated?: boolean;
    readonly audiences?: readonly string[];
    readonly user?: Partial<{ username: string; uid: string; groups: string[]; extra: Principal['extra'] }>;
  };
}

/** Null: the token is not valid, has expired, or was not made for this audience. Rejects with KubeError. */
export async function reviewToken(
  session: Session,
  input: { readonly token: string; readonly audience: string },
  signal: AbortSignal,
): Promise<Principal | null> {
  const { token, audience } = input;
  const { body } = await session.request<TokenReview>({
    method: 'POST',
    path: resourcePath(tokenReviews),
    body: {
      apiVersion: 'authentication.k8s.io/v1',
      kind: 'TokenReview',
      spec: { token, audiences: [audience] },
    },
    signal,
  });
  const { authenticated, audiences, user } = body.status ?? {};
  // An authenticator that knows nothing of audiences answers with none: its tokens are made for nobody special.
  if (!authenticated || !audiences?.includes(audience) || !user?.username) return null;
  return { name: user.username, uid: user.uid ?? '', groups: user.groups ?? [], extra: user.extra ?? {} };
}

/** Rejects with KubeError. */
export async function reviewAccess(
  session: Session,
  principal: Principal,
  deed: ResourceDeed,
  signal: AbortSignal,
): Promise<boolean> {
  const { name: user, uid, groups, extra } = principal;
  const { verb, group, resource, namespace, name } = deed;
  const { body } = await session.request<{ status?: { allowed?: boolean } }>({
    method: 'POST',
    path: resourcePath(accessReviews),
    body: {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: {
        ...{ user, uid, groups, extra },
        resourceAttributes: {
          ...{ verb, group, resource },
          ...(namespace !== undefined && { namespace }),
          ...(name !== undefined && { name }),
        },
      },
    },
    signal,
  });
  return body.status?.allowed === true;
}
