/**
 * ConfigVersions in files of Kubernetes manifests, several documents and lists included. Invariant: what is left out is of
 * another kind; a ConfigVersion that cannot be read is an error and never passed over.
 */
import { readFileSync } from 'node:fs';
import { CliError, whyUnread } from './errors.ts';

export interface Manifest {
  /** File it stands in, for messages. */
  readonly file: string;
  readonly name: string;
  /** null: the manifest names none. */
  readonly namespace: string | null;
  readonly spec: unknown;
  readonly annotations: Readonly<Record<string, string>>;
}

interface RawManifest {
  readonly apiVersion?: unknown;
  readonly kind?: unknown;
  readonly items?: unknown;
  readonly metadata?: {
    readonly name?: unknown;
    readonly namespace?: unknown;
    readonly annotations?: Readonly<Record<string, unknown>>;
  };
  readonly spec?: unknown;
}

/** @param file `-`: standard input */
export async function manifestsIn(file: string): Promise<Manifest[]> {
  const { parseAllDocuments } = await import('yaml');
  const documents = parseAllDocuments(read(file));
  return [documents].flat().flatMap(document => {
    const [error] = document.errors;
    if (error) throw new CliError('Usage', `${file} cannot be read: ${error.message.split('\n', 1)[0]}`);
    return manifestsOf(file, document.toJS() as RawManifest | null);
  });
}

function manifestsOf(file: string, found: RawManifest | null): Manifest[] {
  if (found === null || typeof found !== 'object') return [];
  if (Array.isArray(found.items)) return found.items.flatMap(item => manifestsOf(file, item as RawManifest));
  const isOurs = found.kind === 'ConfigVersion' && String(found.apiVersion).startsWith('pawl.dev/');
  if (!isOurs) return [];
  const { name, namespace, annotations = {} } = found.metadata ?? {};
  if (typeof name !== 'string' || name === '')
    throw new CliError('Usage', `a ConfigVersion in ${file} has no metadata.name`);
  return [
    {
      ...{ file, name, spec: found.spec },
      namespace: typeof namespace === 'string' ? namespace : null,
      annotations: Object.fromEntries(
        Object.entries(annotations).map(([key, value]) => [key, String(value)]),
      ),
    },
  ];
}

function read(file: string): string {
  try {
    return readFileSync(file === '-' ? 0 : file, 'utf8');
  } catch (cause) {
    throw new CliError('Usage', `cannot read ${file}: ${whyUnread(cause)}`, { cause });
  }
}
