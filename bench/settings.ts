/** What the benchmark was told for all scenarios. */
export interface Settings {
  /** The size of the large image, in bytes. */
  readonly size: number;
}
