/** The runtime file: where the hub of a data folder is to be found while it runs. Hub writes, consoles read. */
import path from 'node:path';
import * as v from 'valibot';

export interface Runtime {
  readonly pid: number;
  /** With the pid: which process it is, as `log/process-identity.ts` tells it. Null: an older hub, which did not say. */
  readonly start: string | null;
  readonly boot: string | null;
  readonly host: string | null;
  /** ws://host:port */
  readonly url: string;
  /** http://host:port */
  readonly http: string;
  /** The same for people on other machines. */
  readonly elsewhere: string;
  /** Sha256 of the hub's certificate, which may be made for another name than `url` has; null: no TLS. */
  readonly fingerprint: string | null;
  readonly startedAt: string;
  readonly version: string;
  /** It was started by a console, ends by itself, and is started again when it died. */
  readonly background: boolean;
}
const runtime = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  start: v.optional(v.nullable(v.string()), null),
  boot: v.optional(v.nullable(v.string()), null),
  host: v.optional(v.nullable(v.string()), null),
  url: v.pipe(v.string(), v.url()),
  http: v.pipe(v.string(), v.url()),
  elsewhere: v.pipe(v.string(), v.url()),
  fingerprint: v.nullable(v.string()),
  startedAt: v.string(),
  version: v.string(),
  background: v.optional(v.boolean(), false),
}) satisfies v.GenericSchema<unknown, Runtime>;

export const runtimeFile = (dataDir: string): string => path.join(dataDir, 'hub.json');
/** This machine's own token, mode 0600. */
export const tokenFile = (dataDir: string): string => path.join(dataDir, 'token');

/** Reads the runtime file's text; null when it is none (half written, from another program). */
export function readRuntime(text: string): Runtime | null {
  try {
    return v.parse(runtime, JSON.parse(text));
  } catch {
    return null;
  }
}
