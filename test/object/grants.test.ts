/** Who may write and read what: ConfigNamespaces' grants, as pure decisions. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generateTypes } from '../../crds/generate.ts';
import { reasonOf } from '../../history/core/refusal.ts';
import {
  type ConfigNamespaceSpec,
  type Grant,
  NamespaceReason,
} from '../../operator/object/config-namespace.ts';
import { covers, lawFor } from '../../operator/object/grants.ts';
import { pathPattern } from '../../text/config-path.ts';

interface Case {
  from?: string;
  labels?: Record<string, string>;
  spec?: ConfigNamespaceSpec | null;
  exists?: boolean;
  path?: string;
}

const law = ({ from = 'teams', labels = {}, spec = null, exists = true, path = 'limits/eu.yaml' }: Case) =>
  lawFor(
    { namespace: 'payments', path },
    { from: { name: from, labels }, spec, kubeNamespaceExists: exists },
  );
const mayWrite = (input: Case) => law(input).write === null;
const selected = (
  namespaceSelector: NonNullable<Grant['namespaceSelector']>,
  labels: Record<string, string>,
) => mayWrite({ spec: { writers: [{ namespaceSelector }] }, labels });

describe('a config namespace without a ConfigNamespace', () => {
  it('is written by the Kubernetes namespace of its name alone', () => {
    expect(law({ from: 'payments' })).toEqual({ write: null, read: null, delete: null, policy: {} });
    const denied = { kind: 'no-right', from: 'teams', rules: { kind: 'own-name' }, readable: false };
    for (const right of ['write', 'read', 'delete'] as const)
      expect(law({})[right]).toMatchObject({ ...denied, right });
  });

  it('does not exist when no Kubernetes namespace has its name', () => {
    const { write } = law({ exists: false });
    expect(write).toMatchObject({ rules: { kind: 'nowhere' }, readable: false });
    expect(write && reasonOf(write)).toBe('NamespaceNotFound');
  });
});

describe('a ConfigNamespace', () => {
  it('without writers is written by the Kubernetes namespace of its name alone, though that need not exist', () => {
    expect(mayWrite({ from: 'payments', spec: {} })).toBe(true);
    expect(law({ spec: {}, exists: false }).write).toMatchObject({ rules: { kind: 'own-name' } });
  });

  it('with writers is written by exactly those', () => {
    const spec = { writers: [{ namespaces: ['teams'] }] };
    expect(mayWrite({ spec })).toBe(true);
    expect(mayWrite({ spec, from: 'payments' })).toBe(false);
    expect(mayWrite({ spec: { writers: [] }, from: 'payments' })).toBe(false);
  });

  it('with a grant to nobody grants nothing', () => {
    expect(mayWrite({ spec: { writers: [{}] }, from: 'payments' })).toBe(false);
  });

  it('lets readers be shown what they may not write, and writers be shown what they write', () => {
    const spec = { writers: [], readers: [{ namespaces: ['teams'], paths: ['limits'] }] };
    expect(law({ spec })).toMatchObject({ write: { readable: true }, read: null });
    expect(law({ spec, path: 'rates.yaml' })).toMatchObject({
      write: { readable: false },
      read: { right: 'read' },
    });
  });

  it('names in its refusal the paths that are granted', () => {
    const spec = { writers: [{ namespaces: ['teams'], paths: ['rates', 'fees/eu'] }] };
    expect(law({ spec }).write).toMatchObject({ rules: { kind: 'listed', paths: ['rates', 'fees/eu'] } });
  });
});

describe('the right to delete', () => {
  const mayDelete = (input: Case) => law(input).delete === null;

  it('is the Kubernetes namespace’s own where nobody else is named', () => {
    expect(mayDelete({ from: 'payments' })).toBe(true);
    expect(mayDelete({ from: 'payments', spec: {} })).toBe(true);
    expect(mayDelete({})).toBe(false);
  });

  it('does not come with the right to write: a grant says so, for its own paths only', () => {
    const grant = { namespaces: ['teams'], paths: ['limits'] };
    expect(mayDelete({ spec: { writers: [grant] } })).toBe(false);
    expect(mayDelete({ spec: { writers: [{ ...grant, delete: true }] } })).toBe(true);
    expect(mayDelete({ spec: { writers: [{ ...grant, delete: true }] }, path: 'rates.yaml' })).toBe(false);
    expect(mayDelete({ spec: { writers: [grant, { ...grant, paths: ['rates'], delete: true }] } })).toBe(
      false,
    );
  });
});

describe('a label selector', () => {
  const labels = { team: 'a', tier: '1' };

  it.each([
    [{}, true],
    [{ matchLabels: { team: 'a' } }, true],
    [{ matchLabels: { team: 'b' } }, false],
    [{ matchLabels: { team: 'a', region: 'eu' } }, false],
    [{ matchExpressions: [{ key: 'team', operator: 'In', values: ['a', 'b'] }] }, true],
    [{ matchExpressions: [{ key: 'region', operator: 'In', values: ['eu'] }] }, false],
    [{ matchExpressions: [{ key: 'team', operator: 'NotIn', values: ['a'] }] }, false],
    [{ matchExpressions: [{ key: 'region', operator: 'NotIn', values: ['eu'] }] }, true],
    [{ matchExpressions: [{ key: 'team', operator: 'Exists' }] }, true],
    [{ matchExpressions: [{ key: 'team', operator: 'DoesNotExist' }] }, false],
    [{ matchExpressions: [{ key: 'team', operator: 'Gt', values: ['0'] }] }, false],
    [{ matchExpressions: [{ key: 'constructor', operator: 'Exists' }] }, false],
    [{ matchLabels: { team: 'a' }, matchExpressions: [{ key: 'tier', operator: 'DoesNotExist' }] }, false],
  ])('%j on a namespace with labels says %s', (selector, answer) => {
    expect(selected(selector as NonNullable<Grant['namespaceSelector']>, labels)).toBe(answer);
  });

  it('and names are two ways to be granted', () => {
    const writers = [{ namespaces: ['teams'], namespaceSelector: { matchLabels: { team: 'b' } } }];
    expect(mayWrite({ spec: { writers } })).toBe(true);
    expect(mayWrite({ spec: { writers }, from: 'x', labels: { team: 'b' } })).toBe(true);
    expect(mayWrite({ spec: { writers }, from: 'x', labels })).toBe(false);
  });
});

describe('a path prefix', () => {
  const segments = fc.array(fc.stringMatching(/^[a-z.]{1,3}$/), { minLength: 1, maxLength: 4 });

  it('covers exactly the paths that begin with all of its segments', () => {
    fc.assert(
      fc.property(segments, segments, (prefix, path) => {
        const expected = prefix.every((segment, index) => path[index] === segment);
        expect(covers(prefix.join('/'), path.join('/'))).toBe(expected);
        expect(covers(prefix.join('/'), [...prefix, ...path].join('/'))).toBe(true);
      }),
    );
  });

  it('of one grant does not widen another', () => {
    const writers = [{ namespaces: ['teams'], paths: ['rates'] }, { namespaces: ['other'] }];
    expect(mayWrite({ spec: { writers } })).toBe(false);
    expect(mayWrite({ spec: { writers }, from: 'other' })).toBe(true);
  });
});

describe('the CRD', () => {
  const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
  const crd = parse(read('crds/pawl.dev_confignamespaces.yaml'));
  const { spec, status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;

  it('is what the checked-in types were generated from', async () => {
    expect(read('operator/object/config-namespace.gen.ts')).toBe(await generateTypes('ConfigNamespace'));
  });

  it('allows the path prefixes that are paths', () => {
    expect(spec.properties.writers.items.properties.paths.items.pattern).toBe(pathPattern);
  });

  it('names every reason there is, and no other', () => {
    const { reason } = status.properties.conditions.items.properties;
    const named = reason.description.split('.')[0].replace('One of ', '').split(/,\s+/);
    expect(named.sort()).toEqual(Object.keys(NamespaceReason).sort());
  });

  it('makes a fresh object say that nobody has seen it', () => {
    expect(status.default).toEqual({ observedGeneration: -1 });
  });
});
