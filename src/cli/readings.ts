/** What shell commands do with kept readings: they are optional, so that no command fails for want of them. */
import type { Client } from '../client/client.ts';
import { Recording, recordingAtHub } from '../client/recording.ts';
import { coursesOf } from '../console/courses.ts';
import { MINUTE } from '../incident/time.ts';
import type { Course } from '../incident/turning-points.ts';
import type { Report } from '../report/timeline.ts';
import { messageOf, type CliContext } from './command.ts';

/** The hub, or a data folder that answers in its place. */
export interface Asked {
  readonly client: Pick<Client, 'ask' | 'now'>;
}

/** As long as the lead-in of the readings, and some time after the end of the work. */
const [BEFORE_MS, AFTER_MS] = [20 * MINUTE, 10 * MINUTE];

/** What the hub kept of an incident; null: nothing, or it does not know of that. Its fault is told. */
export async function keptReadings(
  context: CliContext,
  { client }: Asked,
  incident: string,
): Promise<Recording | null> {
  try {
    const recording = new Recording(await recordingAtHub((about) => client.ask(about), incident));
    return recording.isEmpty ? null : recording;
  } catch (fault) {
    context.err(`without readings: ${messageOf(fault)}`);
    return null;
  }
}

/** For the charts of a report. */
export async function measured(context: CliContext, session: Asked, report: Report): Promise<readonly Course[]> {
  const recording = await keptReadings(context, session, report.incident.id);
  const { declaredAt, resolvedAt } = report.incident.timestamps;
  const from = Date.parse(declaredAt ?? '') - BEFORE_MS;
  const to = (Date.parse(resolvedAt ?? '') || session.client.now()) + AFTER_MS;
  const courses = recording === null ? [] : await coursesOf(recording, { from, to });
  if (recording !== null && recording.damagedBytes > 0)
    context.err(`${recording.damagedBytes} bytes of the readings are damaged: their charts have gaps`);
  return courses;
}
