/**
 * Which config a URL names. The path is read from the URL as it was sent and decoded exactly once, so that no router
 * reinterprets its dots, slashes or double encoding. Invariant: what comes out passes checkPath.
 */
import type { ConfigId } from '../history/words/model.ts';
import { checkPath, isNamespaceName } from '../text/config-path.ts';
import { Refused } from './problems.ts';

/** 63 letters, digits and dashes: a Kubernetes namespace's name. */

/** What a URL is about. */
export interface Target {
  readonly namespace: string;
  /** null: the URL ends with the namespace. */
  readonly path: string | null;
}

/**
 * Throws Refused.
 * @param url as sent, such as `/configs/payments/limits%2Feu.yaml?version=7`
 */
export function targetOfUrl(url: string): Target {
  const query = url.indexOf('?');
  const whole = query < 0 ? url : url.slice(0, query);
  // After the segment that names the operation.
  const start = whole.indexOf('/', 1) + 1 || whole.length;
  const end = whole.indexOf('/', start);
  const name = decoded(whole.slice(start, end < 0 ? whole.length : end));
  if (!isNamespaceName(name)) {
    const detail = 'A config namespace is 1 to 63 lower-case letters, digits and dashes.';
    throw new Refused('InvalidRequest', detail, { errors: [{ in: 'path', name: 'namespace', detail }] });
  }
  if (end < 0) return { namespace: name, path: null };
  const path = decoded(whole.slice(end + 1));
  const fault = checkPath(path);
  if (fault) throw new Refused('InvalidPath', `${fault[0]!.toUpperCase()}${fault.slice(1)}.`);
  return { namespace: name, path };
}

/** Where a config is meant. Throws Refused. */
export function configIn({ namespace, path }: Target): ConfigId {
  if (path === null) throw new Refused('InvalidPath', 'The path is empty; write one such as limits/eu.yaml.');
  return { namespace, path };
}

/** `/configs/payments/limits/eu.yaml`: every character allowed in a path may stand in a URL. */
export function urlOf({ namespace, path }: ConfigId, root = 'configs'): string {
  return `/${root}/${namespace}/${path}`;
}

function decoded(text: string): string {
  if (!text.includes('%')) return text;
  try {
    return decodeURIComponent(text);
  } catch {
    throw new Refused(
      'InvalidPath',
      'The URL has a percent sign that does not encode UTF-8. Write it as %25.',
    );
  }
}
