/** The incidents a hub had when it last answered, so that a note can be queued for the right one while it is away. */
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { STATUSES } from '../incident/vocabulary.ts';
import { SEVERITIES } from '../incident/severity.ts';
import { parseJson } from '../log/record.ts';
import type { IncidentSummary } from '../protocol/messages.ts';

const file = (dir: string, hub: string): string => path.join(dir, 'known', `${hub}.json`);

/** Best effort: a console that cannot remember still works. */
export async function saveIncidents(dir: string, hub: string, incidents: readonly IncidentSummary[]): Promise<void> {
  const target = file(dir, hub);
  try {
    await mkdir(path.dirname(target), { recursive: true, mode: 0o700 });
    const text = JSON.stringify(incidents);
    if ((await readFile(target, 'utf8').catch(() => '')) === text) return;
    await writeFile(`${target}.${process.pid}`, text, { mode: 0o600 });
    await rename(`${target}.${process.pid}`, target);
  } catch {
    // Nothing depends on it but convenience.
  }
}

export async function loadIncidents(dir: string, hub: string): Promise<readonly IncidentSummary[]> {
  const found = parseJson(await readFile(file(dir, hub), 'utf8').catch(() => ''));
  return Array.isArray(found) ? found.flatMap((one: unknown) => summary(one) ?? []) : [];
}

function summary(one: unknown): IncidentSummary | null {
  if (typeof one !== 'object' || one === null) return null;
  const { id, title, severity, status, drill, declaredAt, lead, head } = one as Record<string, unknown>;
  const sev = SEVERITIES.find((known) => known === severity);
  const stat = STATUSES.find((known) => known === status);
  if (typeof id !== 'string' || typeof title !== 'string' || typeof declaredAt !== 'string' || !sev || !stat)
    return null;
  return {
    id,
    title,
    severity: sev,
    status: stat,
    drill: drill === true,
    declaredAt,
    lead: typeof lead === 'string' ? lead : null,
    head: typeof head === 'number' ? head : 0,
  };
}
