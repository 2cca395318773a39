/**
 * Restarts workloads for the configs they use: looks at one, decides, and writes. Invariant: what is decided from caches is
 * decided again from the workload as it is, before anything is written; and nothing is remembered that a restart of this
 * process would have to know: a change that was waiting is seen again from what is written on the workload.
 */
import type { Clock } from '../../runtime/clock.ts';
import { sha256 } from '../../text/sha256.ts';
import { seenIn } from '../object/workload/seen-configs.ts';
import {
  type PodTemplate,
  type Workload,
  type WorkloadKey,
  type WorkloadKind,
  workloadRefOf,
} from '../object/workload/workload.ts';
import {
  type ChangedMap,
  decideRestart,
  type PendingRestart,
  type RestartAction,
  type RestartDelays,
} from './decide-restart.ts';
import type { SavedBy, ShownMaps, Workloads } from './ports.ts';
import {
  type ChangedConfig,
  changedConfigs,
  deniedNote,
  firstOf,
  heldNote,
  restartedNote,
} from './restart-words.ts';

export interface RestarterOptions {
  readonly workloads: Workloads;
  readonly maps: ShownMaps;
  readonly savedBy: SavedBy;
  readonly clock: Clock;
  readonly delays: RestartDelays;
  readonly report: (report: RestartReport) => void;
}

export interface RestartReport {
  readonly key: WorkloadKey;
  readonly kind: WorkloadKind;
  readonly did: 'recorded' | 'restarted';
  readonly hash: string | null;
}

interface Known {
  readonly uid: string;
  readonly generation: number;
  readonly template: PodTemplate;
}

interface Recorded {
  readonly digest: string;
  readonly atMs: number;
}

/** Somebody else changed it in between: it is read again. */
const movedMs = 1_000;
/** A Rollout says that it is paused where no watch of metadata tells. */
const pausedMs = 15_000;
/** Who keeps taking the record back is answered once in this time. */
const recordAgainMs = 600_000;

export class Restarter {
  readonly #options: RestarterOptions;
  readonly #templates = new Map<WorkloadKey, Known>();
  readonly #pending = new Map<WorkloadKey, PendingRestart>();
  readonly #recorded = new Map<WorkloadKey, Recorded>();

  constructor(options: RestarterOptions) {
    this.#options = options;
  }

  async reconcile(key: WorkloadKey, signal: AbortSignal): Promise<{ requeueAfterMs?: number } | undefined> {
    const { workloads } = this.#options;
    const told = workloads.get(key);
    if (!told || (told.wish === null && told.seen === null)) {
      this.#forget(key);
      return;
    }
    const known = this.#templates.get(key);
    if (known?.uid === told.uid && known.generation === told.generation) {
      const action = this.#decide(key, told, known.template);
      // The others are decided again from the workload as it is: a watch that lags behind knows nothing of what waits.
      if (action.kind === 'none' || action.kind === 'wait') return this.#afterwards(key, action);
    }
    const found = await workloads.read(workloadRefOf(key), signal);
    if (!found) {
      this.#forget(key);
      return;
    }
    const { workload, template } = found;
    this.#templates.set(key, { uid: workload.uid, generation: workload.generation, template });
    const action = this.#decide(key, workload, template);
    switch (action.kind) {
      case 'none':
      case 'wait':
        return this.#afterwards(key, action);
      case 'held':
        this.#pending.set(key, action.pending);
        return this.#hold(workload, action.changed);
      case 'record':
        return await this.#record(key, workload, template, action, signal);
      case 'restart':
        return await this.#restart(key, workload, template, action, signal);
    }
  }

  #decide(key: WorkloadKey, workload: Workload, template: PodTemplate): RestartAction {
    const { maps, clock, delays } = this.#options;
    const shown = (name: string) => {
      const map = maps.configMap({ namespace: workload.namespace, name });
      return map ? seenIn(map) : null;
    };
    const pending = this.#pending.get(key) ?? null;
    return decideRestart({ workload, template, shown }, pending, clock.monotonic(), delays);
  }

  #afterwards(
    key: WorkloadKey,
    action: Extract<RestartAction, { kind: 'none' | 'wait' }>,
  ): { requeueAfterMs: number } | undefined {
    if (action.kind === 'none') {
      this.#pending.delete(key);
      return;
    }
    this.#pending.set(key, action.pending);
    return { requeueAfterMs: Math.ceil(action.ms) };
  }

  #hold(workload: Workload, changed: readonly ChangedMap[]): { requeueAfterMs: number } | undefined {
    const { kind, name } = workload;
    const note = heldNote(changedConfigs(changed), kind, name);
    this.#options.workloads.event(workload, { type: 'Normal', reason: 'RestartHeld', note });
    // Of the others the generation tells when they are resumed.
    return kind === 'Rollout' ? { requeueAfterMs: pausedMs } : undefined;
  }

  async #record(
    key: WorkloadKey,
    workload: Workload,
    template: PodTemplate,
    { seen }: Extract<RestartAction, { kind: 'record' }>,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    const { workloads, clock, report } = this.#options;
    this.#pending.delete(key);
    const digest = sha256(JSON.stringify(seen));
    const before = this.#recorded.get(key);
    const now = clock.monotonic();
    if (before?.digest === digest && now - before.atMs < recordAgainMs)
      return { requeueAfterMs: recordAgainMs - (now - before.atMs) };
    // What Pawl applied is left out of an apply only to take it away, which would restart it.
    const hash = workload.isHashOurs ? template.hash : null;
    const written = await workloads.write(workload, { seen, hash }, signal);
    if (written === 'moved') return { requeueAfterMs: movedMs };
    if (written !== 'written') this.#deny(workload, [], written.denied);
    this.#recorded.set(key, { digest, atMs: now });
    report({ key, kind: workload.kind, did: 'recorded', hash });
    return;
  }

  async #restart(
    key: WorkloadKey,
    workload: Workload,
    template: PodTemplate,
    { seen, hash, changed }: Extract<RestartAction, { kind: 'restart' }>,
    signal: AbortSignal,
  ): Promise<{ requeueAfterMs?: number } | undefined> {
    const { workloads, savedBy, report } = this.#options;
    const written = await workloads.write(workload, { seen, hash }, signal);
    if (written === 'moved') return { requeueAfterMs: movedMs };
    const configs = changedConfigs(changed);
    if (written !== 'written') this.#deny(workload, configs, written.denied);
    this.#pending.delete(key);
    report({ key, kind: workload.kind, did: 'restarted', hash });
    const people = await Promise.all(
      firstOf(configs).map(({ config, version }) => savedBy(config, version, signal)),
    );
    const note = restartedNote(configs, people, template.isOnDelete);
    const reason = template.isOnDelete ? 'MarkedForRestart' : 'Restarted';
    workloads.event(workload, { type: 'Normal', reason, note });
    return;
  }

  /** Throws, so that it is tried again, later each time. */
  #deny(workload: Workload, configs: readonly ChangedConfig[], why: string): never {
    this.#options.workloads.event(workload, {
      ...{ type: 'Warning', reason: 'RestartDenied' },
      note: deniedNote(configs, why),
    });
    throw new Error(why);
  }

  #forget(key: WorkloadKey): void {
    this.#templates.delete(key);
    this.#pending.delete(key);
    this.#recorded.delete(key);
  }
}
