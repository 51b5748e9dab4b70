/** What every way to break a server is. */
import type { SettingsReader } from '../../probes/settings-reader.ts';
import type { ServerKind } from '../world.ts';

/** Breaks (or mends) the server at a URL; the answer takes back what outlives the drill on a server that was given. */
export type Inject = (url: string) => Promise<() => Promise<void>>;

export interface Fault {
  readonly kind: ServerKind;
  /** Reads what stands under `with:`, and leaves the faults there. */
  read(settings: SettingsReader): Inject;
}
