/**
 * What a reader has to be told before it happens to them, in the page where they would look: each line here is a surprise that
 * somebody had.
 */
import { expect, it } from 'vitest';
import { blocks, textOf } from '../setup/pages.ts';

/** Without line ends and emphasis, which say nothing. */
const plain = (page: string) => textOf(page).replaceAll('**', '').replace(/\s+/g, ' ');

it.each([
  ['docs/install.md', 'no namespace of the cluster can be deleted', 'Before you scale Pawl to 0 replicas'],
  ['docs/install.md', 'kubectl create secret generic pawl-database', 'Create the Secret first'],
  ['docs/install.md', 'both end after ten years', 'In between, the aggregated API is unavailable'],
  ['docs/install.md', 'The metric `pawl_api_certificate_not_after_seconds`', 'PawlApiCertificateEnds'],
  ['docs/install.md', 'delete the Secret and upgrade the release', 'there is no gap'],
  ['docs/configversion.md', 'a mount with `subPath`, and environment variables', 'until the pod restarts'],
  ['docs/consumers.md', 'a volume with `subPath` | never', 'environment'],
  ['docs/gitops.md', 'longer than `timeout` fails it', 'retryInterval: 1m'],
  ['docs/gitops.md', 'five more times', 'takes no newer commit meanwhile', 'refresh: true'],
  ['docs/gitops.md', 'where everything is in one wave', 'waits between waves only'],
  ['docs/gitops.md', 'Do not make a ConfigVersion a hook, such as `PreSync`', 'deletes the object of a hook'],
  ['docs/gitops.md', 'Keep the full SHA in that variable', 'Flux puts it in without quotes'],
  ['docs/gitops.md', 'Git to win', 'policy.onTakeBack: Save'],
  ['docs/gitops.md', 'First commit: hand it over', 'in an earlier wave', 'Second commit: drop the ConfigMap'],
])('%s says: %s', (page, ...said) => {
  for (const words of said) expect(plain(page)).toContain(words);
});

it('README leads to an installation that turns the API on, and ends with a command that needs it', () => {
  expect(textOf('README.md')).toMatch(/\(docs\/install\.md\), from the image to a\nworking `kubectl pawl`/);
  const { text } = blocks.find(
    ({ page, text: commands }) => page === 'docs/install.md' && commands.includes('helm install'),
  )!;
  expect(text).toContain('--set server.enabled=true ');
  expect(text).toContain('kubectl create secret generic pawl-database ');
  expect(text).toMatch(/npm run build:cli && npm install --global \.\/dist\/cli\nkubectl pawl namespaces\n$/);
});
