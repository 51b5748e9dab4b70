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
const handbook: readonly Dialect[] = ['handbook'];
const prometheus: readonly Dialect[] = ['prometheus'];

/** Functions of one shape, their names separated by spaces. */
const shaped = (
  names: string,
  dialects: readonly Dialect[],
  args: readonly ArgumentKind[],
  least = args.length,
  gives: FunctionShape['gives'] = 'vector',
): readonly (readonly [string, FunctionShape])[] =>
  names.split(' ').map((name) => [name, { args, least, gives, dialects }] as const);

export const FUNCTIONS: ReadonlyMap<string, FunctionShape> = new Map([
  ...shaped('rate increase delta', both, ['range']),
  ...shaped('last', handbook, ['range']),
  ...shaped('irate resets changes deriv', prometheus, ['range']),
  ...shaped('predict_linear', prometheus, ['range', 'scalar']),
  ...shaped('avg_over_time min_over_time max_over_time sum_over_time', prometheus, ['range']),
  ...shaped('count_over_time last_over_time', prometheus, ['range']),
  ...shaped('absent', both, ['vector']),
  ...shaped('abs ceil floor timestamp', prometheus, ['vector']),
  ...shaped('round', prometheus, ['vector', 'scalar'], 1),
  ...shaped('clamp_min clamp_max', prometheus, ['vector', 'scalar']),
  ...shaped('scalar', prometheus, ['vector'], 1, 'scalar'),
  ...shaped('vector', prometheus, ['scalar']),
  ...shaped('time', both, [], 0, 'scalar'),
  ...shaped('hour minute day_of_week', both, ['vector'], 0),
]);

/** The parts of a UTC date, from seconds since 1970. */
export const DATE_PARTS: Readonly<Record<string, (seconds: number) => number>> = {
  hour: (seconds) => new Date(seconds * 1000).getUTCHours(),
  minute: (seconds) => new Date(seconds * 1000).getUTCMinutes(),
  day_of_week: (seconds) => new Date(seconds * 1000).getUTCDay(),
};

export const functionsOf = (dialect: Dialect): string[] =>
  [...FUNCTIONS].filter(([, shape]) => shape.dialects.includes(dialect)).map(([name]) => name);
