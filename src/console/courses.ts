/** The panels' trends over time, from kept readings: what charts and turning points are made of. */
import { PANEL_KINDS } from '../../panels/index.ts';
import type { TargetView } from '../../panels/model.ts';
import type { Client } from '../client/client.ts';
import { Recording, recordingAtHub, type TimeRange } from '../client/recording.ts';
import { TargetSeries } from '../client/series.ts';
import { MINUTE } from '../incident/time.ts';
import { turningPoints, type Course, type TurningPoint } from '../incident/turning-points.ts';
import type { Reading } from '../protocol/reading.ts';

type Point = Course['points'][number];

/** Points of a course at most. */
const POINTS = 720;
/** Readings of these densities are one in 10 s, or one in a minute. */
const [TENS_MS, MINUTE_MS] = [10_000, MINUTE];
/** Of counters, the change over two readings. */
const RATED = 2.5;

/** Of each target that has a panel: whether it answered, and its trends as far as they were read. */
export async function coursesOf(recording: Recording, span: TimeRange): Promise<readonly Course[]> {
  const isShort = span.to - span.from < POINTS * TENS_MS;
  const readings = await recording.readings(span, isShort ? ['tens', 'minutes'] : ['minutes']);
  const kinds = new Map(readings.map(({ target, kind }) => [target, kind]));
  return [...kinds].flatMap(([target, kind]) => {
    const own = readings.filter((reading) => reading.target === target && reading.facts['absent'] === undefined);
    return coursesOfTarget(target, kind, own, isShort ? TENS_MS : MINUTE_MS);
  });
}

/** The turning points of an incident's metrics until now. Rejects where the hub cannot tell. */
export async function measuredAt(
  client: Pick<Client, 'ask' | 'now'>,
  incident: string,
): Promise<readonly TurningPoint[]> {
  const recording = new Recording(await recordingAtHub((about) => client.ask(about), incident));
  const { from = 0 } = recording;
  return turningPoints(await coursesOf(recording, { from, to: client.now() }));
}

function coursesOfTarget(target: string, kind: string, readings: readonly Reading[], intervalMs: number): Course[] {
  const known = PANEL_KINDS.find((each) => each.kind === kind);
  if (known === undefined || readings.length === 0) return [];
  const clock = { at: 0 };
  const series = new TargetSeries({ wall: () => clock.at, mono: () => clock.at });
  series.targets([{ name: target, kind, intervalMs }]);
  const points = known.trends.map((): Point[] => []);
  for (const reading of readings) {
    clock.at = reading.at;
    series.add([reading], reading.at);
    const [view] = series.views();
    for (const [i, { metric, perSecond }] of known.trends.entries())
      if (view !== undefined) points[i]?.push({ at: reading.at, value: valueOf(view, metric, perSecond, reading) });
  }
  const up: Course = {
    target,
    metric: 'answers',
    as: (value) => (value === 1 ? 'yes' : 'no'),
    crit: 1,
    below: true,
    words: ['no answer', 'answers again'],
    max: 1,
    points: readings.map(({ at, up: isUp }) => ({ at, value: isUp ? 1 : 0 })),
  };
  const trends = known.trends.map(({ says: metric, metric: name, as, max }, i): Course => {
    const { warn, crit, below } = known.metrics.find(({ of }) => of.metric === name) ?? {};
    return { target, metric, as, max, warn, crit, below, points: points[i] ?? [] };
  });
  return [up, ...trends].filter((course) => course.points.some(({ value }) => value !== null));
}

function valueOf(view: TargetView, metric: string, isRate: boolean | undefined, { at, up }: Reading): number | null {
  if (isRate) return up ? view.rate(metric, RATED * view.intervalMs, at) : null;
  return view.history(metric, 1, at)[0] ?? null;
}
