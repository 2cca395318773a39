/** In which order an object that is deleted takes its config along, and what keeps it. */
import { describe, expect, it } from 'vitest';
import type { Law } from '../../history/core/law.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { configNamespaceKey } from '../../operator/object/key.ts';
import { readTerms } from '../../operator/object/terms.ts';
import { finishDeletion, followDeletionPolicy } from '../../operator/reconcile/deletion.ts';
import type { Cluster } from '../../operator/reconcile/ports.ts';
import { aLine, anObject, aVersion, aView, law, reading } from '../history/core/make.ts';

const finalizer = 'pawl.dev/config';
const { signal } = new AbortController();
const text = 'cap: 1\n';

const objectOf = (name: string, deletionPolicy: 'Delete' | 'Retain' = 'Delete', finalizers = [finalizer]) =>
  anObject({ deletionPolicy, body: text }, { name, uid: `uid-${name}`, finalizers });

const apiError = (kind: string) => Object.assign(new Error(kind), { name: 'KubeError', kind, status: 409 });

interface Facts {
  readonly others?: readonly ConfigVersion[];
  /** What the store says to a delete. */
  readonly deletes?: { versions: number; kept: boolean } | Error;
  /** Of the write of the finalizers. */
  readonly fails?: Error;
  readonly rules?: object;
  readonly knows?: boolean;
}

/** Says what is done, in order. */
function make({
  others = [],
  deletes = { versions: 2, kept: false },
  fails,
  rules,
  knows = true,
}: Facts = {}) {
  const object = objectOf('ada');
  const done: string[] = [];
  const deleters: unknown[] = [];
  const cluster = {
    seesAll: true,
    proposersOf: () => [object, ...others],
    configNamespace: () => rules && { spec: rules },
    kubeNamespace: (name: string) => (knows ? { name, labels: {} } : undefined),
    setFinalizers: async (of: ConfigVersion, finalizers: readonly string[]) => {
      if (fails) throw fails;
      done.push(`finalizers ${finalizers.join()}`);
      return { ...of, metadata: { ...of.metadata, finalizers } };
    },
    event: (_: unknown, { reason }: { reason: string }) => done.push(reason),
  } as unknown as Cluster;
  const head = aVersion(1n, text);
  const store = {
    look: async () => aView(head, { line: aLine(text, { uid: 'uid-ada' }), headIsOwn: true }),
    deleteConfig: async ({ actor }: { actor: unknown }) => {
      deleters.push(actor);
      if (deletes instanceof Error) throw deletes;
      done.push('delete');
      return deletes;
    },
  };
  const wake = (key: string) => done.push(`wake ${key}`);
  const finish = (of = object, rights: Law = law) =>
    finishDeletion(
      { cluster, store, wake, holds: () => 'open' },
      of,
      readTerms(of, { ...reading, trustStamps: true }),
      rights,
      signal,
    );
  return { cluster, finish, done, deleters };
}

describe('the config of an object that is deleted', () => {
  it('goes first, and the object last, so that a failure in between leaves it to be found', async () => {
    const { finish, done } = make();
    expect(await finish()).toBe('deleted');
    expect(done).toEqual([
      'delete',
      `wake ${configNamespaceKey('payments')}`,
      'ConfigDeleted',
      'finalizers ',
    ]);
  });

  it('is deleted by nobody who is verified: the stamp on the object is of the person who proposed it', async () => {
    const { finish, deleters } = make();
    const { metadata, ...rest } = objectOf('ada');
    const stamped = { ...metadata.annotations, 'pawl.dev/requested-by': 'ada@example.com' };
    await finish({ ...rest, metadata: { ...metadata, annotations: stamped } });
    expect(deleters).toEqual([{ name: 'ada@example.com', verified: false }]);
  });

  it('stays with deletionPolicy: Retain, and the object goes', async () => {
    const { finish, done } = make();
    expect(await finish(objectOf('ada', 'Retain'))).toBe('released');
    expect(done).toEqual(['finalizers ']);
  });

  it('stays while another object asks for it, and that is told', async () => {
    const { finish, done } = make({ others: [objectOf('bob')] });
    expect(await finish()).toBe('released');
    expect(done).toEqual(['ConfigRetained', 'finalizers ']);
  });

  it('stays where the store found that somebody saved it since, and that is told', async () => {
    const { finish, done } = make({ deletes: { versions: 0, kept: true } });
    expect(await finish()).toBe('released');
    expect(done).toEqual(['delete', 'ConfigRetained', 'finalizers ']);
  });

  it('stays, and the object with it, while nobody has told whether another may need it', async () => {
    const rules = { writers: [{ namespaceSelector: { matchLabels: { trusted: 'yes' } } }] };
    const { finish, done } = make({ others: [objectOf('bob')], rules, knows: false });
    expect(await finish()).toBe('untold');
    expect(done).toEqual([]);
  });

  it('stays, and the object with it, while the store does not answer', async () => {
    const { finish, done } = make({ deletes: new Error('away') });
    await expect(finish()).rejects.toThrow('away');
    expect(done).toEqual([]);
  });

  it('is gone although the object changed meanwhile: that look comes again', async () => {
    const { finish, done } = make({ fails: apiError('conflict') });
    expect(await finish()).toBe('raced');
    expect(done).toContain('delete');
  });
});

describe('our finalizer', () => {
  it.each([
    ['comes with Delete, behind those of others', 'Delete', ['theirs'], ['theirs', finalizer]],
    ['goes with Retain, and those of others stay', 'Retain', ['theirs', finalizer], ['theirs']],
  ] as const)('%s', async (_, policy, before, after) => {
    const { cluster } = make();
    const object = await followDeletionPolicy(cluster, objectOf('ada', policy, [...before]), signal);
    expect(object).toMatchObject({ metadata: { finalizers: after } });
  });

  it('is not written where it is as it must be', async () => {
    const { cluster, done } = make();
    const object = objectOf('ada');
    expect(await followDeletionPolicy(cluster, object, signal)).toBe(object);
    expect(done).toEqual([]);
  });

  it('waits for another look where the object changed meanwhile', async () => {
    const { cluster } = make({ fails: apiError('conflict') });
    expect(await followDeletionPolicy(cluster, objectOf('ada', 'Retain'), signal)).toBe('raced');
  });
});
