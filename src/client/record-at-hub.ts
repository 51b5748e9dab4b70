/** The record of an incident as the hub has it, and its past. */
import type { Event } from '../incident/event.ts';
import { blankIncident, isEnded } from '../incident/incident.ts';
import { evolve } from '../incident/topics/index.ts';
import { exported, readExported } from '../log/exported.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { Past } from './past.ts';
import { Recording, recordingAtHub, type RecordingSource } from './recording.ts';

type Ask = (question: Question) => Promise<Answer>;

/**
 * The export of a record that the hub has, of which all that was durable at the first answer. Rejects with what the hub
 * says. `progress`: from 0 to 1.
 */
export async function exportAtHub(ask: Ask, incident: string, progress = (_part: number): void => {}): Promise<Buffer> {
  const parts: Buffer[] = [];
  let whole: { readonly size: number; readonly head: number } | null = null;
  for (let at = 0; whole === null || at < whole.size;) {
    const { record, fault } = await ask({ what: 'record', incident, from: at });
    const bytes = Buffer.from(record?.bytes ?? '', 'base64');
    if (record === undefined || bytes.length === 0) throw new Error(fault ?? 'the hub sent half of the record');
    whole ??= { size: record.size, head: record.head };
    parts.push(bytes.subarray(0, whole.size - at));
    at += bytes.length;
    progress(Math.min(1, at / whole.size));
  }
  return exported(Buffer.concat(parts), whole.head);
}

export interface OpenedPast {
  readonly past: Past;
  readonly hasReadings: boolean;
}

/** The past of an exported record. `now`: while the incident is open, ms since 1970; null: it ends with the last entry. */
export async function pastOf(record: Buffer, source: RecordingSource | null, now: number | null): Promise<OpenedPast> {
  const events: Event[] = [];
  let state = blankIncident('');
  await readExported(record, (event) => {
    events.push(event);
    state = evolve(state, event);
  });
  const last = Date.parse(events.at(-1)?.recorded ?? '');
  const recording = source === null || source.files.length === 0 ? null : new Recording(source);
  const to = now === null || isEnded(state) ? Math.max(last, (await recording?.lastAt()) ?? 0) : now;
  return { past: new Past(events, recording, to), hasReadings: recording !== null };
}

/** The past of an incident that goes on. */
export async function pastAtHub(ask: Ask, incident: string, now: number): Promise<OpenedPast> {
  const record = await exportAtHub(ask, incident);
  // An earlier hub knows of no readings.
  return pastOf(record, await recordingAtHub(ask, incident).catch(() => null), now);
}
