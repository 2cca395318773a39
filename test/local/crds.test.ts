/** Installing CRDs, with a kubectl that fails as the real one did. */
import { expect, it } from 'vitest';
import { installCrds } from '../../local/crds.ts';
import { type Kubectl, KubectlError } from '../../local/kubectl.ts';

/** A kubectl whose first calls fail with these words, and the verbs it was called with. */
function failing(...words: string[]): { kubectl: Kubectl; verbs: string[] } {
  const verbs: string[] = [];
  const kubectl: Kubectl = async args => {
    verbs.push(args[0]!);
    const stderr = words.shift();
    if (stderr !== undefined) throw new KubectlError(args, { stdout: '', stderr, code: 1 }, undefined);
    return { stdout: '', stderr: '' };
  };
  return { kubectl, verbs };
}

const reset =
  'Get "https://127.0.0.1:1/api": read tcp 127.0.0.1:2->127.0.0.1:1: read: connection reset by peer';

it('applies again when the API server resets the connection', async () => {
  const { kubectl, verbs } = failing(reset);
  await installCrds({ kubectl });
  expect(verbs).toEqual(['apply', 'apply', 'wait']);
});

it('tells of a connection that is reset every time', async () => {
  const { kubectl, verbs } = failing(reset, reset, reset, reset);
  await expect(installCrds({ kubectl })).rejects.toThrow('reset by peer');
  expect(verbs).toEqual(['apply', 'apply', 'apply']);
});

it('tells at once what an API server has against a CRD, and that there is none', async () => {
  for (const words of ['The CustomResourceDefinition is invalid', 'connect: connection refused']) {
    const { kubectl, verbs } = failing(words);
    await expect(installCrds({ kubectl })).rejects.toThrow(words);
    expect(verbs).toEqual(['apply']);
  }
});
