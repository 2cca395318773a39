/**
 * Writers at every door of the store at once, and readers beside them, while everything that can break breaks: the
 * replicas that serve them, PostgreSQL, its sessions and the network to it, and the API server. `npm run campaign` makes
 * it longer and wider, and has every kind of fault; here are those that the seed puts first.
 */
import { appendFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { queryDatabase } from '../setup/database.ts';
import { DoorClient } from '../setup/doors/client.ts';
import { type FaultName, faults, shuffled } from '../setup/doors/faults.ts';
import {
  expectLog,
  expectModel,
  Ledger,
  type LoggedChange,
  type SavedVersion,
  textOf,
} from '../setup/doors/model.ts';
import { FeedReader, MapReader } from '../setup/doors/readers.ts';
import { Stage } from '../setup/doors/stage.ts';
import { type Doors, patienceMs, pick } from '../setup/doors/writer.ts';
import { nameOf, writeAll, writersOf } from '../setup/doors/writers.ts';
import { randomOf } from '../setup/random.ts';
import { until } from '../setup/until.ts';

const settingOf = (name: string, preset: number) => Number(process.env[`PAWL_CAMPAIGN_${name}`] ?? preset);
const seconds = settingOf('SECONDS', 5);
const writerCount = settingOf('WRITERS', 12);
const configCount = settingOf('CONFIGS', 4);
/** Its first four kinds: a cut connection, the API server, PostgreSQL without power, a killed replica. */
const seed = settingOf('SEED', 262);
/** So many kinds of faults have to come once, however long that takes. */
const kindCount = process.env.PAWL_CAMPAIGN_KINDS === 'all' ? Object.keys(faults).length : 4;
/** A file that a line for each fault is added to. */
const report = process.env.PAWL_CAMPAIGN_REPORT;
/** Saves between two faults, at least; and up to twice as many more. */
const calmSaves = report ? 10 : 3;
const lifeMs = (seconds + 600) * 1_000;

let stage: Stage;

beforeAll(async () => {
  stage = await Stage.open({ lifeMs });
});

afterAll(async () => {
  await stage?.[Symbol.asyncDispose]();
});

/** Every kind once, in some order, then `onceEach`, and on until told to stop; some saves between any two. */
async function breakThings(
  ledger: Ledger,
  { stop, onceEach, tell }: { stop: AbortSignal; onceEach: () => void; tell: (line: string) => void },
): Promise<void> {
  const random = randomOf(seed);
  const kinds = Object.keys(faults) as FaultName[];
  const first = shuffled(kinds, random).slice(0, kindCount);
  const saves = () => ledger.attempts.filter(({ answer }) => answer?.kind === 'saved').length;
  for (let count = 0; !stop.aborted; count += 1) {
    const enough = saves() + calmSaves + random(2 * calmSaves);
    await until('some more saves', patienceMs, () => stop.aborted || saves() >= enough);
    if (stop.aborted) return;
    const fault = first[count] ?? pick(random, kinds);
    const before = { saves: saves(), attempts: ledger.attempts.length };
    tell(`${fault}, after ${before.saves} saves`);
    await faults[fault](stage, random);
    await stage.ready();
    const during = { saves: saves() - before.saves, attempts: ledger.attempts.length - before.attempts };
    if (report) await appendFile(report, `${JSON.stringify({ fault, ...during })}\n`);
    if (count + 1 === first.length) onceEach();
  }
}

it(
  `${writerCount} writers through all doors on ${configCount} configs for ${seconds} s, with faults: numbers have no gap, every acknowledged save is there once, no other one half, and the feed and the ConfigMaps tell of all in order`,
  async () => {
    const { kube, controlPlane, api, addresses } = stage;
    const { kubeconfig } = controlPlane;
    const namespace = await kube.namespace('doors');
    const paths = Array.from({ length: configCount }, (_, index) => `config-${index}.yaml`);
    const writers = writersOf(writerCount, Math.max(1, Math.floor(writerCount / 12)));
    using direct = await DoorClient.direct(api);
    using aggregated = await DoorClient.aggregated(kubeconfig);
    const ledger = new Ledger();
    const ended = new AbortController();
    const doors: Doors = {
      ...{ kube, kubeconfig, api, direct, aggregated },
      ...{ namespace, paths, ledger, stop: ended.signal },
    };
    const body_raw = textOf(new Map(writers.map((_, index) => [nameOf(index), 0])));
    for (const path of paths) {
      const made = await direct.ask(`/configs/${namespace}/${path}`, { method: 'POST', body: { body_raw } });
      expect(made?.status).toBe(201);
    }

    const story: string[] = [`seed ${seed}`];
    const read = new AbortController();
    const [feed, maps] = [await FeedReader.open(addresses, api, namespace), new MapReader()];
    const reading = [feed.run(read.signal), maps.run(kube, namespace, paths, read.signal)];
    const onceEach = Promise.withResolvers<void>();
    const writing = writeAll(doors, writers, seed);
    const breaking = breakThings(ledger, {
      ...{ stop: ended.signal, onceEach: onceEach.resolve },
      tell: line => story.push(line),
    });
    // The length is what was asked for. Whatever fails first ends the rest, and is told below.
    const wanted = Promise.all([delay(seconds * 1_000), onceEach.promise]);
    await Promise.race([wanted, writing, breaking]).catch(() => {});
    ended.abort();
    const done = await Promise.allSettled([writing, breaking]);
    const told = story.join('; ');
    for (const one of done) if (one.status === 'rejected') throw new Error(told, { cause: one.reason });

    const [saved, log] = await Promise.all([historyOf(namespace), logOf(namespace)]);
    const heads = expectModel(ledger.attempts, saved, told);
    expectLog(ledger.attempts, saved, log, told);
    expect([...heads.keys()].sort(), told).toEqual(paths);
    for (const [path, { version, body_raw: text }] of heads) {
      const shown = await kube.untilShown(namespace, path, version, 30_000).catch(async cause => {
        const actual = JSON.stringify(await kube.configMap(namespace, path));
        throw new Error(`${told}: ${cause.message}; it is ${actual}\n${await stage.story()}`, { cause });
      });
      expect(shown.data, `${told}: the ConfigMap of ${path}`).toEqual({ [path]: text });
    }
    await feed.untilKnows(heads, 30_000);
    read.abort();
    await Promise.all(reading);
    expect([...feed.faults, ...maps.faults], told).toEqual([]);
    if (report) {
      const { events, resets, connections } = feed;
      const counts = ledger.counts();
      const summary = {
        seed,
        seconds,
        writers: writerCount,
        configs: configCount,
        versions: saved.length,
        counts,
      };
      const readers = { events, resets, connections, looks: maps.looks };
      await appendFile(report, `${JSON.stringify({ summary: { ...summary, ...readers } })}\n`);
    }
  },
  lifeMs,
);

const historyOf = (namespace: string) =>
  queryDatabase<SavedVersion>(
    stage.databaseUrl,
    `select c.path, v.version, v.body_raw from pawl.config_versions v join pawl.configs c on c.id = v.config_id
      where c.namespace = $1 order by c.path, v.version`,
    [namespace],
  );

const logOf = (namespace: string) =>
  queryDatabase<LoggedChange>(
    stage.databaseUrl,
    `select d.deployment_id, d.path, d.operation, d.old_version, d.new_version, d.new_sha256 = v.content_sha256 as same_text
       from pawl.deployment_changes d join pawl.deployments e on e.id = d.deployment_id
       left join pawl.configs c on c.namespace = d.namespace and c.path = d.path
       left join pawl.config_versions v on v.config_id = c.id and v.version = d.new_version
      where d.namespace = $1 and e.result = 'accepted'`,
    [namespace],
  );
