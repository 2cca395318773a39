/**
 * The types of writes that come from requests, for the code that decides them and the code that stores them. Data only,
 * as in model.ts.
 */
import type { Body, Format } from '../../text/format.ts';
import type { ConfigId, Version, VersionKind } from './model.ts';

/** As whom the API server knows who sends a request, beside their name: enough to ask about their rights again. */
export interface Sender {
  readonly uid: string;
  readonly groups: readonly string[];
  readonly extra: Readonly<Record<string, readonly string[]>>;
}

/** Makes a write safe to send again: calls with the same key of the same principal are the same write. */
export interface Idempotency {
  /** As the client chose it; 1 to 255 characters. */
  readonly key: string;
  /** Whose keys they are: the authenticated user. */
  readonly principal: string;
  /** Lower-case hex SHA-256 of everything that the request asks for. Another one is another request. */
  readonly requestSha256: string;
}

/** One change of a request, decided. */
export type ChangeToSave =
  | {
      readonly kind: 'save';
      readonly config: ConfigId;
      /** 0n: the config has no version now. */
      readonly expectedHead: Version;
      readonly body: Body;
      readonly format: Format;
      readonly versionKind: VersionKind;
      readonly baseVersion: Version | null;
      readonly mergedPaths: readonly string[];
      readonly comment: string;
    }
  /** The head has this text already; the change is only logged. */
  | {
      readonly kind: 'unchanged';
      readonly config: ConfigId;
      readonly expectedHead: Version;
      readonly sha256: string;
    }
  /** The config goes with all its versions. */
  | {
      readonly kind: 'delete';
      readonly config: ConfigId;
      readonly expectedHead: Version;
      /** What the log is to say of it; '': nothing. */
      readonly remark: string;
    };

/** What is remembered of a change that was written, also under its idempotency key. */
export type WrittenChange = SavedChange | DeletedChange;

export interface DeletedChange {
  readonly config: ConfigId;
  readonly configId: string;
  readonly operation: 'delete';
  /** The head it had, the highest of its versions. */
  readonly previous: Version;
  /** Of the head's text. Lower-case hex. */
  readonly sha256: string;
}

export interface SavedChange {
  readonly config: ConfigId;
  readonly configId: string;
  readonly operation: 'create' | 'update' | 'unchanged';
  readonly version: Version;
  /** The head before; null: there was none. */
  readonly previous: Version | null;
  readonly versionKind: VersionKind;
  /** Of the version's text. Lower-case hex. */
  readonly sha256: string;
  readonly createdAt: Date;
}

/** What became of bringing the newest deletion of a config back. */
export type Undeleting =
  | {
      readonly kind: 'undeleted';
      /** How many came back, and their lowest and highest number. */
      readonly versions: number;
      readonly firstVersion: Version;
      readonly lastVersion: Version;
      readonly latest: Version;
      /** Another text was saved since the delete: it stays the latest. */
      readonly live: boolean;
      readonly replayed: boolean;
    }
  /** Nothing of it is in the trash; what was saved since has another format, or the same commits; the key is another's. */
  | { readonly kind: 'missing' | 'occupied' | 'key-reused' }
  /** What was the latest was purged, and nothing was saved since. `lastVersion`: the highest number ever used. */
  | { readonly kind: 'headless'; readonly lastVersion: Version };
