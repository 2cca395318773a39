/** The names of a config. */
export interface ConfigName {
  readonly namespace: string;
  readonly path: string;
}
