/**
 * The history as its readers get it: configs, versions, deployments, changes. Data only: the types that the store
 * answers with and the doors translate; nothing here is written back.
 */
import type { Format } from '../../text/format.ts';
import type {
  Actor,
  ApprovalRecord,
  AuthoredAt,
  ConfigId,
  GitOrigin,
  Version,
  VersionRecord,
} from './model.ts';

/** One page of a list. `next` asks for the following one and is opaque; null: this was the last. */
export interface Page<Item> {
  readonly items: readonly Item[];
  readonly next: string | null;
}

/** Where to go on, and how many items at most (1 to 1000). */
export interface PageRequest {
  /** `next` of an earlier page of the same question; null: from the start. */
  readonly after: string | null;
  readonly limit: number;
}

export interface NamespaceRecord {
  readonly name: string;
  readonly createdAt: Date;
  /** Configs that have a version now. */
  readonly configs: number;
}

/** A version with all that is remembered of how it came to be; only its text is fetched apart. */
export interface VersionDetail extends VersionRecord {
  /** Of a merge: the head it was made onto. null: no merge. */
  readonly mergedOnto: Version | null;
  /** Of a merge: the places the proposal changed, as JSON Pointers. */
  readonly mergedPaths: readonly string[];
  /** Who confirmed a merge that was shown first. */
  readonly confirmedBy: string | null;
  /** The ConfigVersion object it came from; null: a request. */
  readonly object: { readonly cluster: string; readonly namespace: string; readonly name: string } | null;
  /** Of an imported version, beside the time at which it was saved here; null: of any other. */
  readonly authored: AuthoredAt | null;
  /** Who proposed it, and who approved it or bypassed that; empty where no approval was needed, or it was not asked for. */
  readonly approvals: readonly ApprovalRecord[];
  /** Size of the text in bytes of UTF-8. */
  readonly bytes: number;
}

export interface ConfigRecord {
  readonly config: ConfigId;
  /** Stable database identity, also the value of the label pawl.dev/config-id. */
  readonly id: string;
  readonly format: Format;
  readonly createdAt: Date;
  readonly head: VersionDetail;
}

/** A deletion of a config, while the trash keeps it. */
export interface TrashRecord {
  readonly id: string;
  readonly config: ConfigId;
  readonly format: Format;
  readonly versions: number;
  readonly bytes: number;
  readonly firstVersion: Version;
  readonly lastVersion: Version;
  readonly deletedAt: Date;
  readonly deletedBy: Actor;
  /** When it goes for good. */
  readonly keptUntil: Date;
}

/** The latest version and its text. null: there is none now. `lastVersion` outlives deletes; 0n: never had one. */
export type Head =
  | { readonly record: ConfigRecord; readonly text: string }
  | { readonly record: null; readonly lastVersion: Version };

export type ListedConfig =
  /** `path` ends in a slash: there are configs below it. */
  | { readonly kind: 'folder'; readonly path: string }
  | { readonly kind: 'config'; readonly record: ConfigRecord };

/** Config namespaces a reader may see. */
export type Visible = 'all' | readonly string[];

/** What a search asks for; each part that is there must hold. Only latest versions are searched. */
export interface SearchQuery {
  /** Part of the path, in any case. */
  readonly path?: string;
  /** What the path begins with, in its own case. */
  readonly prefix?: string;
  /**
   * Keys from the root of the value to the place; `*` is any key, `**` any number of them. Lists are looked
   * into at each step, several YAML documents in turn.
   */
  readonly key?: readonly string[];
  /** What is there, as JSON text: equal as a JSON value. Without `key`: anywhere. */
  readonly value?: string;
}

/** Of the versions of a config. */
export interface VersionFilter {
  /** Part of the author's or the actor's name, in any case; a service account's with slashes or with colons. */
  readonly author?: string;
  /** Saved at or after this time. */
  readonly from?: Date;
  /** Saved before this time. */
  readonly to?: Date;
}

export interface DeploymentFilter {
  /** Entries at or after this time. */
  readonly from?: Date;
  /** Entries before this time. */
  readonly to?: Date;
  readonly deployer?: string;
  /** Whole commit name. */
  readonly commit?: string;
  /** Of one config; with `namespace`. */
  readonly path?: string;
  readonly namespace?: string;
  readonly result?: DeploymentRecord['result'];
}

export interface DeploymentRecord {
  /** Of its newest entry; grows in the order of the log. */
  readonly id: string;
  /** What its deployer calls it; null: nothing. */
  readonly group: string | null;
  readonly createdAt: Date;
  readonly deployer: Actor;
  readonly git: GitOrigin;
  readonly result: 'accepted' | 'refused';
  /** How many log entries it consists of. */
  readonly entries: number;
  /** The newest 100 of those the reader may see. */
  readonly changes: readonly DeploymentChange[];
  readonly changeCount: number;
}

export interface DeploymentChange {
  readonly config: ConfigId;
  readonly operation: 'create' | 'update' | 'unchanged' | 'delete';
  readonly oldVersion: Version | null;
  /** null: refused, or deleted. */
  readonly newVersion: Version | null;
  /** Lower-case hex. */
  readonly oldSha256: string | null;
  readonly newSha256: string | null;
  /** Why it was refused; null: it was not. */
  readonly refusal: { readonly reason: string; readonly message: string } | null;
  /** What the log says of it besides, such as why it was purged; null: nothing. */
  readonly note: string | null;
}

/** One thing that happened to a config, in the order in which each config's changes happened. */
export interface Change {
  readonly kind: 'saved' | 'deleted' | 'version-deleted';
  readonly config: ConfigId;
  /** The version saved or deleted; of a deleted config, the highest number it ever had. */
  readonly version: Version;
  /** Of the object whose proposal was saved; null: a request's, or nobody knows any more, or a delete. */
  readonly uid: string | null;
  readonly at: Date;
  /** Goes on right after this change. */
  readonly cursor: string;
}

export type Changes =
  /** `cursor` goes on after all of `changes`; `more`: ask again at once. */
  | {
      readonly kind: 'changes';
      readonly changes: readonly Change[];
      readonly cursor: string;
      readonly more: boolean;
    }
  /** The feed does not remember that far back, or is another database's: list anew, and go on from `cursor`. */
  | { readonly kind: 'expired'; readonly cursor: string };
