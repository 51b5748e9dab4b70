/** What was measured during the recorded incident: memory that fills, connections that are lost, a target that is silent. */
import type { Course } from '../../src/incident/turning-points.ts';
import { START } from '../incident/story.ts';

const percent = (value: number): string => `${Math.round(value * 100)}%`;
/** From 20 minutes before the declaration, one value in 10 s. */
const points = (valueAt: (minute: number) => number | null): Course['points'] =>
  Array.from({ length: 65 * 6 }, (_, i) => ({ at: START + (i / 6 - 20) * 60_000, value: valueAt(i / 6 - 20) }));
const wave = (minute: number): number => 1 + Math.sin(minute * 7) / 20;

export const COURSES: readonly Course[] = [
  {
    target: 'orders',
    metric: 'connection slots',
    as: percent,
    warn: 0.8,
    crit: 0.95,
    max: 1,
    points: points((minute) =>
      minute < 31 ? 0.4 * wave(minute) : minute < 41 ? Math.min(0.98, 0.4 + (minute - 31) / 5) : 0.5,
    ),
  },
  {
    target: 'gateway <b>',
    metric: 'open connections',
    as: (value) => String(Math.round(value)),
    points: points((minute) => (minute > 5 && minute < 12 ? null : (minute < 33 ? 1200 : 90) * wave(minute))),
  },
  {
    target: 'gateway <b>',
    metric: 'answers',
    as: (value) => (value === 1 ? 'yes' : 'no'),
    crit: 1,
    below: true,
    words: ['no answer', 'answers again'],
    points: points((minute) => (minute > 5 && minute < 12 ? 0 : 1)),
  },
  {
    target: 'host',
    metric: 'processor',
    as: percent,
    warn: 0.8,
    crit: 0.95,
    max: 1,
    points: points((minute) => 0.3 * wave(minute)),
  },
];
