/** What shell commands do with kept readings: they are optional, so that no command fails for want of them. */
import { existsSync, readFileSync } from 'node:fs';
import { Recording, recordingAtHub } from '../client/recording.ts';
import { coursesOf } from '../console/courses.ts';
import { MINUTE } from '../incident/time.ts';
import type { Course } from '../incident/turning-points.ts';
import { errorMessage } from '../incident/words.ts';
import type { IncidentReport } from '../report/timeline.ts';
import { Exit, type CliContext } from './command.ts';
import type { Reader } from './session.ts';
import { writeResult } from './write-file.ts';

/** As long as the lead-in of the readings, and some time after the end of the work. */
const [BEFORE_MS, AFTER_MS] = [20 * MINUTE, 10 * MINUTE];

/**
 * What `use` makes of what was kept of an incident; null: nothing was. A hub that cannot tell is said, and no reason to
 * fail.
 */
async function withReadings<T>(
  context: CliContext,
  { client }: Reader,
  incident: string,
  use: (recording: Recording) => Promise<T>,
): Promise<T | null> {
  try {
    const recording = new Recording(await recordingAtHub((about) => client.ask(about), incident));
    if (recording.isEmpty) return null;
    const made = await use(recording);
    const { damagedBytes } = recording;
    if (damagedBytes > 0) context.err(`${damagedBytes} bytes of the readings for replay are damaged and left out`);
    return made;
  } catch (fault) {
    if (fault instanceof Exit) throw fault;
    context.err(`without readings for replay: ${errorMessage(fault)}`);
    return null;
  }
}

/** For the charts of a report. */
export async function measured(context: CliContext, from: Reader, report: IncidentReport): Promise<readonly Course[]> {
  const { declaredAt, resolvedAt } = report.incident.timestamps;
  const span = {
    from: Date.parse(declaredAt ?? '') - BEFORE_MS,
    to: (Date.parse(resolvedAt ?? '') || from.client.now()) + AFTER_MS,
  };
  return (await withReadings(context, from, report.incident.id, (all) => coursesOf(all, span))) ?? [];
}

/** The file of readings beside an exported record. */
const beside = (file: string): string => `${file}.readings`;

/** Writes the readings beside an exported record, where there are any. */
export async function exportReadings(
  context: CliContext,
  from: Reader,
  incident: string,
  file: string,
): Promise<{ readonly readings?: string }> {
  const written = async (recording: Recording): Promise<{ readonly readings: string }> => {
    await writeResult(beside(file), await recording.bytes());
    return { readings: beside(file) };
  };
  return (await withReadings(context, from, incident, written)) ?? {};
}

/** What `exportReadings` wrote; empty: nothing. */
export const readingsBeside = (file: string): Buffer =>
  existsSync(beside(file)) ? readFileSync(beside(file)) : Buffer.alloc(0);
