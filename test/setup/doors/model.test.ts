/** The oracle of the fault campaign sees what it is there to see. */
import { describe, expect, it } from 'vitest';
import type { Kube } from '../kube.ts';
import { type Answer, type Attempt, expectLog, expectModel, type SavedVersion, textOf } from './model.ts';
import { MapReader, ToldVersions } from './readers.ts';

const path = 'a.yaml';
const text = (w0: number, w1: number) => textOf(new Map(Object.entries({ w0, w1 })));
const version = (number: number, body_raw: string): SavedVersion => ({
  path,
  version: `${number}`,
  body_raw,
});
const saved = (number: number): Answer => ({ kind: 'saved', versions: new Map([[path, number]]) });
const attempt = (writer: string, mark: number, answer: Answer | null): Attempt => ({
  ...{ writer, door: 'direct', mark, paths: [path], keyed: true, answer },
});

const first = version(1, text(0, 0));
const right = [first, version(2, text(1, 0)), version(3, text(1, 2))];
const attempts = [attempt('w0', 1, saved(2)), attempt('w1', 2, saved(3))];
const judge = (of: readonly Attempt[], history: readonly SavedVersion[]) => () =>
  expectModel(of, history, 'test');

describe('the oracle', () => {
  it('takes a history that is as it was told', () => {
    expect(judge(attempts, right)()).toEqual(new Map([[path, right[2]]]));
  });

  it.each<[string, readonly Attempt[], readonly SavedVersion[]]>([
    ['a save that was acknowledged and is lost', attempts, right.slice(0, 2)],
    ['one that is there under another number', [attempts[0]!, attempt('w1', 2, saved(2))], right],
    ['one that is there twice', attempts, [...right, version(4, text(1, 2))]],
    ['a number that was left out', attempts, [first, version(3, text(1, 0)), version(4, text(1, 2))]],
    ['two saves in one version', attempts, [first, version(2, text(1, 2))]],
    ['a save that undoes another one', attempts, [first, version(2, text(1, 0)), version(3, text(0, 2))]],
    ['half a text', attempts, [first, version(2, text(1, 0)), version(3, `${text(1, 2).slice(0, -4)}\n`)]],
    ['a version that nobody asked for', attempts.slice(0, 1), right],
    [
      'a refusal that was saved',
      [attempts[0]!, attempt('w1', 2, { kind: 'refused', reason: 'Busy' })],
      right,
    ],
    ['a clash with nobody', [attempt('w1', 2, { kind: 'refused', reason: 'VersionConflict' })], [first]],
  ])('sees %s', (_, of, history) => {
    expect(judge(of, history)).toThrow();
  });

  it('sees an entry of the log that is missing, or of a save that is not there', () => {
    const entry = (number: number) => ({
      ...{ deployment_id: `${number}`, path, operation: 'update', same_text: true },
      ...{ old_version: number === 1 ? null : `${number - 1}`, new_version: `${number}` },
    });
    const log = [1, 2, 3].map(entry);
    expectLog(attempts, right, log, 'test');
    expect(() => expectLog(attempts, right, log.slice(1), 'test')).toThrow();
    expect(() => expectLog(attempts, right, [...log, entry(4)], 'test')).toThrow();
  });

  it('sees a change that is not told, or told twice, or in another order', () => {
    const faultsOf = (...told: number[]) => {
      const versions = new ToldVersions();
      versions.listed(path, 3);
      for (const version of told) versions.change({ kind: 'saved', path, version });
      return versions.faults.length;
    };
    expect([faultsOf(4, 5), faultsOf(2, 3, 4), faultsOf()]).toEqual([0, 0, 0]);
    expect([faultsOf(5), faultsOf(4, 6), faultsOf(4, 4), faultsOf(4, 5, 4)]).toEqual([1, 1, 1, 1]);
  });

  it('sees a ConfigMap that goes back', async () => {
    const stop = new AbortController();
    const versions = ['1', '2', '1'];
    const configMap = async () => {
      const next = versions.shift();
      if (next === undefined) stop.abort();
      return next && { metadata: { annotations: { 'pawl.dev/version': next } } };
    };
    const reader = new MapReader();
    await reader.run({ configMap } as unknown as Kube, 'test', [path], stop.signal);
    expect(reader.faults[0]).toContain('from 2 back to 1');
  });
});
