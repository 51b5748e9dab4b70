/** DNS lookups that share a running lookup of the same name: with a dead name server each poll would add one that hangs. */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';

type Done = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

const waiting = new Map<string, Done[]>();

/** As `dns.lookup`, for the `lookup` option of sockets and requests. */
export function lookup(hostname: string, options: LookupOptions, done: Done): void {
  const question = `${hostname} ${JSON.stringify(options)}`;
  if (waiting.get(question)?.push(done) !== undefined) return;
  const all = [done];
  waiting.set(question, all);
  dns.lookup(hostname, options, (...answer) => {
    waiting.delete(question);
    for (const one of all) one(...answer);
  });
}
