/**
 * The demo: Pawl's story in real kubectl commands against a real API server, PostgreSQL and operator on this machine.
 * What is printed is what the commands printed. With --once it ends after the story; otherwise everything stays up
 * until Ctrl-C.
 */

import { spawn } from 'node:child_process';
import { once as event } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildPage } from '../ui/build.ts';
import { installAdmission, installWebhook, requestedBy } from './admission.ts';
import { prepareApi } from './api.ts';
import { registerApiService } from './api-service.ts';
import { writeCommands } from './commands.ts';
import { startControlPlane } from './control-plane.ts';
import { crdFolder } from './crds.ts';
import { startOperator } from './operator.ts';
import { startPostgres } from './postgres.ts';
import { untilInterrupted } from './wait.ts';

const once = process.argv.includes('--once');
const style = (code: number) => (text: string) =>
  process.stdout.isTTY ? `\x1b[${code}m${text}\x1b[0m` : text;
const [bold, dim] = [style(1), style(2)];

const manifest = (name: string, author: string, body: string, extra = '') => `apiVersion: pawl.dev/v1alpha1
kind: ConfigVersion
metadata: {name: ${name}, namespace: payments}
spec:
  path: limits/eu.yaml
  format: yaml
  author: ${author}
${extra}  body: |
${body.replace(/^/gm, '    ').trimEnd()}
`;

const first = `# caps are per customer and day
cap: 1000     # agreed with risk
fee: 0.5
regions: [de, fr]
`;
const second = first.replace('cap: 1000 ', 'cap: 1200 ');

const things = [
  ['pawl -n payments blame limits/eu.yaml', 'who changed each line last'],
  ['pawl -n payments edit limits/eu.yaml', 'save the next version from your editor'],
  ['kubectl describe cv limits-cem -n payments', 'everything an object tells about itself'],
] as const;

/** Kubeconfig of each person in the story: the API server knows them by their certificates. */
const people = new Map<string, string>();
let who = '';

const folder = await mkdtemp(join(tmpdir(), 'pawl-demo-'));
try {
  await run();
} finally {
  await rm(folder, { recursive: true, force: true });
}

async function run(): Promise<void> {
  console.log(bold('Starting etcd, kube-apiserver, PostgreSQL and the operator on this machine …'));
  await using postgres = await startPostgres({ url: null });
  await using controlPlane = await startControlPlane({ crds: crdFolder });
  const databaseUrl = await postgres.createDatabase('pawl');
  const { kubeconfig, binaries } = controlPlane;
  const PAWL_REQUESTED_BY = requestedBy(controlPlane, await installAdmission(controlPlane));
  const api = await prepareApi(controlPlane);
  if (!once) await buildPage();
  await using _operator = await startOperator({
    ...api.operator,
    KUBECONFIG: kubeconfig,
    DATABASE_URL: databaseUrl,
    PAWL_REQUESTED_BY,
  });
  if (PAWL_REQUESTED_BY === 'stamp') await installWebhook(controlPlane, api.service);
  for (const name of ['ada', 'bob', 'cem']) {
    people.set(name, await controlPlane.userKubeconfig(`${name}@example.com`, ['system:masters']));
  }
  const bin = await writeCommands(folder);
  process.env.PATH = `${bin}${delimiter}${binaries}${delimiter}${process.env.PATH}`;
  process.env.KUBECONFIG = kubeconfig;
  process.env.DATABASE_URL = databaseUrl;
  await tell();
  if (once) return;
  await using stack = new AsyncDisposableStack();
  await stack.use(await registerApiService(controlPlane, api.service)).available();
  console.log(`\n${bold('The same in a web page, one window for each; a link works once:')}\n`);
  for (const name of ['ada', 'bob']) {
    const page = stack.use(await openPage(people.get(name)!));
    console.log(`  ${name.replace(/^./, letter => letter.toUpperCase())}  ${page.url}`);
  }
  console.log(
    `\n${bold(`Everything stays up until Ctrl-C. The manifests are in ${folder}. In another terminal:`)}\n`,
  );
  console.log(`  export PATH=${bin}:${binaries}:$PATH KUBECONFIG=${kubeconfig} DATABASE_URL=${databaseUrl}`);
  console.log(`  cd ${folder}\n\n${bold('Three things to try there:')}\n`);
  for (const [command, what] of things) console.log(`  ${command.padEnd(48)}  # ${what}`);
  await untilInterrupted();
}

/** `kubectl pawl ui` with a person's kubeconfig; disposing ends it. */
async function openPage(kubeconfig: string): Promise<AsyncDisposable & { readonly url: string }> {
  const program = fileURLToPath(new URL('../cli/main.ts', import.meta.url));
  const child = spawn(process.execPath, [program, 'ui', '--no-browser', '--kubeconfig', kubeconfig], {
    stdio: ['ignore', 'pipe', 'ignore'],
  });
  const ended = event(child, 'close');
  const [first] = (await Promise.race([event(child.stdout, 'data'), ended.then(() => [''])])) as [
    Buffer | string,
  ];
  const url = String(first).trim();
  if (!url.startsWith('http')) throw new Error('kubectl pawl ui did not start');
  return {
    url,
    async [Symbol.asyncDispose]() {
      child.kill();
      await ended;
    },
  };
}

async function tell(): Promise<void> {
  await answerOf('kubectl create namespace payments');

  who = 'ada';
  say('Ada puts a config under Pawl’s care. It becomes version 1, and a ConfigMap that pods can mount.');
  await file('ada.yaml', manifest('limits', 'ada@example.com', first));
  await show('cat ada.yaml');
  await show('kubectl apply -f ada.yaml');
  await show('kubectl wait --for=condition=Ready cv/limits -n payments');
  await show(`kubectl get configmap limits-eu.yaml -n payments -o jsonpath='{.data.eu\\.yaml}'`);

  say(
    'She raises the cap and applies again: version 2. As long as nobody else changes the config, Ada states no version numbers.',
  );
  await file('ada.yaml', manifest('limits', 'ada@example.com', second));
  await show('grep cap: ada.yaml');
  await show('kubectl apply -f ada.yaml');
  await show('kubectl wait --for=jsonpath={.status.version}=2 cv/limits -n payments');

  who = 'bob';
  say(
    'Bob edited version 1: he changed the fee, the line below Ada’s cap. Pawl merges the two once Bob confirms the result.',
  );
  const fee = first.replace('fee: 0.5', 'fee: 0.4');
  await file('bob.yaml', manifest('limits-bob', 'bob@example.com', fee, '  baseVersion: 1\n'));
  await show('tail -n +4 bob.yaml');
  await show('kubectl apply -f bob.yaml');
  await settled('limits-bob');
  await show('kubectl get cv -n payments');
  await show(`kubectl get cv limits-bob -n payments -o jsonpath='{.status.conditions[0].message}'`);
  await show(`kubectl get cv limits-bob -n payments -o jsonpath='{.status.conflict.merged}'`);
  const token = await answerOf(
    `kubectl get cv limits-bob -n payments -o jsonpath='{.status.conflict.token}'`,
  );
  await show(`kubectl annotate cv limits-bob -n payments --overwrite pawl.dev/confirm=${token}`);
  await show('kubectl wait --for=condition=Ready cv/limits-bob -n payments');

  who = 'cem';
  say(
    'Cem also started from version 1, and wants a different cap from Ada’s, so Pawl cannot merge them. Nothing is overwritten.',
  );
  const cap = first.replace('cap: 1000 ', 'cap: 1500 ');
  await file('cem.yaml', manifest('limits-cem', 'cem@example.com', cap, '  baseVersion: 1\n'));
  await show('grep -E "baseVersion|cap:" cem.yaml');
  await show('kubectl apply -f cem.yaml');
  await settled('limits-cem');
  await show(`kubectl get cv limits-cem -n payments -o jsonpath='{.status.conditions[0].message}'`);
  await show(`kubectl get cv limits-cem -n payments -o jsonpath='{.status.conflict.diff}'`);

  say(
    'Bob’s merge is version 3. Ada and Cem agree; Cem makes the edit again on the text of version 3, and applies it.',
  );
  const agreed = second.replace('fee: 0.5', 'fee: 0.4').replace('cap: 1200 ', 'cap: 1500 ');
  await file('cem.yaml', manifest('limits-cem', 'cem@example.com', agreed, '  baseVersion: 3\n'));
  await show('grep -E "baseVersion|cap:" cem.yaml');
  await show('kubectl apply -f cem.yaml');
  await show('kubectl wait --for=condition=Ready cv/limits-cem -n payments');

  say('Somebody deletes the ConfigMap by hand. It comes back.');
  await show('kubectl delete configmap limits-eu.yaml -n payments');
  await answerOf('until kubectl get configmap limits-eu.yaml -n payments >/dev/null 2>&1; do :; done');
  await show(`kubectl get configmap limits-eu.yaml -n payments -o jsonpath='{.data.eu\\.yaml}'`);

  say(
    'Everything is in PostgreSQL, where a saved version cannot be changed. Each has the author its manifest claims, and the user the API server saw (actor).',
  );
  const sql =
    'SELECT version, kind, base_version AS base, created_by AS author, actor, confirmed_by FROM pawl.config_versions ORDER BY 1';
  await show(
    `npm run -s sql -- "${sql}"`,
    `node ${fileURLToPath(new URL('./sql.ts', import.meta.url))} "${sql}"`,
  );
  await show('kubectl get cv -n payments');
  say('Every field and reason: docs/configversion.md. Who may write what: docs/confignamespace.md.');
}

function say(text: string): void {
  console.log(`\n${bold(text)}`);
}

async function file(name: string, text: string): Promise<void> {
  await writeFile(join(folder, name), text);
}

/** Prints the command as a person would type it, and what it says. */
async function show(command: string, run = command): Promise<void> {
  console.log(dim(`$ ${command}`));
  const { output, status } = await shell(run);
  if (output) console.log(output.trimEnd());
  if (status !== 0) throw new Error(`${command} ended with ${status}`);
}

/** Runs a command the story does not need to show. */
async function answerOf(command: string): Promise<string> {
  const { output, status } = await shell(command);
  if (status !== 0) throw new Error(`${command} ended with ${status}: ${output}`);
  return output.trim();
}

/** Waits until Pawl has answered an object, either way. */
function settled(name: string): Promise<string> {
  const seen = `kubectl get cv ${name} -n payments -o jsonpath='{.status.observedGeneration}'`;
  return answerOf(`until [ "$(${seen})" -ge 1 ]; do :; done`);
}

async function shell(command: string): Promise<{ output: string; status: number }> {
  const KUBECONFIG = people.get(who) ?? process.env.KUBECONFIG;
  const child = spawn('sh', ['-c', `{ ${command}; } 2>&1`], {
    cwd: folder,
    env: { ...process.env, KUBECONFIG },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const chunks: Buffer[] = [];
  child.stdout.on('data', chunk => chunks.push(chunk));
  const [status] = await event(child, 'close');
  return { output: Buffer.concat(chunks).toString(), status: status ?? 1 };
}
