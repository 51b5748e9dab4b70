/** DNS look-ups that share a running look-up of the same name: with a dead name server each poll would add one that hangs. */
import dns, { type LookupAddress, type LookupOptions } from 'node:dns';

type Done = (error: NodeJS.ErrnoException | null, address: string | LookupAddress[], family?: number) => void;

const waiting = new Map<string, Done[]>();

/** As `dns.lookup`, for the `lookup` option of sockets and requests. */
export function lookup(hostname: string, options: LookupOptions, done: Done): void {
  const question = `${hostname} ${JSON.stringify(options)}`;
  const others = waiting.get(question);
  if (others !== undefined) {
    others.push(done);
    return;
  }
  const all = [done];
  waiting.set(question, all);
  dns.lookup(hostname, options, (error, address, family) => {
    waiting.delete(question);
    for (const one of all) one(error, address, family);
  });
}
