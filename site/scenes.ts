/**
 * Which pages' commands are run, by what, and which are not, with the reason. Invariant: every block of commands and every
 * manifest of README.md and docs/ is run, or named here (test/docs/blocks.test.ts). What a page needs before its commands
 * can run is shell, in scenes/PAGE.sh.
 */
import { existsSync, readFileSync } from 'node:fs';
import { basename, join } from 'node:path';

/** Pages that site/run-pages.ts runs one after another in one cluster, with Pawl in it or not yet. */
export interface World {
  readonly withPawl: boolean;
  readonly pages: readonly string[];
}

export const worlds: readonly World[] = [
  { withPawl: true, pages: ['docs/tutorial.md', 'docs/answers.md', 'docs/review.md', 'docs/verify.md'] },
  {
    withPawl: true,
    pages: [
      ...['docs/kubectl.md', 'docs/cli.md', 'docs/adopt.md', 'docs/api.md', 'docs/merge.md'],
      ...['docs/configprojection.md', 'docs/consumers.md', 'docs/notifications.md'],
      ...['docs/rules.md', 'docs/threat-model.md'],
    ],
  },
  // What site/recording.ts draws; it tells of how many files there are.
  { withPawl: true, pages: ['site/story.md'] },
  { withPawl: false, pages: ['docs/install.md', 'README.md'] },
];

/** What another test reads from the page and runs, by page and by language or first line. */
export const runElsewhere: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'docs/gitops.md': {
    sh: 'test/server/gitops-docs.test.ts',
    '# .github/workflows/pawl.yaml': 'test/cli/e2e/pipelines.test.ts',
    '# .gitlab-ci.yml': 'test/cli/e2e/pipelines.test.ts',
    '# kustomization.yaml': 'test/server/gitops-docs.test.ts',
  },
  'docs/rules.md': {
    "# pawl:allow-secret the demo's own database, which is made anew each night":
      'test/docs/examples.test.ts',
  },
  'docs/cli.md': { 'folders:': 'test/docs/examples.test.ts' },
  // On a cluster with a node; docs/e2e.md.
  'docs/tutorial-cluster.md': { sh: 'test/e2e/tutorial.e2e.ts' },
};

const part = 'a part of an object, and no object by itself';
const client = 'a part of a program; test/clients/story.test.ts lives through its story with each client';

/** What nothing runs or applies as it stands, with the reason, by page and first line. */
export const notRun: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm run demo': 'stays until Ctrl-C, and does what docs/tutorial.md does',
  },
  'docs/cli.md': {
    'npm run build:cli                 # compiled JavaScript in dist/cli':
      'installs for all users; test/cli/build.test.ts builds, and starts what was built',
    'source <(pawl completion zsh)             # in ~/.zshrc, after compinit':
      'needs zsh; test/cli/completion.test.ts has the script',
    'pawl completion fish | source             # in ~/.config/fish/config.fish':
      'needs fish; test/cli/completion.test.ts has the script',
    '$ kubectl pawl deploy': 'a talk at a terminal; test/cli/e2e/terminal.test.ts has one',
  },
  'docs/configprojection.md': {
    'status:': 'what Pawl writes, shortened; test/integration/projections.test.ts reads it',
    'cap: ${config:payments/limits/eu.yaml#/cap}':
      'a text of a config; test/integration/projections.test.ts has one',
  },
  'docs/consumers.md': {
    'apiVersion: apps/v1': `${part}; test/integration/restarts.test.ts has such a Deployment`,
    'spec:': `${part} of Argo CD`,
    'volumes:': part,
    '$ kubectl get cpj checkout -n payments':
      'needs a pod that crashes; test/operator/rollout.test.ts has the halt',
    '$ kubectl pawl usage limits/eu.yaml -n payments': 'needs pods; test/cli/usage.test.ts has the table',
    "const pawl = connect({ server: 'https://pawl.pawl.svc:8443', tokenFile: '/var/run/secrets/pawl/token' });":
      client,
    'client, err := pawl.Connect(pawl.Options{Server: "https://pawl.pawl.svc:8443", TokenFile: "/var/run/secrets/pawl/token"})':
      client,
    'client = pawl.connect("https://pawl.pawl.svc:8443", token_file="/var/run/secrets/pawl/token")': client,
    'PawlClient client = PawlClient.to("https://pawl.pawl.svc:8443").tokenFile(Path.of("/var/run/secrets/pawl/token")).connect();':
      client,
    'spring.config.import=pawl:payments/limits/eu.yaml':
      'settings of a program; test/clients/jvm.test.ts starts one',
  },
  'docs/e2e.md': {
    'npm run test:kind': 'needs docker or podman',
    'export KUBECONFIG=…                       # of an administrator':
      'needs a cluster with nodes, and an image there',
    'npm run test:e2e -- --postgres ADDRESS': 'needs a cluster with nodes, and an image there',
    'CHART=$PWD/charts/pawl node site/run-pages.ts --write docs/tutorial-cluster.md':
      'needs a cluster with nodes, and an image there',
    'docker build -t pawl .': 'needs docker or podman, and a registry',
  },
  'docs/gitops.md': {
    '$ kubectl pawl drift -n payments':
      'shortened; test/server/gitops-docs.test.ts runs the commands of the page',
    'spec:': `${part} of ours or of Flux`,
    'metadata:': `${part} of ours, with Argo CD's annotation`,
    'source:': `${part} of Argo CD`,
    'apiVersion: kustomize.toolkit.fluxcd.io/v1':
      "an object of Flux, whose CRDs the tests' API server does not have",
  },
  'docs/install.md': {
    'docker build -t registry.example.com/platform/pawl:0.1.0 . && docker push registry.example.com/platform/pawl:0.1.0':
      'needs docker, a registry and nodes; the sections below have its parts, which are run',
    'docker build -t registry.example.com/platform/pawl:0.1.0 .': 'needs docker or podman, and a registry',
    'PAWL_TEST_KUBERNETES=1.33 PAWL_TEST_POSTGRES=15 npm run test:versions -- test/integration/requested-by.test.ts':
      'builds an older control plane for ten minutes; .github/workflows/versions.yaml runs such tests every night',
    'helm test pawl --namespace pawl': 'needs a node for its pod; test/e2e/story.e2e.ts runs it',
    'apiVersion: postgresql.cnpg.io/v1':
      "an object of CloudNativePG, whose CRDs the tests' API server does not have",
  },
  'docs/kubectl.md': { 'rules:': part },
  'docs/merge.md': {
    "import { merge } from './merge/merge.ts';": 'a part of a program; test/merge calls it so throughout',
  },
  'docs/operations.md': {
    '// otel.mjs': "needs OpenTelemetry's SDK, which is not among the packages",
  },
  'docs/performance.md': {
    'npm run bench                                          # everything; progress on standard error':
      'measures for hours, on a machine that does nothing else',
  },
  'docs/reliability.md': {
    'npm run campaign                                         # ten minutes of faults, then the attacks':
      'takes ten minutes and more; test/integration/doors.test.ts runs a short form',
    'npm run fuzz -- --minutes 60                             # each target has its share of the time':
      'takes an hour; test/fuzz/fuzz.test.ts runs the seeds through',
  },
  'docs/review.md': {
    '# .github/workflows/preview.yaml':
      'a pipeline whose one command is run above; npm run lint:workflows reads it',
  },
  'docs/tutorial.md': {
    'npm run local -- --operator -- bash': 'the shell that the other commands are run in',
  },
  'docs/releasing.md': {
    'export SOURCE_DATE_EPOCH=$(git log -1 --format=%ct)': 'needs docker, and the arguments of a release',
  },
  'docs/tutorial-cluster.md': {
    'kind create cluster': 'needs docker or podman',
    'npm run build:cli && npm install --global ./dist/cli':
      'installs for all users; test/cli/build.test.ts builds, and starts what was built',
  },
  'docs/web.md': { 'kubectl pawl ui': 'stays until Ctrl-C; test/ui/browser/signing-in.test.ts runs it' },
};

/** What stands in a page's scene under `before`, `before: FIRST LINE` and the like. */
export type Scene = ReadonlyMap<string, string>;

const folder = join(import.meta.dirname, 'scenes');

/** What every scene may use. */
export const sceneLibrary = join(folder, 'lib.sh');

export function sceneOf(page: string): Scene {
  const file = join(folder, `${basename(page, '.md')}.sh`);
  if (!existsSync(file)) return new Map();
  const [, ...parts] = readFileSync(file, 'utf8').split(/^## (.+)\n/m);
  const scene = new Map<string, string>();
  for (let at = 0; at < parts.length; at += 2) scene.set(parts[at]!, parts[at + 1]!);
  return scene;
}
