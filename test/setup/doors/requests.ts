/**
 * Writers by requests: one config at a time or several as one deployment, straight to the server or through the API
 * server. With a key they ask until they are answered, and sometimes cut the line before the answer comes; without
 * one they take what they are told.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { DeploymentItem, Problem, SavedConfig } from '../../../api/types.gen.ts';
import { until } from '../until.ts';
import type { Answered, Asked, DoorClient } from './client.ts';
import { type Answer, withMark } from './model.ts';
import { answerOfItems, patienceMs, pick, type Random, someBase, type Writer } from './writer.ts';

/** What is asked, until it is answered where a key makes that safe; null: no answer. */
async function answered(client: DoorClient, random: Random, path: string, asked: Asked, key: string | null) {
  if (key === null) return client.ask(path, asked);
  const headers = { ...asked.headers, 'idempotency-key': key };
  return until(`${key} is answered`, patienceMs, async () => {
    const answer = await client.ask(path, { ...asked, headers, lost: random(12) === 0 });
    if (answer && answer.status !== 503 && answer.status !== 429) return answer;
    await delay(20 + random(200));
    return null;
  });
}

type Through = 'direct' | 'aggregated';
const styles = ['merge', 'merge', 'merge', 'confirm', 'confirm', 'reject', 'dry-run'] as const;

export function requests({ through, keyed }: { through: Through; keyed: boolean }): Writer {
  return async (doors, writer, random) => {
    const { ledger, namespace, stop } = doors;
    while (!stop.aborted) {
      const path = pick(random, doors.paths);
      const style = pick(random, styles);
      const base = await someBase(doors, writer, path, random);
      const attempt = ledger.begin(writer, `${through}${keyed ? '' : ' without key'}`, [path], { keyed });
      const body_raw = withMark(base.text, writer, attempt.mark);
      const inHeader = random(2) === 0;
      const url = `/configs/${namespace}/${path}${style === 'dry-run' ? '?dry_run=true' : ''}`;
      let confirm: string | undefined;
      for (let round = 0; ; round += 1) {
        const asked: Asked = {
          method: 'PUT',
          headers: inHeader ? { 'if-match': `"${base.version}"` } : {},
          body: {
            ...{ body_raw, on_stale: style === 'dry-run' ? 'merge' : style },
            ...(!inHeader && { base_version: base.version }),
            ...(confirm !== undefined && { confirm }),
          },
        };
        const key = keyed ? `${writer}-${attempt.mark}-${round}` : null;
        const reply = await answered(doors[through], random, url, asked, key);
        const problem = reply?.json as Problem | undefined;
        if (problem?.reason === 'ConfirmationRequired' && style === 'confirm') {
          confirm = problem.token;
          if (round < 30) continue;
        }
        attempt.answer = reply && answerTo(reply, path, style);
        break;
      }
    }
  };
}

function answerTo({ status, json }: Answered, path: string, style: (typeof styles)[number]): Answer | null {
  if (status >= 400) {
    const { reason, detail } = json as Problem;
    const version = /It was saved as version (\d+)/.exec(detail)?.[1];
    if (version !== undefined) return { kind: 'saved', versions: new Map([[path, Number(version)]]) };
    if (reason === 'OutcomeUnknown') return null;
    const wanted = style === 'reject' && reason === 'VersionConflict';
    return { kind: 'refused', reason: wanted || reason === 'ConfirmationRequired' ? 'Rejected' : reason };
  }
  const { latest, result, dry_run } = json as SavedConfig;
  if (dry_run) return { kind: 'refused', reason: 'DryRun' };
  const kind = result === 'unchanged' ? 'unchanged' : 'saved';
  return { kind, versions: new Map([[path, latest.version]]) };
}

export function deployments(through: Through): Writer {
  return async (doors, writer, random) => {
    const { ledger, namespace, stop } = doors;
    while (!stop.aborted) {
      const paths = [...new Set([0, 1, 2].map(() => pick(random, doors.paths)))];
      const bases = await Promise.all(paths.map(path => someBase(doors, writer, path, random)));
      const attempt = ledger.begin(writer, `deployment ${through}`, paths, { keyed: true });
      const changes = paths.map((path, index) => ({
        ...{ namespace, path, on_stale: 'merge', base_version: bases[index]!.version },
        body_raw: withMark(bases[index]!.text, writer, attempt.mark),
      }));
      const key = `${writer}-${attempt.mark}`;
      const asked = { method: 'POST', body: { changes, group: key } } as const;
      const reply = await answered(doors[through], random, '/deployments', asked, key);
      attempt.answer = reply && deployed(reply);
    }
  };
}

function deployed({ status, json }: Answered): Answer {
  if (status < 400) return answerOfItems(json.items as DeploymentItem[]);
  const { reason, items = [] } = json as Problem;
  return { kind: 'refused', reason: items.find(({ problem }) => problem)?.problem?.reason ?? reason };
}
