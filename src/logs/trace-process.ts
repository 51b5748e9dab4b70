/** The child process that searches logs for /trace: a file system that hangs or a log of any content can only hurt this one. */
import { searchLogs } from './search.ts';
import type { TraceRequest } from './trace.ts';

process.on('message', (received) => {
  // The parent is this program itself.
  const { sources, query, now, timeoutMs } = received as TraceRequest;
  const signal = AbortSignal.timeout(timeoutMs);
  void searchLogs(sources, query, { now, signal }).then((found) => process.send?.(found, () => process.exit(0)));
});
process.on('disconnect', () => process.exit(0));
