/** A config's past: its versions, the differences between them, and who changed which line. */
import type { BlameLine, DiffText } from '../../api/types.gen.ts';
import { configName } from '../../history/core/names.ts';
import { withoutBypass, withoutCommit } from '../bypass.ts';
import {
  actorOf,
  askedConfig,
  type Handler,
  momentsOf,
  nextOf,
  noConfig,
  onConfig,
  pageOf,
} from '../call.ts';
import { compared, diffOf, noVersion, textOf, versionInTurn, versionsIn } from '../diff.ts';
import type { BlameStep } from '../heavy.ts';
import { demandDone, idempotencyOf, keyReused, replayedHeaders } from '../idempotency.ts';
import { configOf, factsOf } from '../present.ts';
import { Refused } from '../problems.ts';

/** Versions a blame looks through, and bytes of their texts. */
const maxBlamed = 1_000;
const maxBlamedBytes = 32 << 20;

export const listVersions: Handler = {
  readsMuch: true,
  deeds: onConfig('get'),
  async answer(call) {
    const config = askedConfig(call);
    const { record } = await call.history.head(config, call.signal, call.tenant);
    if (!record) throw noConfig(config);
    const { author } = call.query;
    const filter = { ...(author !== undefined && { author: String(author) }), ...momentsOf(call) };
    const page = await call.history.versions(config, pageOf(call), call.signal, filter);
    const { fields, headers } = nextOf(call, page.next);
    const json = { config: configOf(record), items: page.items.map(factsOf), ...fields };
    return { status: 200, headers, json };
  },
};

export const deleteVersion: Handler = {
  deeds: onConfig('delete'),
  async answer(call) {
    const config = askedConfig(call);
    const number = Number(call.query.version);
    const version = BigInt(number);
    const { principal, signal } = call;
    // A version that holds a secret does not wait for the end of a freeze: it is purged, by a right of its own.
    const instead = `a DELETE has no place for one. If it holds a secret: POST /purge/${configName(config)}, with the right to purge.`;
    const refused = withoutBypass(call, config, 'delete-version') ?? withoutCommit(call, config, instead);
    if (refused) {
      await demandDone(refused, call);
      return { status: 204, headers: replayedHeaders };
    }
    if (call.query.dry_run) {
      const found = await versionInTurn(call, config, version);
      if (!found) throw await noVersion(call, config, number);
      if (found.record.head.version === version) throw isLatest(number);
      return { status: 204 };
    }
    const input = { config, version, actor: actorOf(principal), idempotency: idempotencyOf(call) };
    switch (await call.writing.deleteVersion(input, signal)) {
      case 'head':
        throw isLatest(number);
      case 'gone':
        throw await noVersion(call, config, number);
      case 'key-reused':
        throw keyReused();
      case 'replayed':
        return { status: 204, headers: replayedHeaders };
      case 'deleted':
        call.hub.nudge();
        return { status: 204 };
    }
  },
};

export const diffVersions: Handler = {
  readsMuch: true,
  deeds: onConfig('get'),
  async answer(call) {
    const json = await diffOf(call, askedConfig(call), versionsIn(call.query));
    return { status: 200, json };
  },
};

export const diffText: Handler = {
  readsMuch: true,
  deeds: onConfig('get'),
  async answer(call) {
    const { body_raw, from } = call.body as DiffText;
    const before = await textOf(call, askedConfig(call), from ?? null);
    return { status: 200, json: await compared(call, before, { text: body_raw, label: 'proposed' }, null) };
  },
};

export const blameConfig: Handler = {
  readsMuch: true,
  deeds: onConfig('get'),
  async answer(call) {
    const config = askedConfig(call);
    const asked = call.query.version === undefined ? null : Number(call.query.version);
    const { record, number } = await textOf(call, config, asked);
    const records = new Map<number, ReturnType<typeof factsOf>>();
    const steps: BlameStep[] = [];
    let bytes = 0;
    let complete = true;
    const range = { to: BigInt(number), limit: maxBlamed };
    for await (const { record: version, text } of call.history.backwards(config, range, call.signal)) {
      bytes += version.bytes;
      // Counted twice: the texts are held here and in the thread.
      if (version.bytes > 16_384) call.hold(2 * version.bytes);
      if (steps.length > 0 && bytes > maxBlamedBytes) {
        complete = false;
        break;
      }
      records.set(Number(version.version), factsOf(version));
      steps.push({ version: version.version, text });
    }
    if (steps.length === 0) throw await noVersion(call, config, number);
    if (steps.length >= maxBlamed) complete = false;
    const blamed = await call.comparer.blame(steps, complete, call.place());
    const lines = blamed.map(({ text, version, certain }, index): BlameLine => {
      return { line: index + 1, text, version: Number(version), ...(!certain && { at_least: true }) };
    });
    const named = [...new Set(lines.map(line => line.version))].sort((a, b) => b - a);
    return {
      status: 200,
      json: {
        config: configOf(record),
        ...{ version: number, lines, versions: named.map(one => records.get(one)!) },
        ...(!complete && { oldest_seen: Number(steps.at(-1)!.version) }),
      },
    };
  },
};

export function isLatest(version: number): Refused {
  const detail = `Version ${version} is the latest, which stays. Save another text first, or delete the config.`;
  return new Refused('LatestVersion', detail, { current_version: version });
}
