/** Searches what a unit wrote to journald, by journalctl. */
import { spawn } from 'node:child_process';
import { isObject } from '../incident/event-codec.ts';
import { parseJson } from '../incident/shapes.ts';
import { MOST_BYTES, type Findings, type LogQuery, type SearchContext } from './query.ts';
import type { JournaldLog } from './source.ts';

/** Longer lines of its output are left out, characters. */
const MOST_LINE = 256 * 1024;

export function searchJournald(
  { unit }: JournaldLog,
  query: LogQuery,
  { signal }: SearchContext,
  findings: Findings,
): Promise<void> {
  const since = `--since=@${Math.floor(query.since / 1000)}`;
  const args = [
    `--unit=${unit}`,
    since,
    '--reverse',
    '--output=json',
    '--output-fields=MESSAGE',
    '--no-pager',
    '--all',
  ];
  const child = spawn('journalctl', args, { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, LC_ALL: 'C' } });
  let left = '';
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said = `${said}${text}`.slice(0, 2_000)));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    findings.bytes += text.length;
    const lines = `${left}${text}`.split('\n');
    left = (lines.pop() ?? '').slice(0, MOST_LINE);
    for (const line of lines) {
      const entry = parsed(line);
      if (entry !== null) findings.addMatch(entry.at, entry.message);
    }
    if (findings.bytes >= MOST_BYTES || findings.isFull) child.kill('SIGKILL');
  });
  const stop = (): void => void child.kill('SIGKILL');
  signal.addEventListener('abort', stop);
  return new Promise<void>((resolve, reject) => {
    child.on('error', (error) =>
      reject(new Error(`journalctl cannot be run (${'code' in error ? error.code : error.message})`)),
    );
    child.on('close', () => {
      if (findings.bytes >= MOST_BYTES) findings.troubles.push(`only its last ${MOST_BYTES >> 20} MiB were searched`);
      // Of the journals that this user may not read it speaks there.
      const [first = ''] = said.trim().split('\n');
      if (first !== '') findings.troubles.push(`journalctl: ${first}`);
      else if (findings.bytes === 0) findings.troubles.push(`it has nothing of ${unit} since then`);
      resolve();
    });
  }).finally(() => signal.removeEventListener('abort', stop));
}

/** Null where it is no entry. A message that is no UTF-8 comes as a list of bytes. */
function parsed(line: string): { readonly at: number | null; readonly message: string } | null {
  const entry = parseJson(line);
  if (!isObject(entry)) return null;
  const { MESSAGE: message, __REALTIME_TIMESTAMP: at } = entry;
  const text = Array.isArray(message) ? Buffer.from(message.map(Number)).toString('utf8') : message;
  if (typeof text !== 'string') return null;
  return { at: typeof at === 'string' && /^\d{13,17}$/.test(at) ? Math.floor(Number(at) / 1000) : null, message: text };
}
