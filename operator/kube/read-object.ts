/** A fresh read of one object. Invariant: that there is none is an answer, and every other failure a KubeError. */
import { isKubeError } from './kube-error.ts';
import type { RawObject } from './raw-object.ts';
import type { KubeCall, Session } from './session.ts';

/** Null: there is none. */
export async function readObject(
  session: Session,
  call: Pick<KubeCall, 'path' | 'accept' | 'signal'>,
): Promise<RawObject | null> {
  try {
    return (await session.request<RawObject>({ method: 'GET', ...call })).body;
  } catch (error) {
    if (isKubeError(error, 'notFound')) return null;
    throw error;
  }
}
