/** What each hub last said, kept on this machine for while it is away: its incidents, and who is on call. */
import { mkdir, readFile, rename, stat, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { parseJson } from '../incident/shapes.ts';
import type { Client } from '../client/client.ts';
import type { OncallTable } from '../oncall/plan.ts';
import type { IncidentSummary } from '../protocol/summary.ts';

const fileOf = (dir: string, hub: string, what = ''): string => path.join(dir, 'known', `${hub}${what}.json`);
const textOf = (file: string): Promise<string> => readFile(file, 'utf8').catch(() => '');

/** Best effort: never rejects, because a full disk must keep nobody from the room. The file's time is that of the last call. */
async function save(file: string, value: unknown): Promise<void> {
  const fresh = `${file}.${process.pid}`;
  const text = JSON.stringify(value);
  try {
    const now = new Date();
    if ((await textOf(file)) === text) return await utimes(file, now, now);
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(fresh, text, { mode: 0o600 });
    await rename(fresh, file);
  } catch {
    // Nothing else depends on it.
  }
}

export const saveIncidents = (dir: string, hub: string, incidents: readonly IncidentSummary[]): Promise<void> =>
  save(fileOf(dir, hub), incidents);

export async function loadIncidents(dir: string, hub: string): Promise<readonly IncidentSummary[]> {
  const { readSummaries } = await import('../protocol/validate.ts');
  return readSummaries(parseJson(await textOf(fileOf(dir, hub))));
}

interface CachedOncall {
  /** Null: that hub has no on-call. */
  readonly table: OncallTable | null;
  /** When the hub last said so, ms since 1970. */
  readonly savedAt: number;
}

const ONCALL = '.oncall';

/** Keeps what `client`'s hub has said of on-call, if it has. */
export async function saveOncall(dir: string, hub: string, { view: { oncall } }: Pick<Client, 'view'>): Promise<void> {
  if (oncall !== undefined) await save(fileOf(dir, hub, ONCALL), oncall);
}

/** Keeps it whenever the hub says it, for as long as `client` is open. */
export function keepOncall(dir: string, hub: string, client: Client): void {
  client.onChange((what) => {
    if (what.has('oncall')) void saveOncall(dir, hub, client);
  });
}

/** Null: that hub has never said. */
export async function loadOncall(dir: string, hub: string): Promise<CachedOncall | null> {
  const file = fileOf(dir, hub, ONCALL);
  const text = await textOf(file);
  if (text === '') return null;
  const { readOncallTable } = await import('../oncall/plan.ts');
  const table = readOncallTable(parseJson(text));
  return table === null && text !== 'null' ? null : { table, savedAt: Math.round((await stat(file)).mtimeMs) };
}
