/** The CRD is the source of the API; what is derived from it, or says the same in TypeScript, must agree. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { generateTypes } from '../../crds/generate.ts';
import { Reason } from '../../history/words/reasons.ts';
import { ProjectionReason } from '../../operator/object/config-projection.ts';
import { maxKeys } from '../../operator/object/projection/contents.ts';
import { dotSegmentPattern, maxPathLength, pathPattern } from '../../text/config-path.ts';
import { authorPattern, commentPattern } from '../../text/words.ts';

const read = (path: string) => readFileSync(new URL(`../../${path}`, import.meta.url), 'utf8');
const crd = parse(read('crds/pawl.dev_configversions.yaml'));
const { spec, status } = crd.spec.versions[0].schema.openAPIV3Schema.properties;

interface Node {
  readonly description?: string;
  readonly properties?: Readonly<Record<string, Node>>;
  readonly items?: Node;
}

/** Paths of the fields that `kubectl explain` would say nothing about. */
function undescribed(node: Node, path: string): string[] {
  const own = node.description ? [] : [path];
  const fields = Object.entries(node.properties ?? {}).flatMap(([name, field]) =>
    // The API server forbids to say anything about metadata itself.
    path === '' && name === 'metadata' ? [] : undescribed(field, `${path}.${name}`),
  );
  const items = node.items ? undescribed({ description: 'of the list', ...node.items }, `${path}[]`) : [];
  return [...own, ...fields, ...items];
}

it.each(['configversions', 'confignamespaces', 'configprojections'])(
  'every field of %s is described',
  name => {
    const { schema } = parse(read(`crds/pawl.dev_${name}.yaml`)).spec.versions[0];
    expect(undescribed(schema.openAPIV3Schema, '')).toEqual([]);
  },
);

describe('the CRD of projections', () => {
  const { properties } = parse(read('crds/pawl.dev_configprojections.yaml')).spec.versions[0].schema
    .openAPIV3Schema;

  it('is what the checked-in types were generated from', async () => {
    const generated = await generateTypes('ConfigProjection');
    expect(read('operator/object/config-projection.gen.ts')).toBe(generated);
  });

  it('names every reason there is, and no other', () => {
    const { reason } = properties.status.properties.conditions.items.properties;
    const named = reason.description.split('.')[0].replace('One of ', '').split(/,\s+/);
    expect(named.sort()).toEqual(Object.keys(ProjectionReason).sort());
  });

  it('takes as many keys as Pawl shows, and the paths that core allows', () => {
    expect(properties.spec.properties.configs.maxItems).toBe(maxKeys);
    expect(properties.status.properties.configs.maxItems).toBe(maxKeys);
    const { path, prefix } = properties.spec.properties.configs.items.properties;
    expect(path.pattern).toBe(pathPattern);
    expect(path.maxLength).toBe(maxPathLength);
    expect(prefix.maxLength).toBe(maxPathLength);
  });
});

describe('the CRD', () => {
  it('is what the checked-in types were generated from', async () => {
    expect(read('operator/object/config-version.gen.ts')).toBe(await generateTypes());
  });

  it('allows the paths that core allows', () => {
    const { path } = spec.properties;
    expect(path.maxLength).toBe(maxPathLength);
    const rules = path['x-kubernetes-validations'].map(({ rule }: { rule: string }) => rule);
    expect(rules).toEqual([`self.matches('${pathPattern}')`, `!self.matches('${dotSegmentPattern}')`]);
  });

  it('takes the authors and comments that can be said in one line', () => {
    expect(spec.properties.author.pattern).toBe(authorPattern);
    expect(spec.properties.comment.pattern).toBe(commentPattern);
    for (const pattern of [authorPattern, commentPattern]) {
      const takes = (text: string) => new RegExp(pattern, 'u').test(text);
      expect(['', 'Zoë Ångström <zoe@example.com>', 'raise the cap 😀'].every(takes)).toBe(true);
      expect(['ada\u001b[2J', 'ada\r', 'ada\u0085', 'ada\0'].some(takes)).toBe(false);
    }
    expect(new RegExp(authorPattern, 'u').test('ada\nReady')).toBe(false);
    expect(new RegExp(commentPattern, 'u').test('subject\n\n\tbody')).toBe(true);
  });

  it('names every reason there is, and no other', () => {
    const { reason } = status.properties.conditions.items.properties;
    const named = reason.description.split('.')[0].replace('One of ', '').split(/,\s+/);
    expect(named.sort()).toEqual(Object.keys(Reason).sort());
  });

  it('makes a fresh object say that nobody has seen it, which kstatus reads as in progress', () => {
    expect(status.default).toEqual({ observedGeneration: -1 });
  });

  it('stays below the size that client-side apply can handle', () => {
    expect(JSON.stringify(crd).length).toBeLessThan(256 * 1024);
  });
});
