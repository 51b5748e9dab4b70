/** How many connections a port of this machine has, by /proc/net/tcp: for a server that does not say itself. */
import { readFileSync } from 'node:fs';

const LOCAL = new Set(['localhost', '127.0.0.1', '[::1]']);
const ESTABLISHED = '01';

/** Null for a server on another machine, and where there is no /proc. The canary of this probe is gone by then. */
export function localConnections(url: string | null): number | null {
  if (url === null || !URL.canParse(url)) return null;
  const { hostname, port, protocol } = new URL(url);
  if (!LOCAL.has(hostname)) return null;
  const listens = Number(port || (protocol === 'wss:' ? 443 : 80));
  const tables = ['/proc/net/tcp', '/proc/net/tcp6'].map(read).filter((text) => text !== null);
  return tables.length === 0 ? null : tables.reduce((sum, table) => sum + countEstablished(table, listens), 0);
}

/** Lines of such a table whose own port is `port` and whose connection is open. */
export function countEstablished(table: string, port: number): number {
  const own = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
  let count = 0;
  for (const line of table.split('\n')) {
    // "  0: 0100007F:1538 0100007F:A1B2 01 …": number, own address, peer, state.
    const fields = line.trimStart().split(/\s+/, 4);
    if (fields[3] === ESTABLISHED && `${fields[1]} `.endsWith(own)) count++;
  }
  return count;
}

function read(file: string): string | null {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return null;
  }
}
