/** The runs of runbook steps that an incident's state keeps. */
import * as v from 'valibot';
import { maybe, short, time, whole, why, type Fields } from './shapes.ts';
import { groupedNumber } from './words.ts';

export const STEP_KINDS = ['observe', 'mutate', 'ask', 'note'] as const;
/** `in_doubt`: what was applied is not known for certain. */
export const ENDS = ['done', 'refused', 'failed', 'stopped', 'in_doubt', 'skipped'] as const;
/** On the way to one of `ENDS`. A step that observes stays `requested` while it runs. */
const UNDER_WAY = ['requested', 'previewed', 'confirmed', 'approved', 'started', 'stopping'] as const;

/** Of one run. */
export const PARAM_LIMITS = { count: 30, length: 4_000 } as const;
/** Runs that are kept, and those that are not over at the same time. */
const [MOST_RUNS, MOST_RUNNING] = [40, 20];

const text = v.string();
/** What a step would change, for its command, its event and the state alike. */
export const previewFields = {
  count: whole(0),
  unit: short(40),
  samples: v.pipe(v.array(short(200)), v.readonly()),
  /** Where, and as what: `127.0.0.1:6379`, `master`. */
  node: short(200),
  role: v.nullable(short(40)),
  complete: v.boolean(),
  bytes: maybe(whole(0)),
  /** How to take it back; null: there is no way back. */
  undo: v.nullable(why),
};
/** `confirm`: what has to be typed; `isTyped` false: Enter will do. */
export const confirmFields = { confirm: text, isTyped: v.boolean(), expiresAt: time };

/** `seq`: of the entry that asked for it, which is its number. */
export const runShape = v.object({
  seq: whole(1),
  runbook: text,
  step: text,
  kind: v.picklist(STEP_KINDS),
  target: maybe(text),
  /** The values of secrets are masked. */
  params: v.record(text, text),
  by: text,
  at: time,
  state: v.picklist([...UNDER_WAY, ...ENDS]),
  dryRun: maybe(v.literal(true)),
  preview: maybe(v.object({ at: time, ...previewFields, ...confirmFields })),
  confirmedBy: maybe(text),
  approvedBy: maybe(text),
  /** Of `of`, `applied` are changed for certain, and at most `batch` more. */
  startedAt: maybe(time),
  of: maybe(whole(0)),
  batch: maybe(whole(1)),
  applied: maybe(whole(0)),
  skipped: maybe(whole(0)),
  endedAt: maybe(time),
  result: maybe(text),
  verified: maybe(v.object({ ok: v.boolean(), text })),
});
export type StepRun = Fields<typeof runShape>;
/** Of the state of an incident. */
interface Runs {
  readonly runs?: readonly StepRun[];
}

export const isRunOver = ({ state }: Pick<StepRun, 'state'>): boolean => ENDS.some((end) => end === state);

export const runOf = ({ runs = [] }: Runs, seq: number): StepRun | undefined => runs.find((run) => run.seq === seq);

/** The last run of a step; undefined: none that is kept. */
export const lastRun = ({ runs = [] }: Runs, runbook: string, step: string): StepRun | undefined =>
  runs.findLast((run) => run.runbook === runbook && run.step === step);

/** Whether its step is done with it; a dry run does nothing. */
export const isDone = ({ state, dryRun }: StepRun): boolean => state === 'done' && dryRun !== true;

/** Whether it settles what an earlier run left in doubt: it began, was left out, or saw that nothing is left to change. */
const settles = ({ kind, state, startedAt, preview }: StepRun): boolean =>
  kind !== 'mutate' ||
  startedAt !== undefined ||
  state === 'skipped' ||
  (isRunOver({ state }) && preview?.count === 0 && preview.complete);

/** The run that stands for a step: the last, but what is in doubt stands until another run settles it. */
export function standingRun(state: Runs, runbook: string, step: string): StepRun | undefined {
  const last = lastRun(state, runbook, step);
  if (last === undefined || !isRunOver(last)) return last;
  const { runs = [] } = state;
  const settled = runs.findLast((run) => run.runbook === runbook && run.step === step && settles(run));
  return settled?.state === 'in_doubt' ? settled : last;
}

/** In doubt, and nothing that was run on the same target since settles it. */
export const isInDoubt = ({ runs = [] }: Runs, { seq, runbook, step, target, state }: StepRun): boolean =>
  state === 'in_doubt' &&
  !runs.some(
    (run) => run.seq > seq && run.runbook === runbook && run.step === step && run.target === target && settles(run),
  );

/** Why no further step may run; null: one may. */
export const mostRunning = ({ runs = [] }: Runs): string | null =>
  runs.filter((run) => !isRunOver(run)).length < MOST_RUNNING
    ? null
    : `${MOST_RUNNING} steps run or wait already: stop one first`;

/** Adds a run. The oldest that is over gives way. */
export function withRun({ runs = [] }: Runs, run: StepRun): Runs {
  const all = [...runs, run];
  const surplus = all.length <= MOST_RUNS ? undefined : (all.find(isRunOver) ?? all[0]);
  return { runs: all.filter((one) => one !== surplus) };
}

/** What is known of a run that began and whose end nobody saw: `2,400 of 3,000 for certain, at most 200 more`. */
export function inDoubt({ applied = 0, of = 0, batch = 0 }: StepRun): string {
  const more = Math.min(batch, Math.max(0, of - applied)) || batch;
  const [done, all, most] = [applied, of, more].map((value) => groupedNumber(value));
  return `${done} of ${all} changed for certain, at most ${most} more`;
}
