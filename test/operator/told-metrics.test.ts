/** What is counted of the objects that the watches tell of. */
import { expect, it } from 'vitest';
import { createMetrics } from '../../observe/metrics.ts';
import type { ConfigVersion } from '../../operator/object/config-version.ts';
import { watchForMetrics } from '../../operator/tell.ts';
import { anObject } from '../history/core/make.ts';

type Handler = (key: string, before?: ConfigVersion, after?: ConfigVersion, own?: boolean) => void;

it('objects whose text is not the live one are counted while they are there, and no others', async () => {
  const metrics = createMetrics();
  let tell: Handler = () => undefined;
  const onConfigVersion = (handler: Handler) => {
    tell = handler;
  };
  watchForMetrics({ onConfigVersion, onConfigProjection: () => undefined } as never, metrics);
  const counted = async () => (await metrics.drifted.get()).values[0]?.value;
  const shown = { observedGeneration: 1, version: '1', contentSha256: anObject().bodySha256 };
  const live = anObject({}, {}, shown);
  const superseded = anObject({}, {}, { ...shown, supersededBy: '2' });
  for (const [before, after, count] of [
    [undefined, live, 0],
    [live, superseded, 1],
    [superseded, superseded, 1],
    [undefined, superseded, 2],
    [superseded, live, 1],
    [superseded, undefined, 0],
  ] as const) {
    tell('pay/a', before, after);
    expect(await counted()).toBe(count);
  }
});
