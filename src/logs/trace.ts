/** Searches the logs for a correlation id, in a process of its own that is ended when its time is over. */
import { HOUR } from '../incident/time.ts';
import { forkProgram } from '../probes/child-program.ts';
import type { Trace } from '../protocol/questions.ts';
import type { LogQuery } from './query.ts';
import type { LogSource } from './source.ts';

export interface TraceRequest {
  readonly sources: readonly LogSource[];
  readonly query: LogQuery;
  readonly now: number;
  /** After so long the search ends by itself with what it found. */
  readonly timeoutMs: number;
}

/** How far back a trace reaches, ms. */
const SINCE_MS = 24 * HOUR;
const SEARCH_MS = 8_000;
/** Until the process is ended: it has to start, and to answer, too. */
const ENDED_MS = 12_000;
const HEAP_MIB = 256;

/** Rejects, in words, where the process ended without an answer. */
export function traceLogs(sources: readonly LogSource[], id: string, now: number): Promise<Trace> {
  const child = forkProgram('logs/trace-process', HEAP_MIB);
  const query: LogQuery = { text: id, isId: true, since: now - SINCE_MS };
  const late = setTimeout(() => child.kill('SIGKILL'), ENDED_MS);
  return new Promise<Trace>((resolve, reject) => {
    // The child is this program itself.
    child.on('message', (found) => resolve(found as Trace));
    child.on('error', () => reject(new Error('the search of the logs could not be started')));
    child.on('exit', () => reject(new Error('the search of the logs ended without an answer')));
    child.send({ sources, query, now, timeoutMs: SEARCH_MS } satisfies TraceRequest, () => {});
  }).finally(() => {
    clearTimeout(late);
    child.kill('SIGKILL');
  });
}
