/** The functions: arguments, result, dialects. */
import type { Dialect } from './expr.ts';

export type ArgumentKind = 'range' | 'vector' | 'scalar';
interface FunctionShape {
  readonly args: readonly ArgumentKind[];
  /** Required arguments. */
  readonly least: number;
  readonly gives: 'vector' | 'scalar';
  readonly dialects: readonly Dialect[];
}

const both: readonly Dialect[] = ['handbook', 'prometheus'];
const prometheus: readonly Dialect[] = ['prometheus'];
const overRange = (dialects: readonly Dialect[]): FunctionShape => ({
  args: ['range'],
  least: 1,
  gives: 'vector',
  dialects,
});
const overVector: FunctionShape = { args: ['vector'], least: 1, gives: 'vector', dialects: prometheus };
const withScalar: FunctionShape = { args: ['vector', 'scalar'], least: 2, gives: 'vector', dialects: prometheus };
const ofTime: FunctionShape = { args: ['vector'], least: 0, gives: 'vector', dialects: both };

export const FUNCTIONS: ReadonlyMap<string, FunctionShape> = new Map<string, FunctionShape>([
  ['rate', overRange(both)],
  ['increase', overRange(both)],
  ['delta', overRange(both)],
  ['last', overRange(['handbook'])],
  ['irate', overRange(prometheus)],
  ['resets', overRange(prometheus)],
  ['changes', overRange(prometheus)],
  ['deriv', overRange(prometheus)],
  ['predict_linear', { args: ['range', 'scalar'], least: 2, gives: 'vector', dialects: prometheus }],
  ['avg_over_time', overRange(prometheus)],
  ['min_over_time', overRange(prometheus)],
  ['max_over_time', overRange(prometheus)],
  ['sum_over_time', overRange(prometheus)],
  ['count_over_time', overRange(prometheus)],
  ['last_over_time', overRange(prometheus)],
  ['absent', { args: ['vector'], least: 1, gives: 'vector', dialects: both }],
  ['abs', overVector],
  ['ceil', overVector],
  ['floor', overVector],
  ['round', { args: ['vector', 'scalar'], least: 1, gives: 'vector', dialects: prometheus }],
  ['clamp_min', withScalar],
  ['clamp_max', withScalar],
  ['timestamp', overVector],
  ['scalar', { args: ['vector'], least: 1, gives: 'scalar', dialects: prometheus }],
  ['vector', { args: ['scalar'], least: 1, gives: 'vector', dialects: prometheus }],
  ['time', { args: [], least: 0, gives: 'scalar', dialects: both }],
  ['hour', ofTime],
  ['minute', ofTime],
  ['day_of_week', ofTime],
]);

/** The parts of a UTC date, from seconds since 1970. */
export const DATE_PARTS: Readonly<Record<string, (seconds: number) => number>> = {
  hour: (seconds) => new Date(seconds * 1000).getUTCHours(),
  minute: (seconds) => new Date(seconds * 1000).getUTCMinutes(),
  day_of_week: (seconds) => new Date(seconds * 1000).getUTCDay(),
};

export const functionsOf = (dialect: Dialect): string[] =>
  [...FUNCTIONS].filter(([, shape]) => shape.dialects.includes(dialect)).map(([name]) => name);
