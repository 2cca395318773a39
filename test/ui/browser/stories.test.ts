/**
 * The stories of docs/web.md, done by two people in two browsers who find their way by what stands on the page: creating,
 * updating, merging, deciding a clash, comparing and saving from either side, and confirming what was shown.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Deployed, startDeployed } from './deployed.ts';
import { first, path, type Stage, stories } from './stories.ts';

const stack = new AsyncDisposableStack();
let deployed: Deployed;
let stage: Stage;

beforeAll(async () => {
  deployed = stack.use(await startDeployed('stories'));
  const { kube, namespace, base } = deployed;
  const [ada, bob] = [await deployed.person('ada'), await deployed.person('bob')];
  stage = {
    ...{ base, namespace, ada: ada.page, bob: bob.page },
    async propose(spec) {
      await kube.propose(namespace, 'cem', { ...spec, author: 'cem@example.com', onStale: 'Confirm' });
      await kube.untilReason(namespace, 'cem', 'ConfirmationRequired');
    },
    picture: async () => undefined,
  };
});
afterAll(() => stack.disposeAsync());

/** Of every version, the oldest first. */
const texts = async () =>
  (
    await deployed.database.query<{ body_raw: string }>(
      `select v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
        where c.namespace = $1 and c.path = $2 order by v.version`,
      [deployed.namespace, path],
    )
  ).map(({ body_raw }) => body_raw);

const second = first.replace('0.5', '0.45');
const fourth = second.replace('30d', '14d').replace('1000', '1200');

describe('somebody who was told nothing', () => {
  it('creates a namespace and a config in it', async () => {
    await stories.create(stage);
    expect(await texts()).toEqual([first]);
  });

  it('updates it', async () => {
    await stories.update(stage);
    expect(await texts()).toEqual([first, second]);
  });

  it('is shown a merge when somebody was faster, and saves exactly that', async () => {
    await stories.merge(stage);
    expect((await texts()).slice(2)).toEqual([second.replace('30d', '14d'), fourth]);
  });

  it('decides a clash place by place', async () => {
    await stories.clash(stage);
    expect((await texts()).at(-1)).toBe(fourth.replace('0.45', '0.4').replace('14d', '10d'));
  });

  it('compares two versions, and saves a new one from either side', async () => {
    await stories.compare(stage);
    const sixth = fourth.replace('0.45', '0.4').replace('14d', '10d');
    expect((await texts()).slice(6)).toEqual([sixth.replace('0.4', '0.45'), fourth]);
  });

  it('confirms what a stale manifest will save, as it is shown', async () => {
    await stories.confirm(stage);
    expect((await texts()).at(-1)).toBe(fourth.replace('[risk, legal]', '[risk, legal, finance]'));
  });
});
