/** A log as logs.yaml names it: files on the hub's machine, a unit of journald, or a query of Loki. */

interface Named {
  readonly name: string;
}
export interface FileLog extends Named {
  readonly kind: 'file';
  /** An absolute path; `*` and `?` stand for what they do in a shell. */
  readonly pattern: string;
}
export interface JournaldLog extends Named {
  readonly kind: 'journald';
  readonly unit: string;
}
export interface LokiLog extends Named {
  readonly kind: 'loki';
  readonly url: string;
  /** LogQL: `{app="auth"}`; what is searched for is put behind it. */
  readonly query: string;
  /** Authorization and tenant. */
  readonly headers: Readonly<Record<string, string>>;
  readonly ca: string | null;
  readonly timeoutMs: number;
}
export type LogSource = FileLog | JournaldLog | LokiLog;
