/** The pipelines of docs/gitops.md, step by step in a shell, with the real Git and a real server. */
import { execFile } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { parse } from 'yaml';
import { pawl } from '../world.ts';
import { deployedWorkspace, firstText as text } from './deployed.ts';
import { type PawlServer, startPawlServer } from './pawl-server.ts';

const root = join(import.meta.dirname, '..', '..', '..');

let server: PawlServer;
let nth = 0;
let folder: string;
let file: string;
let path: string;

beforeAll(async () => {
  server = await startPawlServer();
});
afterAll(() => server?.[Symbol.asyncDispose]());
beforeEach(() => {
  nth += 1;
  folder = `pipeline-${nth}`;
  path = `${folder}/eu.yaml`;
  file = `config/payments/${path}`;
});

const deployed = () => deployedWorkspace(server, folder);
const saved = (author: string, to: string) => server.save(author, path, to);

describe('docs/gitops.md', () => {
  const page = readFileSync(join(root, 'docs/gitops.md'), 'utf8');
  const block = (name: string) =>
    new RegExp(`^\`\`\`yaml\\n(# ${name.replaceAll('.', '\\.')}\\n.*?)^\`\`\``, 'ms').exec(page)?.[1] ?? '';
  const github = parse(block('.github/workflows/pawl.yaml'));
  const gitlab = parse(block('.gitlab-ci.yml'));
  const runs = (job: string): string[] =>
    github.jobs[job].steps.flatMap((step: { run?: string }) => step.run ?? []);

  let scratch: string;
  let bin: string;
  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'pawl-pipeline-'));
    bin = join(scratch, 'bin');
    mkdirSync(bin);
    const program = (name: string, script: string) => {
      writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
      chmodSync(join(bin, name), 0o755);
    };
    const plugin = `exec '${process.execPath}' '${join(root, 'cli/main.ts')}'`;
    program('kubectl', `shift; ${plugin} "$@"`);
    // GitHub's own program needs GitHub: what it is asked is written down.
    program('gh', `echo "$@" >> "$GH_ASKED"`);
  });
  afterAll(() => rmSync(scratch, { recursive: true, force: true }));

  interface Pipeline {
    readonly deploy: readonly string[];
    readonly pull: readonly string[];
    readonly env: Readonly<Record<string, string>>;
  }

  test.each<[string, Pipeline]>([
    ['GitHub Actions', { deploy: runs('deploy'), pull: runs('pull'), env: {} }],
    [
      'GitLab CI',
      {
        ...{ deploy: gitlab.deploy.script, pull: gitlab.pull.script },
        env: {
          PAWL_PUSH_TOKEN: 'secret',
          CI_SERVER_HOST: 'gitlab.test',
          CI_PROJECT_PATH: 'shop/config',
          CI_DEFAULT_BRANCH: 'main',
        },
      },
    ],
  ])(
    'the pipeline of %s deploys a push, and brings what others saved back as a branch',
    async (name, pipeline) => {
      using workspace = await deployed();
      const remote = join(scratch, `${nth}.git`);
      workspace.git('init', '--quiet', '--bare', '--initial-branch=main', remote);
      workspace.git('--git-dir', remote, 'config', 'receive.advertisePushOptions', 'true');
      workspace.git('push', '--quiet', remote, 'main');
      const asked = join(scratch, `gh-${nth}`);
      writeFileSync(asked, '');
      const env = {
        ...{
          ...server.env('robot'),
          ...pipeline.env,
          GH_ASKED: asked,
          PATH: [bin, process.env.PATH].join(delimiter),
        },
        // The address of GitLab is this folder.
        ...{ GIT_CONFIG_COUNT: '1', GIT_CONFIG_KEY_0: `url.${remote}.insteadOf` },
        GIT_CONFIG_VALUE_0: 'https://pawl:secret@gitlab.test/shop/config.git',
      };
      /** As the runner does: a fresh clone at the commit, and the steps one after the other. */
      const job = async (steps: readonly string[]) => {
        const clone = mkdtempSync(join(scratch, 'clone-'));
        workspace.git('clone', '--quiet', '--depth', '50', `file://${remote}`, clone);
        workspace.git('-C', clone, 'checkout', '--quiet', '--detach');
        const script = steps.join('\n');
        return promisify(execFile)('bash', ['-eo', 'pipefail', '-c', script], { cwd: clone, env });
      };
      expect(pipeline.deploy.length).toBeGreaterThan(0);
      workspace.write(file, text.replace('burst: 10', 'burst: 11'));
      workspace.commit('more burst');
      workspace.git('push', '--quiet', remote, 'main');
      await job(pipeline.deploy);
      const shown = () => pawl({ cwd: workspace.root, env: workspace.env }, 'show', '-n', 'payments', path);
      expect((await shown()).out).toContain('burst: 11');
      await job(pipeline.pull);
      expect(workspace.git('ls-remote', remote, 'refs/heads/pawl/pull')).toBe('');

      await saved('bob', text.replace('burst: 10', 'burst: 11').replace('1000', '1200'));
      await job(pipeline.pull);
      const pulled = () => workspace.git('--git-dir', remote, 'show', `pawl/pull:${file}`);
      expect(pulled()).toContain('cap: 1200');
      expect(workspace.git('--git-dir', remote, 'log', '-1', '--format=%B', 'pawl/pull')).toContain(
        'Co-authored-by: bob',
      );
      if (name === 'GitHub Actions')
        expect(readFileSync(asked, 'utf8')).toContain('pr create --base main --head pawl/pull');
      // Again before it was merged, and merged.
      await saved('cem', text.replace('burst: 10', 'burst: 11').replace('1000', '1300'));
      await job(pipeline.pull);
      expect(pulled()).toContain('cap: 1300');
      workspace.git('fetch', '--quiet', remote, 'pawl/pull');
      workspace.git('merge', '--quiet', 'FETCH_HEAD');
      workspace.git('push', '--quiet', remote, 'main');
      const before = (await shown()).out;
      await job(pipeline.deploy);
      expect((await shown()).out).toBe(before);
    },
  );
});
