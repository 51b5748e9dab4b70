/** What happens to a step of a runbook, how the state changes, and how it is told. */
import * as v from 'valibot';
import { shortenText } from '../bounds.ts';
import { event } from '../context.ts';
import type { Incident } from '../incident.ts';
import { confirmFields, ENDS, previewFields, STEP_KINDS, withRun, type StepRun } from '../runs.ts';
import { maybe, short, whole, why } from '../shapes.ts';
import { UNCHANGED, type Mark } from '../topic.ts';
import { groupedNumber } from '../words.ts';
import { because } from './folding.ts';

/** Of a step's output, in its entry; the whole is in a file. */
export const OUTPUT_SHOWN = 2_000;

const state = v.picklist(ENDS);
export const endFields = {
  state,
  /** What came of it, in a sentence. */
  result: why,
  durationMs: whole(0),
  /** The beginning of what it printed, without secrets. */
  output: maybe(short(OUTPUT_SHOWN)),
  /** How much that was, and the file in the hub's data folder with all that was kept. */
  outputBytes: maybe(whole(0)),
  file: maybe(short(300)),
};

export const events = {
  step_requested: event({
    shape: v.object({
      runbook: v.string(),
      step: v.string(),
      kind: v.picklist(STEP_KINDS),
      target: maybe(v.string()),
      params: v.record(v.string(), v.string()),
      /** Ends with the preview. */
      dryRun: maybe(v.literal(true)),
    }),
    mark: () => 'quiet',
    finds: ['step'],
    fold: (state, { seq, at, by, data: { runbook, step, kind, target, params, dryRun } }) =>
      withRun(state, {
        seq,
        runbook: shortenText(runbook),
        step: shortenText(step),
        kind,
        params: Object.fromEntries(Object.entries(params).map(([name, value]) => [name, shortenText(value)])),
        by: by.name,
        at,
        state: 'requested',
        ...(target !== undefined && { target: shortenText(target) }),
        ...(dryRun && { dryRun }),
      }),
    sentence({ data: { runbook, step, kind, target, params, dryRun } }) {
      const on = target === undefined ? '' : ` on ${target}`;
      const given = Object.entries(params).map(([name, value]) => `${name}=${value}`);
      const what = kind === 'mutate' ? (dryRun ? 'previews' : 'asks to run') : kind === 'observe' ? 'runs' : 'is at';
      return `${what} ${step} of ${runbook}${on}${given.length === 0 ? '' : ` (${given.join(', ')})`}`;
    },
  }),
  step_previewed: event({
    shape: v.object({ ...previewFields, ...confirmFields }),
    mark: () => 'question',
    finds: ['step'],
    fold: (state, { ref, at, data: { samples, bytes, undo, node, role, ...data } }) =>
      changed(state, ref, ({ confirmedBy: _confirmed, approvedBy: _approved, ...run }) => ({
        ...run,
        state: 'previewed',
        preview: {
          at,
          ...data,
          node: shortenText(node),
          role: role && shortenText(role),
          samples: samples.slice(0, 3).map((sample) => shortenText(sample, 120)),
          undo: undo && shortenText(undo),
          ...(bytes !== undefined && { bytes }),
        },
      })),
    sentence({ ref, data: { count, unit, node, role, complete, samples, undo } }) {
      const where = role === null ? node : `${node} (${role})`;
      const most = samples.length === 0 ? '' : `: ${samples.slice(0, 3).join(', ')}${count > 3 ? ', …' : ''}`;
      const all = complete ? '' : ', and not everything was looked at';
      return `#${ref ?? '?'} would change ${groupedNumber(count)} ${unit} on ${where}${all}${most}; ${undo === null ? 'there is no way back' : `undo: ${undo}`}`;
    },
  }),
  step_confirmed: event({
    shape: v.object({}),
    level: 'system',
    finds: ['step'],
    fold: (state, { ref, by }) => changed(state, ref, (run) => ({ ...run, state: 'confirmed', confirmedBy: by.name })),
    sentence: ({ ref }) => `confirmed #${ref ?? '?'}`,
  }),
  step_approved: event({
    shape: v.object({}),
    mark: () => 'ok',
    finds: ['step'],
    fold: (state, { ref, by }) => changed(state, ref, (run) => ({ ...run, state: 'approved', approvedBy: by.name })),
    sentence: ({ ref }) => `approved #${ref ?? '?'}`,
  }),
  /** Durable before anything is touched. `batch`: the most that changes between two entries of progress. */
  step_started: event({
    shape: v.object({ of: whole(0), batch: whole(1) }),
    level: 'system',
    finds: ['step'],
    fold: (state, { ref, at, data }) =>
      changed(state, ref, (run) => ({ ...run, ...data, state: 'started', startedAt: at, applied: 0, skipped: 0 })),
    sentence: ({ ref, data: { of } }) => `#${ref ?? '?'} began; ${groupedNumber(of)} to change`,
  }),
  step_progressed: event({
    shape: v.object({ applied: whole(0), skipped: whole(0) }),
    level: 'system',
    finds: ['step'],
    fold: (state, { ref, data }) => changed(state, ref, (run) => ({ ...run, ...data })),
    sentence: ({ ref, data: { applied, skipped } }) => `#${ref ?? '?'}: ${progress(applied, skipped)}`,
  }),
  /** Somebody wants it to end after the batch it is at. */
  step_stopped: event({
    shape: v.object({ why: maybe(v.string()) }),
    mark: () => 'warn',
    finds: ['step'],
    fold: (state, { ref }) => changed(state, ref, (run) => ({ ...run, state: 'stopping' })),
    sentence: ({ ref, data: { why } }) => `stopped #${ref ?? '?'}${because(why)}`,
  }),
  step_finished: event({
    shape: v.object(endFields),
    mark: ({ data }) => ENDINGS[data.state][0],
    finds: ['step'],
    fold: (state, { ref, at, data: { state: ending, result } }) =>
      changed(state, ref, (run) => ({ ...run, state: ending, endedAt: at, result: shortenText(result) })),
    sentence: ({ ref, data: { state, result } }) => `#${ref ?? '?'} ${ENDINGS[state][1]}: ${result}`,
  }),
  step_verified: event({
    shape: v.object({ ok: v.boolean(), text: why }),
    level: 'key',
    mark: ({ data: { ok } }) => (ok ? 'ok' : 'warn'),
    finds: ['step'],
    fold: (state, { ref, data: { ok, text } }) =>
      changed(state, ref, (run) => ({ ...run, verified: { ok, text: shortenText(text) } })),
    sentence: ({ ref, data: { ok, text } }) => `#${ref ?? '?'} ${ok ? 'worked' : 'showed no effect'}: ${text}`,
  }),
};
export type End = (typeof ENDS)[number];
const ENDINGS: Readonly<Record<End, readonly [mark: Mark, words: string]>> = {
  done: ['ok', 'done'],
  refused: ['warn', 'was refused'],
  failed: ['crit', 'failed'],
  stopped: ['warn', 'was stopped'],
  in_doubt: ['no_data', 'is in doubt'],
  skipped: ['quiet', 'skipped'],
};

/** `2,400 changed, 3 left alone`. */
const progress = (applied: number, skipped: number): string =>
  `${groupedNumber(applied)} changed${skipped === 0 ? '' : `, ${groupedNumber(skipped)} left alone`}`;
function changed(state: Incident, ref: number | undefined, change: (run: StepRun) => StepRun): Partial<Incident> {
  const { runs = [] } = state;
  if (!runs.some(({ seq }) => seq === ref)) return UNCHANGED;
  return { runs: runs.map((run) => (run.seq === ref ? change(run) : run)) };
}
