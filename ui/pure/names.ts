/** What names a config. */
export interface ConfigName {
  readonly namespace: string;
  readonly path: string;
}
