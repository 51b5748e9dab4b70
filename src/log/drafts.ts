/** What was typed and not sent: one small file for each incident, put in place whole. */
import { hash } from 'node:crypto';
import { putFile } from './disk.ts';
import type { JournalFs } from './disk.ts';
import { checksumHolds, encodeLine, isObject, isText, jsonOf, parseJson } from './record.ts';

/** An incident's id comes from outside and must not choose a path. Null: typed where no incident was open. */
const draftName = (incident: string | null): string =>
  `${incident === null ? 'none' : hash('sha256', incident, 'hex').slice(0, 24)}.draft`;

/** Keeps `text` for this incident; empty text forgets it. Rejects with the system's error. */
export async function saveDraft(disk: JournalFs, dir: string, incident: string | null, text: string): Promise<void> {
  const name = draftName(incident);
  if (text === '') return disk.remove(`${dir}/${name}`);
  await putFile(disk, dir, name, encodeLine(JSON.stringify({ draft: text })));
}

/** The draft kept for this incident; null when there is none, or none that can be read. */
export function loadDraft(disk: JournalFs, dir: string, incident: string | null): string | null {
  const name = draftName(incident);
  if (!disk.list(dir).includes(name)) return null;
  const line = disk.readFile(`${dir}/${name}`).subarray(0, -1);
  const value = checksumHolds(line) ? parseJson(jsonOf(line)) : undefined;
  return isObject(value) && isText(value['draft']) ? value['draft'] : null;
}
