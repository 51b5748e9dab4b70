/**
 * A policy says what falls due by itself: a pure function of the state and the time. Its commands have keys that are the
 * same whenever and wherever it is evaluated, so that nothing is done twice.
 */
export interface DueCommands<C> {
  /** To be executed now. */
  readonly commands: readonly { readonly key: string; readonly command: C }[];
  /** When to ask again although nothing happens, ms since 1970; null: never. */
  readonly nextDue: number | null;
}
/** `now`: ms since 1970, hub time. */
export type TimedPolicy<S, C> = (state: S, now: number) => DueCommands<C>;
