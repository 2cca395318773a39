/** The store in memory, as far as settling objects needs one: heads, lines and texts, with the real preconditions. */
import type {
  Actor,
  ApprovalRecord,
  ConfigId,
  Judgements,
  Line,
  ProposalRef,
  Source,
  Version,
  VersionRecord,
  View,
} from '../../history/words/model.ts';
import type { JudgementToKeep, LineMove, Save } from '../../history/words/save.ts';

interface Config {
  readonly id: string;
  readonly versions: { record: VersionRecord; text: string }[];
  readonly lines: Map<string, { line: Line; text: string }>;
  lastVersion: Version;
}

const nameOf = ({ namespace, path }: ConfigId) => `${namespace}/${path}`;
const sourceOf = ({ cluster, namespace, name }: Source) => `${cluster}/${namespace}/${name}`;

export class MemoryStore {
  /** PostgreSQL does not answer. */
  /** What every call fails with. */
  away: Error | null = null;
  readonly refusals: string[] = [];
  /** Of each save that needed any. */
  readonly approvals: (readonly ApprovalRecord[])[] = [];
  readonly #judgements = new Map<string, Judgements & { generation: bigint }>();
  readonly #configs = new Map<string, Config>();
  looks = 0;

  async look(query: { config: ConfigId; source: Source; baseVersion: Version | null }): Promise<View> {
    this.#answer();
    this.looks += 1;
    const config = this.#configs.get(nameOf(query.config));
    if (!config) return { config: null, head: null, line: null, base: null, match: null, headIsOwn: false };
    const { id, versions, lines, lastVersion } = config;
    const line = lines.get(sourceOf(query.source))?.line ?? null;
    const later = versions.find(({ record }) => line && record.version > line.version);
    return {
      config: { id, format: 'yaml', lastVersion },
      head: versions.at(-1)?.record ?? null,
      line: line && { ...line, supersededBy: later?.record.version ?? null },
      base: versions.find(({ record }) => record.version === query.baseVersion)?.record ?? null,
      match: null,
      headIsOwn: line !== null && line.version === versions.at(-1)?.record.version,
    };
  }

  async others(config: ConfigId, source: Source) {
    this.#answer();
    const { versions = [], lines } = this.#configs.get(nameOf(config)) ?? {};
    const line = lines?.get(sourceOf(source))?.line;
    const later = versions.find(({ record }) => line && record.version > line.version)?.record ?? null;
    const isMixed = line !== undefined && line.sha256 !== line.contentSha256;
    const before = versions.findLast(({ record }) => line && record.version < line.version)?.record ?? null;
    return { later, mixedWith: isMixed ? before : null };
  }

  async texts(config: ConfigId, wanted: readonly Version[]): Promise<Map<Version, string>> {
    this.#answer();
    const versions = this.#configs.get(nameOf(config))?.versions ?? [];
    return new Map(
      versions
        .filter(({ record }) => wanted.includes(record.version))
        .map(each => [each.record.version, each.text]),
    );
  }

  async between(config: ConfigId, range: { from: Version; to: Version }) {
    this.#answer();
    const versions = this.#configs.get(nameOf(config))?.versions ?? [];
    return versions.filter(({ record }) => record.version > range.from && record.version <= range.to);
  }

  async lineText(config: ConfigId, source: Source): Promise<string | null> {
    return this.#configs.get(nameOf(config))?.lines.get(sourceOf(source))?.text ?? null;
  }

  async judged({ uid, generation }: { uid: string; generation: bigint }): Promise<Judgements> {
    this.#answer();
    const said = this.#judgements.get(uid);
    return said?.generation === generation ? said : { approvals: null, rejection: null };
  }

  /** As judge_object() does. */
  judge({ uid, generation, token, name, rejected }: JudgementToKeep): void {
    const at = new Date('2026-01-02T03:04:05.000Z');
    const before = this.#judgements.get(uid);
    const by =
      before?.generation === generation && before.approvals?.token === token ? before.approvals.by : [];
    const all = [...by.filter(one => one.name !== name), { name, at }];
    this.#judgements.set(uid, {
      generation,
      approvals: rejected === null ? { token, by: all } : null,
      rejection: rejected === null ? null : { token, name, at, reason: rejected },
    });
  }

  async save({ config: of, expectedHead, expectedSha256, proposal, version, approved }: Save) {
    this.#answer();
    const config = this.#config(of);
    const head = config.versions.at(-1)?.record;
    if ((head?.version ?? 0n) !== expectedHead) return { kind: 'raced' } as const;
    if (expectedSha256 !== undefined && head?.sha256 !== expectedSha256) return { kind: 'raced' } as const;
    const by = this.#judgements.get(proposal.uid)?.approvals?.by ?? [];
    if (approved && !approved.names.every(name => by.some(one => one.name === name)))
      return { kind: 'raced' } as const;
    config.lastVersion += 1n;
    const { author, actor, comment, git, body, kind } = version;
    const facts = { author, actor, comment, git, kind, baseVersion: proposal.baseVersion };
    const createdAt = new Date('2026-01-02T03:04:05Z');
    const record = { version: config.lastVersion, sha256: body.sha256, createdAt, ...facts };
    config.versions.push({ record, text: body.text });
    if (approved) this.approvals.push(by.map(one => ({ kind: 'approved', ...one, reason: null })));
    const line = this.#moveLine(config, proposal, record, kind === 'direct' ? 'Saved' : 'Merged', actor);
    return { kind: 'saved', version: record.version, configId: config.id, line, createdAt } as const;
  }

  async moveLine({ config: of, expectedHead, proposal, version, actor }: LineMove) {
    this.#answer();
    const config = this.#config(of);
    if (config.versions.at(-1)?.record.version !== expectedHead) return { kind: 'raced' } as const;
    const { record } = config.versions.find(each => each.record.version === version)!;
    const line = this.#moveLine(config, proposal, record, 'Unchanged', actor);
    const later = config.versions.find(each => each.record.version > version);
    const moved = { ...line, supersededBy: later?.record.version ?? null };
    return { kind: 'moved', line: moved } as const;
  }

  async raiseFloor({ config, seen }: { config: ConfigId; seen: Version }): Promise<void> {
    this.#answer();
    this.#config(config).lastVersion = seen;
  }

  async rewindLine(): Promise<boolean> {
    return false;
  }

  async deleteConfig({ config }: { config: ConfigId }): Promise<{ versions: number; kept: boolean }> {
    this.#answer();
    const found = this.#configs.get(nameOf(config));
    const versions = found?.versions.splice(0).length ?? 0;
    found?.lines.clear();
    return { versions, kept: false };
  }

  async countConfigs(): Promise<number> {
    return 0;
  }

  async logRefusal({ reason }: { reason: string }): Promise<void> {
    this.#answer();
    this.refusals.push(reason);
  }

  /** The number of the latest version; null: there is none. */
  headOf(config: ConfigId): Version | null {
    return this.#configs.get(nameOf(config))?.versions.at(-1)?.record.version ?? null;
  }

  #config(of: ConfigId): Config {
    const known = this.#configs.get(nameOf(of));
    if (known) return known;
    const id = String(this.#configs.size + 1);
    const config: Config = { id, versions: [], lines: new Map(), lastVersion: 0n };
    this.#configs.set(nameOf(of), config);
    return config;
  }

  #moveLine(
    config: Config,
    { source, uid, generation, sha256, baseVersion, text }: ProposalRef,
    { version, sha256: contentSha256 }: VersionRecord,
    acceptedAs: Line['acceptedAs'],
    actor: Actor,
  ): Line {
    const of = { uid, generation, sha256, baseVersion, version, contentSha256, acceptedAs };
    const line = { ...of, actor, supersededBy: null };
    config.lines.set(sourceOf(source), { line, text });
    return line;
  }

  #answer(): void {
    if (this.away) throw this.away;
  }
}
