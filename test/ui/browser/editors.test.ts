/**
 * Two people edit the same config in two browsers, by random steps, while the server is killed and started again: no typed
 * edit is lost. PAWL_TEST_EDITORS_STEPS makes it longer, PAWL_TEST_EDITORS_SEED draws the choices of an earlier run.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { randomOf } from '../../setup/random.ts';
import { type Deployed, startDeployed } from './deployed.ts';
import { Editor, expectModel, first, type SavedText, textOf, valuesOf } from './editors.ts';

const steps = Number(process.env.PAWL_TEST_EDITORS_STEPS ?? 20);
const seed = Number(process.env.PAWL_TEST_EDITORS_SEED ?? Date.now() % 2 ** 31);
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

describe('two people in two browsers', () => {
  it(`make ${steps} steps each, through reloads, a killed server and ended sessions: no typed edit is lost`, async () => {
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
    const killedAt = 2 + random(Math.max(1, steps - 4));
    const run = async (editor: Editor, index: number) => {
      for (let step = 0; step < steps; step += 1) {
        if (index === 0 && step === killedAt) await deployed.kill();
        const restart = index === 0 && step === killedAt ? deployed.start() : null;
        await editor.step();
        await restart;
      }
    };
    await Promise.all(editors.map(run));
    // One after the other: the last word is theirs together.
    for (const editor of editors) await editor.finish();
    const saves = editors.flatMap(editor => editor.saves);
    expect(saves.length).toBeGreaterThan(steps / 10);
    expectModel(saves, await history(), `seed ${seed}`);
  });
});
