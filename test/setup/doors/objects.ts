/**
 * Writers of ConfigVersion objects: people who name the version they edited from, confirming what is shown to them or
 * not, and GitOps engines, which know nothing but their own text. An apply that the API server did not answer is made
 * again: the same text is the same generation.
 */
import { until } from '../../../local/wait.ts';
import type { StoredConfigVersion } from '../kube.ts';
import { type Answer, type Attempt, withMark } from './model.ts';
import { type Doors, patienceMs, pick, someBase, type Writer } from './writer.ts';

type Spec = Parameters<Doors['kube']['propose']>[2];

const patience = { timeoutMs: patienceMs, everyMs: 100 };

export function person(onStale: 'Merge' | 'Confirm'): Writer {
  return async (doors, writer, random) => {
    const { ledger, stop } = doors;
    while (!stop.aborted) {
      const path = pick(random, doors.paths);
      const base = await someBase(doors, writer, path, random);
      const attempt = ledger.begin(writer, `object ${onStale}`, [path]);
      const spec = {
        path,
        onStale,
        baseVersion: base.version,
        body: withMark(base.text, writer, attempt.mark),
      };
      let object = await settled(doors, await propose(doors, writer, spec));
      for (let round = 0; reasonOf(object) === 'ConfirmationRequired'; round += 1) {
        // Where others are always faster, whoever wants it saved stops looking at it first.
        if (round === 5)
          object = await settled(doors, await propose(doors, writer, { ...spec, onStale: 'Merge' }));
        else object = await confirmed(doors, object);
      }
      attempt.answer = answerOf(object, path);
    }
  };
}

/** @param impatient whether it sometimes changes its mind before it is answered */
export function gitops({ impatient }: { impatient: boolean }): Writer {
  return async (doors, writer, random) => {
    const { ledger, stop } = doors;
    const own = new Map<string, string>();
    while (!stop.aborted) {
      const path = pick(random, doors.paths);
      const known = own.get(path);
      const base = known === undefined ? await someBase(doors, writer, path, () => 0) : null;
      let attempt: Attempt;
      let text = known ?? base!.text;
      let generation: { name: string; generation: number };
      do {
        attempt = ledger.begin(writer, impatient ? 'object impatient' : 'object of its own line', [path]);
        text = withMark(text, writer, attempt.mark);
        const spec = {
          path,
          onStale: 'Merge',
          body: text,
          ...(base && { baseVersion: base.version }),
        } as const;
        generation = await propose(doors, writer, spec);
      } while (impatient && base === null && random(3) === 0);
      attempt.answer = answerOf(await settled(doors, generation), path);
      own.set(path, text);
    }
  };
}

const nameOf = (writer: string, path: string) => `${writer}-${path.replace('.yaml', '')}`;

async function propose({ kube, namespace }: Doors, writer: string, spec: Spec) {
  const name = nameOf(writer, spec.path);
  const { metadata } = await until(`${name} is applied`, () => kube.propose(namespace, name, spec), patience);
  return { name, generation: metadata.generation };
}

const readyOf = ({ status }: StoredConfigVersion) => status.conditions?.find(({ type }) => type === 'Ready');
const reasonOf = (object: StoredConfigVersion) => readyOf(object)?.reason ?? '';

/** The object once this generation of it has an answer. */
function settled(
  { kube, namespace }: Doors,
  { name, generation }: { name: string; generation: number },
): Promise<StoredConfigVersion> {
  return until(
    `${name} answers generation ${generation}`,
    async () => {
      const object = await kube.configVersion(namespace, name);
      const ready = readyOf(object);
      const isAnswered =
        object.status.observedGeneration === generation &&
        ready !== undefined &&
        ready.status !== 'Unknown' &&
        // Saved; an API server that just started knows nobody's rights yet, and the ConfigMap is tried again.
        ready.reason !== 'TargetRejected';
      return isAnswered ? object : undefined;
    },
    patience,
  );
}

/** Confirms what is shown, and waits until it is saved or something else is shown. */
async function confirmed(doors: Doors, shown: StoredConfigVersion): Promise<StoredConfigVersion> {
  const { kube, namespace } = doors;
  const { name, generation } = shown.metadata;
  const { token = '' } = shown.status.conflict ?? {};
  await until(
    `${name} is annotated`,
    async () => (await kube.annotate(namespace, name, { 'pawl.dev/confirm': token })) ?? true,
    patience,
  );
  return until(
    `${name} takes the confirmation`,
    async () => {
      const object = await settled(doors, { name, generation });
      const isSame = reasonOf(object) === 'ConfirmationRequired' && object.status.conflict?.token === token;
      return isSame ? undefined : object;
    },
    patience,
  );
}

function answerOf(object: StoredConfigVersion, path: string): Answer {
  const reason = reasonOf(object);
  const versions = new Map([[path, Number(object.status.version)]]);
  if (reason === 'Saved' || reason === 'Merged') return { kind: 'saved', versions };
  return reason === 'Unchanged' ? { kind: 'unchanged', versions } : { kind: 'refused', reason };
}
