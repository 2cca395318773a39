/** What every writer needs, whatever its door: where the doors are, when to stop, and a version to edit from. */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentItem } from '../../../api/types.gen.ts';
import type { LocalApi } from '../../../local/api.ts';
import type { Kube } from '../kube.ts';
import { until } from '../until.ts';
import type { DoorClient } from './client.ts';
import type { Answer, Ledger } from './model.ts';

export interface Doors {
  readonly kube: Kube;
  readonly kubeconfig: string;
  readonly api: LocalApi;
  readonly direct: DoorClient;
  readonly aggregated: DoorClient;
  readonly namespace: string;
  readonly paths: readonly string[];
  readonly ledger: Ledger;
  readonly stop: AbortSignal;
}

export type Random = (below: number) => number;
export type Writer = (doors: Doors, name: string, random: Random) => Promise<void>;

/** Long enough for whatever is broken to be mended. */
export const patienceMs = 240_000;

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)]!;

export interface Text {
  readonly version: number;
  readonly text: string;
}

/** A version to edit from: the latest, or up to three before it, but none older than the writer's own last. */
export async function someBase(doors: Doors, writer: string, path: string, random: Random): Promise<Text> {
  const head = await read(doors, path);
  const own = doors.ledger.lastOf(writer, path);
  const behind = Math.min(random(4), Math.max(0, head.version - own));
  return behind === 0 ? head : read(doors, path, head.version - behind);
}

function read({ direct, namespace }: Doors, path: string, version?: number): Promise<Text> {
  const query = version === undefined ? '' : `?version=${version}`;
  return until(`${path} is read`, patienceMs, async () => {
    const answer = await direct.ask(`/configs/${namespace}/${path}${query}`);
    const found = answer?.status === 200 ? (answer.json.latest ?? answer.json.version) : null;
    if (!found) await delay(100);
    return found && { version: found.version as number, text: found.body_raw as string };
  });
}

export function answerOfItems(items: readonly DeploymentItem[]): Answer {
  const versions = new Map(items.map(({ path, new_version }) => [path, new_version!]));
  return { kind: items.every(item => item.operation === 'unchanged') ? 'unchanged' : 'saved', versions };
}
