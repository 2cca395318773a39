/**
 * `import configmap`: each key of a ConfigMap becomes a config, and Pawl takes the ConfigMap over as it is. Invariant: pods
 * see the same bytes before, meanwhile and afterwards; a ConfigMap whose text is not the config's latest is not touched.
 */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { openKubernetes } from '../access.ts';
import { type Adoption, type AdoptionManifest, adoptionOf } from '../adoption.ts';
import type { Client } from '../client.ts';
import { type ConfigMapObject, Kubernetes, whyLeftAlone } from '../config-maps.ts';
import type { Context } from '../context.ts';
import { CliError, codeOf, type Exit, messageOf } from '../errors.ts';
import { formatRules } from '../import-folder.ts';
import { KubernetesRefusal } from '../kubernetes-answer.ts';
import { Refusal } from '../refusal.ts';
import { oneLine, table } from '../terminal.ts';
import { count } from '../words.ts';

export interface ImportConfigMapOptions {
  readonly selector?: string;
  readonly all?: boolean;
  readonly allNamespaces?: boolean;
  readonly format?: string[];
  readonly path?: string[];
  readonly to?: string;
  readonly yes?: boolean;
  readonly dryRun?: boolean;
}

/** For the operator to accept an object, and to show it. */
const readyMs = 60_000;
const askAgainMs = 250;

interface Result {
  readonly namespace: string;
  readonly name: string;
  readonly outcome: 'adopted' | 'written' | 'planned' | 'left-alone' | 'failed';
  readonly why: string;
  readonly adoption: Adoption | null;
}

export async function importConfigMaps(
  context: Context,
  names: readonly string[],
  options: ImportConfigMapOptions,
): Promise<Exit> {
  const { terminal, signal } = context;
  const paths = pathsOf(options.path);
  if (paths.size > 0 && names.length !== 1)
    throw new CliError('Usage', '--path says where the keys of one ConfigMap go: name one');
  const formats = formatRules(options.format);
  const transport = await openKubernetes(context.options, context.asking);
  try {
    const kubernetes = new Kubernetes(transport, signal);
    const namespace = context.options.namespace ?? transport.namespace;
    const found = await chosen(kubernetes, namespace, names, options);
    const results: Result[] = [];
    const adoptions: Adoption[] = [];
    const client = await context.client();
    for (const configMap of found) {
      const { name, namespace: where } = configMap.metadata;
      const leave = (why: string) =>
        results.push({ namespace: where, name, outcome: 'left-alone', why, adoption: null });
      const why = whyLeftAlone(configMap);
      if (why !== null) {
        leave(why);
        continue;
      }
      const adoption = adoptionOf(configMap, { formats, paths });
      const fault = await faultOf(client, adoption);
      if (fault === null) adoptions.push(adoption);
      else leave(fault);
    }
    terminal.done();
    tell(context, adoptions, results, names.length > 0);
    if (adoptions.length > 0) {
      if (options.to !== undefined) results.push(...(await write(context, options.to, adoptions)));
      else if (options.dryRun === true)
        results.push(...adoptions.map(adoption => resultOf(adoption, 'planned', '')));
      else {
        const what = `${count(adoptions.length, 'ConfigMap')} with ${count(keysOf(adoptions), 'key')}`;
        if (options.yes !== true && !(await terminal.confirm(`Adopt ${what}?`, '--yes')))
          throw new CliError('Declined', 'Nothing was changed.');
        for (const adoption of adoptions) {
          terminal.progress(`${results.length} of ${found.length} ConfigMaps …`);
          try {
            results.push(await adopt(context, kubernetes, adoption));
          } catch (error) {
            if (!(error instanceof CliError)) throw error;
            // The next ones would wait as long.
            results.push(resultOf(adoption, 'failed', error.message));
            break;
          }
        }
      }
    }
    terminal.done();
    await report(context, results, options);
    if (results.some(({ outcome }) => outcome === 'failed')) return 2;
    return names.length > 0 && results.some(({ outcome }) => outcome === 'left-alone') ? 3 : 0;
  } finally {
    transport.close();
  }
}

const keysOf = (adoptions: readonly Adoption[]): number =>
  adoptions.reduce((sum, { keys }) => sum + keys.length, 0);

/** `KEY=PATH`. Throws CliError. */
function pathsOf(given: readonly string[] = []): ReadonlyMap<string, string> {
  return new Map(
    given.map(one => {
      const at = one.indexOf('=');
      if (at < 1) throw new CliError('Usage', `--path ${one}: write KEY=PATH`);
      return [one.slice(0, at), one.slice(at + 1)] as const;
    }),
  );
}

async function chosen(
  kubernetes: Kubernetes,
  namespace: string,
  names: readonly string[],
  { selector, all = false, allNamespaces = false }: ImportConfigMapOptions,
): Promise<ConfigMapObject[]> {
  if (names.length === 0 && selector === undefined && !all && !allNamespaces)
    throw new CliError('Usage', 'name ConfigMaps, or give -l SELECTOR, --all, or -A for all namespaces');
  if (names.length > 0 && (selector !== undefined || all || allNamespaces))
    throw new CliError('Usage', 'name ConfigMaps, or select them; not both');
  if (names.length === 0) return kubernetes.configMaps(allNamespaces ? undefined : namespace, selector);
  const found: ConfigMapObject[] = [];
  for (const typed of new Set(names)) {
    const name = typed.replace(/^(cm|configmaps?)\//, '');
    if (!/^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$/.test(name))
      throw new CliError('Usage', `${typed} is not a valid name of a ConfigMap`);
    found.push(
      await kubernetes.get(`/api/v1/namespaces/${encodeURIComponent(namespace)}/configmaps/${name}`),
    );
  }
  return found;
}

/** A config that exists is shown as soon as an object asks for it: it must have the ConfigMap's own text. */
async function faultOf(client: Client, { configMap, keys }: Adoption): Promise<string | null> {
  const { namespace } = configMap.metadata;
  for (const { key, path, text, format } of keys) {
    try {
      const head = await client.read(namespace, path);
      const has: string = head.format;
      if (head.body_raw !== text)
        return `config ${namespace}/${path} has another text (version ${head.version}) than its key ${key}; bring them together first`;
      if (has !== format)
        return `config ${namespace}/${path} is ${head.format}, for life; give --format ${path}=${head.format}`;
    } catch (error) {
      if (!(error instanceof Refusal) || !/^(config|namespace)-not-found$/.test(error.kind)) throw error;
    }
  }
  return null;
}

function tell(
  context: Context,
  adoptions: readonly Adoption[],
  results: readonly Result[],
  named: boolean,
): void {
  const { terminal } = context;
  const shown = named || context.output === 'wide' || results.length <= 20 ? results : [];
  for (const { namespace, name, why } of shown)
    terminal.tell(oneLine(`left alone: ${namespace}/${name}: ${why}`));
  if (shown.length < results.length)
    terminal.tell(`left alone: ${count(results.length, 'ConfigMap')} (-o wide says why)`);
  if (adoptions.length === 0) return;
  const rows = adoptions.flatMap(({ configMap: { metadata }, keys, projection }) =>
    keys.map(({ key, path, format }) => [
      `${metadata.namespace}/${metadata.name}`,
      key,
      `${metadata.namespace}/${path}`,
      format,
      projection ? 'ConfigProjection' : 'ConfigVersion',
    ]),
  );
  terminal.tell(table(['CONFIGMAP', 'KEY', 'CONFIG', 'FORMAT', 'SHOWN BY'], rows).trimEnd());
  terminal.tell('A config keeps its format for life. To choose another one: --format CONFIG=FORMAT');
}

/**
 * Hands the ConfigMap over when everything that it shows is saved, and asks for it then. Throws CliError `Unreachable` where
 * no operator answers.
 */
async function adopt(context: Context, kubernetes: Kubernetes, adoption: Adoption): Promise<Result> {
  const { configMap, versions, projection } = adoption;
  const { name, namespace, resourceVersion } = configMap.metadata;
  const shower = projection ?? versions[0]!;
  try {
    const isThere = await says(kubernetes, shower);
    if (projection) {
      for (const manifest of versions) await create(kubernetes, manifest, await says(kubernetes, manifest));
      for (const manifest of versions) await untilReady(context, kubernetes, manifest);
    }
    await kubernetes.patch(`/api/v1/namespaces/${namespace}/configmaps/${name}`, {
      metadata: { resourceVersion, annotations: { 'pawl.dev/adopt': 'true' } },
    });
    await create(kubernetes, shower, isThere);
    await untilReady(context, kubernetes, shower);
    return resultOf(adoption, 'adopted', '');
  } catch (error) {
    if (!(error instanceof CliError) || error.reason === 'Unreachable') throw error;
    const moved = error instanceof KubernetesRefusal && error.status === 409;
    const why = moved
      ? `it, or an object for it, was changed meanwhile; run the command again (${error.message})`
      : error.message;
    return resultOf(adoption, 'failed', why);
  }
}

const resources = { ConfigVersion: 'configversions', ConfigProjection: 'configprojections' } as const;
const pathOfKind = ({ kind, metadata }: AdoptionManifest): string =>
  `/apis/pawl.dev/v1alpha1/namespaces/${metadata.namespace}/${resources[kind]}`;

async function create(kubernetes: Kubernetes, manifest: AdoptionManifest, isThere: boolean): Promise<void> {
  if (!isThere) await kubernetes.create(pathOfKind(manifest), manifest);
}

/** Whether an earlier run made it. Throws CliError where an object of its name says something else. */
async function says(kubernetes: Kubernetes, manifest: AdoptionManifest): Promise<boolean> {
  const { kind, metadata, spec } = manifest;
  try {
    const there = await kubernetes.get<{ spec: object }>(`${pathOfKind(manifest)}/${metadata.name}`);
    if (holds(there.spec, spec)) return true;
  } catch (error) {
    if (error instanceof KubernetesRefusal && error.status === 404) return false;
    throw error;
  }
  throw new CliError('Conflict', `${kind} ${metadata.name} exists and says something else`);
}

/** Whether it has all of the wish, beside what the API server filled in. */
function holds(there: unknown, wish: unknown): boolean {
  if (wish === null || typeof wish !== 'object') return there === wish;
  if (there === null || typeof there !== 'object') return false;
  if (Array.isArray(wish) && (!Array.isArray(there) || there.length !== wish.length)) return false;
  return Object.entries(wish).every(([key, value]) => holds((there as Record<string, unknown>)[key], value));
}

interface Standing {
  readonly metadata: { readonly generation: number };
  readonly status?: {
    readonly observedGeneration?: number;
    readonly conditions?: readonly { type: string; status: string; reason: string; message: string }[];
  };
}

async function untilReady(
  { surroundings, signal }: Context,
  kubernetes: Kubernetes,
  manifest: AdoptionManifest,
): Promise<void> {
  const began = surroundings.monotonic();
  const name = `${manifest.kind} ${manifest.metadata.name}`;
  for (;;) {
    const { metadata, status } = await kubernetes.get<Standing>(
      `${pathOfKind(manifest)}/${manifest.metadata.name}`,
    );
    const of = (type: string) => status?.conditions?.find(condition => condition.type === type);
    const [ready, stalled] = [of('Ready'), of('Stalled')];
    if (status?.observedGeneration === metadata.generation) {
      if (ready?.status === 'True') return;
      if (stalled?.status === 'True')
        throw new CliError('Conflict', `${name} is ${stalled.reason}: ${ready?.message ?? stalled.message}`);
    }
    if (surroundings.monotonic() - began > readyMs)
      throw new CliError(
        'Unreachable',
        `${name} was not accepted within a minute${ready ? ` (${ready.message})` : ''}; is the operator running?`,
      );
    await surroundings.sleep(askAgainMs, signal);
  }
}

/** One file for each ConfigMap: `FOLDER/NAMESPACE/NAME.yaml`. */
async function write(context: Context, typed: string, adoptions: readonly Adoption[]): Promise<Result[]> {
  const folder = resolve(context.surroundings.cwd, typed);
  const one = async (adoption: Adoption): Promise<Result> => {
    const { name, namespace } = adoption.configMap.metadata;
    const file = join(folder, namespace, `${name}.yaml`);
    try {
      if (existsSync(file)) return resultOf(adoption, 'failed', `${file} exists`);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, await manifestText(adoption), { flag: 'wx' });
      return resultOf(adoption, 'written', file);
    } catch (error) {
      return resultOf(adoption, 'failed', `${file}: ${codeOf(error) || messageOf(error)}`);
    }
  };
  const results: Result[] = [];
  for (const adoption of adoptions) results.push(await one(adoption));
  return results;
}

/** The manifests, and how to hand the ConfigMap over. */
export async function manifestText({
  configMap: { metadata },
  versions,
  projection,
}: Adoption): Promise<string> {
  const { parse, stringify } = await import('yaml');
  // As kubectl reads it.
  const yaml11 = { version: '1.1' } as const;
  const yamlOf = (document: AdoptionManifest): string => {
    const text = stringify(document, { ...yaml11, lineWidth: 0 });
    // JSON is YAML, too, and says every text as it is.
    return isDeepStrictEqual(parse(text, yaml11), document) ? text : `${JSON.stringify(document, null, 2)}\n`;
  };
  const documents = [...versions, ...(projection ? [projection] : [])];
  const hint =
    `# Hand the ConfigMap over, then apply this file (docs/adopt.md):\n` +
    `#   kubectl annotate configmap ${metadata.name} -n ${metadata.namespace} pawl.dev/adopt=true\n`;
  return hint + documents.map(document => `---\n${yamlOf(document)}`).join('');
}

const resultOf = (adoption: Adoption, outcome: Result['outcome'], why: string): Result => {
  const { name, namespace } = adoption.configMap.metadata;
  return { namespace, name, outcome, why, adoption };
};

async function report(
  context: Context,
  results: readonly Result[],
  { dryRun = false }: ImportConfigMapOptions,
): Promise<void> {
  const { terminal } = context;
  if (context.structured) {
    await context.print({
      dry_run: dryRun,
      config_maps: results.map(({ namespace, name, outcome, why, adoption }) => ({
        ...{ namespace, name, outcome },
        ...(why !== '' && { why }),
        ...(adoption && { configs: adoption.keys.map(({ key, path, format }) => ({ key, path, format })) }),
      })),
    });
    return;
  }
  const done = results.filter(({ outcome }) => outcome !== 'left-alone' && outcome !== 'planned');
  if (dryRun) terminal.tell('Nothing was changed: this was a dry run.');
  else if (done.length === 0) terminal.tell('Nothing to adopt.');
  else
    terminal.out(
      table(
        ['CONFIGMAP', 'RESULT', 'NOTE'],
        done.map(({ namespace, name, outcome, why }) => [`${namespace}/${name}`, outcome, why]),
      ),
    );
}
