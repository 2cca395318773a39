/**
 * Two people edit the same config in two browsers for a minute by the clock, by random steps, while the server is killed and
 * started again and both their sessions end: no typed edit is lost. PAWL_TEST_EDITORS_SECONDS makes it longer,
 * PAWL_TEST_EDITORS_SEED draws other choices; how many steps fit into the time depends on the machine.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomOf } from '../../setup/random.ts';
import { type Deployed, startDeployed } from './deployed.ts';
import { Editor, expectModel, first, type Kind, type SavedText, textOf, valuesOf } from './editors.ts';

const seconds = Number(process.env.PAWL_TEST_EDITORS_SECONDS ?? 60);
const seed = Number(process.env.PAWL_TEST_EDITORS_SEED ?? 20_260_101);
const path = 'limits/shared.yaml';

const stack = new AsyncDisposableStack();
let deployed: Deployed;

beforeAll(async () => {
  deployed = stack.use(await startDeployed('editors'));
});
afterAll(() => stack.disposeAsync());

const history = () =>
  deployed.database.query<SavedText>(
    `select v.version, v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 and c.path = $2 order by v.version`,
    [deployed.namespace, path],
  );

const read = async (version: number) => {
  const found = (await history()).find(({ version: one }) => Number(one) === version);
  if (!found) throw new Error(`there is no version ${version}`);
  return valuesOf(found.body_raw);
};

interface Fault {
  readonly atMs: number;
  readonly fault: Kind | 'restart';
}

/** At moments of the middle of the time, so that there is something to lose, and time to find out that it is lost. */
function faultsOf(random: (below: number) => number, kinds: readonly Fault['fault'][]): Fault[] {
  const faults = kinds.map(fault => ({ fault, atMs: seconds * (100 + random(700)) }));
  return faults.sort((a, b) => a.atMs - b.atMs);
}

describe('two people in two browsers', () => {
  it(`edit for ${seconds} seconds, through reloads, a killed server and ended sessions: no typed edit is lost`, {
    timeout: 300_000 + 2 * seconds * 1000,
  }, async () => {
    const { kube, namespace, server } = deployed;
    const object = { path, body: textOf(first), author: 'somebody@example.com' };
    await kube.propose(namespace, 'first', object);
    await kube.untilReason(namespace, 'first', 'Saved');
    const editors: Editor[] = [];
    for (const [index, who] of ['ada', 'bob'].entries()) {
      const { context, page, token } = await deployed.person(who);
      const random = randomOf(seed + index);
      editors.push(new Editor(page, { who, context, token, server, namespace, path, random, read }));
    }
    await Promise.all(editors.map(editor => editor.open()));
    const random = randomOf(seed + 2);
    const began = performance.now();
    const run = async (editor: Editor, faults: Fault[]) => {
      const saves = () => editors.reduce((sum, one) => sum + one.saves.length, 0);
      // Where few steps fit into the time, it takes longer until there is something to hold against the model.
      while (performance.now() - began < seconds * 1000 || faults.length > 0 || saves() < 2) {
        const due = performance.now() - began > (faults[0]?.atMs ?? Number.POSITIVE_INFINITY);
        const { fault } = (due && faults.shift()) || {};
        if (fault === 'restart') await deployed.kill();
        const restart = fault === 'restart' ? deployed.start() : null;
        await editor.step(fault === 'restart' ? undefined : fault);
        await restart;
      }
    };
    const [ada, bob] = editors;
    await Promise.all([
      run(ada!, faultsOf(random, ['restart', 'expire', 'reload'])),
      run(bob!, faultsOf(random, ['expire', 'reload', 'close'])),
    ]);
    // One after the other: the last word is theirs together.
    for (const editor of editors) await editor.finish();
    const saves = editors.flatMap(editor => editor.saves);
    const versions = await history();
    const done = editors.map(editor => editor.done.length);
    console.log(
      `seed ${seed}: ${done.join(' and ')} steps, ${saves.length} saves, ${versions.length} versions`,
    );
    expect(saves.length).toBeGreaterThan(1);
    expectModel(saves, versions, `seed ${seed}`);
  });
});
