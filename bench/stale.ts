/**
 * Stale edits merged: N objects whose config moved on by an edit at its end, then an edit at its beginning made
 * from version 1, applied while the operator is down. Each must become a merge, saved and shown; the floor writes as
 * much and merges nothing.
 */
import { workOff } from './backlog.ts';
import { startMeasured } from './measured-operator.ts';
import type { Measure } from './measurement.ts';
import { type Sample, sumOf } from './prometheus.ts';
import { applyObjects, bodyOf, createObjects, type Workload } from './workload.ts';

export const measureStale: Measure = async (parts, { n, bytes, progress }) => {
  const databaseUrl = await parts.postgres.createDatabase('stale');
  const { kubeconfig } = parts.controlPlane;
  const withEdits = (edits: Parameters<typeof bodyOf>[2]): Workload => ({
    kubeconfig,
    databaseUrl,
    objects: createObjects(n, bytes).map((object, index) => ({
      ...object,
      body: bodyOf(index, bytes, edits),
    })),
  });
  progress(`${n} configs of ${bytes} bytes, and an edit of each …`);
  await applyObjects(withEdits({}));
  {
    await using operator = await startMeasured(parts, databaseUrl);
    await operator.written(n, progress);
    await applyObjects(withEdits({ tail: 'changed' }));
    await operator.written(2 * n, progress);
    await operator.stop();
  }
  const edited = withEdits({ head: 'changed' });
  await applyObjects(edited, { baseVersion: 1, onStale: 'Merge' });
  const allMerged = (samples: readonly Sample[]) => {
    const merged = sumOf(samples, 'pawl_saves_total', ({ kind }) => kind === 'merged');
    if (merged !== n) throw new Error(`${merged} of ${n} stale edits were merged`);
  };
  const figures = await workOff(parts, edited, progress, allMerged);
  return [{ bench: 'stale', variant: '', n, bytes, figures }];
};
