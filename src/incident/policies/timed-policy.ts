/**
 * A pure function of state and time (ms since 1970, hub time). Keys are deterministic, so that a command is executed
 * once.
 */
export interface DueCommands<C> {
  readonly commands: readonly { readonly key: string; readonly command: C }[];
  /** Next evaluation without an event, ms since 1970; null: none. */
  readonly nextDue: number | null;
}
export type TimedPolicy<S, C> = (state: S, now: number) => DueCommands<C>;
