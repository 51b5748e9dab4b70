/** How a team did in a drill, against the handbook's targets. */
import * as v from 'valibot';
import { maybe, short, whole, type Fields } from './shapes.ts';
import { runningClock } from './time.ts';
import { counted } from './words.ts';

export const SCORED_STEPS = ['acknowledged', 'roles', 'update', 'diagnosed', 'recovered'] as const;
const seconds = v.nullable(v.pipe(v.number(), v.finite(), v.minValue(0)));
const list = (longest: number) => v.pipe(v.array(short(longest)), v.maxLength(50), v.readonly());

export const scoreShape = v.object({
  /** The name of the drill. */
  drill: short(100),
  /** It was resolved, and every alert had ended by then. */
  recovered: v.boolean(),
  /** Every part was played by the program. */
  auto: maybe(v.literal(true)),
  /** From the detection; null: it never came to that. */
  mttaSeconds: seconds,
  mttdSeconds: seconds,
  mttrSeconds: seconds,
  updatesMissed: whole(0),
  /** How often a hint was asked for. */
  hints: whole(0),
  /** `targetSeconds` null: the handbook sets none. */
  steps: v.pipe(
    v.array(v.object({ step: v.picklist(SCORED_STEPS), seconds, targetSeconds: seconds, met: v.boolean() })),
    v.maxLength(SCORED_STEPS.length),
    v.readonly(),
  ),
  /** Wrong moves, in words. */
  wrong: list(300),
  /** Who took part. */
  people: list(100),
});
export type DrillScore = Fields<typeof scoreShape>;

const clock = (seconds: number): string => runningClock(seconds * 1000);

/** `acknowledged 0:42 of 5:00 ✓`, then what was missed and done wrong; unsafe text. */
export function scoreLines({ steps, updatesMissed, hints, wrong }: DrillScore): readonly string[] {
  return [
    ...steps.map(({ step, seconds, targetSeconds, met }) => {
      const target = targetSeconds === null ? '' : ` of ${clock(targetSeconds)}`;
      return `${step} ${seconds === null ? 'never' : clock(seconds)}${target} ${met ? '✓' : '▲'}`;
    }),
    ...(updatesMissed === 0 ? [] : [`${counted(updatesMissed, 'public update')} missed`]),
    ...(hints === 0 ? [] : [counted(hints, 'hint')]),
    ...wrong.map((move) => `wrong: ${move}`),
  ];
}
