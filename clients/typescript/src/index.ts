/** What both entries, Node's and the browser's, offer beside `connect`. */
export type { Place, Problem, SaveResult, Version } from '../../../api/types.gen.ts';
export type { ReadVersion } from './caller.ts';
export { PawlClient } from './client.ts';
export type { LiveConfig, Snapshot, WatchOptions } from './config.ts';
export { type Decode, decode, type Parse } from './decode.ts';
export { type ErrorReason, PawlError } from './errors.ts';
export type { SaveOutcome, SaveRequest } from './save.ts';
export type { Pace } from './time.ts';
