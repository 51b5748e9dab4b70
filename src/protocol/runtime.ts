/** The runtime file: where the hub of a data folder is while it runs. The hub writes it, consoles read it. */
import path from 'node:path';
import * as v from 'valibot';
import { parseJson, readAs, type Fields } from '../incident/shapes.ts';

const url = v.pipe(v.string(), v.url());
const textOrNull = v.optional(v.nullable(v.string()), null);

const runtime = v.object({
  pid: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  /** With the pid, these identify the process (`log/process-identity.ts`). Null: an older hub that did not say. */
  start: textOrNull,
  boot: textOrNull,
  host: textOrNull,
  /** ws://host:port */
  url,
  /** http://host:port */
  http: url,
  /** `url` for people on other machines. */
  elsewhere: url,
  /** Sha256 of the hub's certificate, which may name another host than `url`; null: no TLS. */
  fingerprint: v.nullable(v.string()),
  startedAt: v.string(),
  version: v.string(),
  /** Started by a console: it ends by itself, and consoles start it again when it died. */
  background: v.optional(v.boolean(), false),
});
export type Runtime = Fields<typeof runtime>;

export const runtimeFile = (dataDir: string): string => path.join(dataDir, 'hub.json');
/** This machine's own token, mode 0600. */
export const tokenFile = (dataDir: string): string => path.join(dataDir, 'token');

/** Reads the runtime file's text; null when it is none (half written, from another program). */
export const readRuntime = (text: string): Runtime | null => readAs(runtime, parseJson(text));
