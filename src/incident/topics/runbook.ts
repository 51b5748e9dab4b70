/** Steps of runbooks that were run in an incident: asked for, previewed, confirmed, approved, applied, verified. */
import * as v from 'valibot';
import { mayCommand, notYours } from '../authority.ts';
import { shortenText } from '../bounds.ts';
import { command, drafting, ended, internal, type Context } from '../context.ts';
import { refuse, type Refusal } from '../decision.ts';
import { isEnded, type Incident } from '../incident.ts';
import { plus } from '../policy.ts';
import { isRunOver, mostRunning, PARAM_LIMITS, previewFields, runOf, STEP_KINDS, type StepRun } from '../runs.ts';
import { isSerious } from '../severity.ts';
import { maybe, short, TEXT_LIMITS, whole, why } from '../shapes.ts';
import { groupedNumber } from '../words.ts';
import { fieldsIn } from '../topic.ts';
import { endFields, events, type End } from './runbook-events.ts';

/** A preview may be confirmed for this long, ms. */
export const PREVIEW_MS = 30_000;
const SAMPLES = 10;

const draft = drafting(events);

export const runbookTopic = {
  events,
  commands: {
    /** Made by the hub of what somebody asked for, once it has found the step. What people do is done with it. */
    request_step: internal({
      shape: v.object({
        runbook: short(200),
        step: short(200),
        stepKind: v.picklist(STEP_KINDS),
        target: maybe(short(200)),
        params: v.record(v.string(), v.string()),
        dryRun: maybe(v.literal(true)),
        /** Why it is left out. */
        skip: maybe(why),
      }),
      decide(state, { stepKind: kind, skip, ...asked }, context) {
        const { runbook, step, target, params, dryRun } = asked;
        if (isEnded(state)) return ended(state);
        if (tooMuch(params)) return refuse('invalid', 'the parameters are too long, or too many');
        if (skip !== undefined && skip.trim() === '') return refuse('invalid', 'say why the step is left out');
        const isByHand = kind === 'note' || kind === 'ask';
        const full = isByHand || skip !== undefined ? null : mostRunning(state);
        if (full !== null) return refuse('not_now', full);
        const level = kind === 'mutate' && skip === undefined ? 'normal' : 'system';
        const request = draft(
          state,
          context,
          'step_requested',
          { runbook, step, kind, target, params, dryRun },
          { level },
        );
        if (!isByHand && skip === undefined) return [request];
        const result = skip?.trim() ?? (kind === 'ask' ? `${step}: ${params[step] ?? ''}` : `${step} is done`);
        const data = { state: skip === undefined ? 'done' : 'skipped', result, durationMs: 0 } as const;
        return [request, draft(state, context, 'step_finished', data, { ref: state.head + 1 })];
      },
    }),

    /** A preview that is incomplete, empty or too large ends the run. */
    preview_step: internal({
      shape: v.object({
        ref: whole(1),
        ...previewFields,
        irreversible: v.boolean(),
        /** As the step says. */
        max: maybe(whole(0)),
        isTyped: v.boolean(),
      }),
      decide(state, { ref, irreversible, max, isTyped: asksTyping, ...asked }, context) {
        const run = running(state, ref);
        if ('refused' in run) return run;
        if (run.kind !== 'mutate' || !['requested', 'approved'].includes(run.state))
          return refuse('conflict', `#${ref} is ${run.state}`);
        const { count, unit, samples, complete, undo } = asked;
        const data = {
          ...fieldsIn(previewFields, asked),
          samples: samples.slice(0, SAMPLES),
          confirm: (isSerious(state.severity) ? run.target : undefined) ?? String(count),
          isTyped: asksTyping || irreversible || undo === null || count > 1,
          expiresAt: plus(context.now, PREVIEW_MS),
        };
        const previewed = draft(state, context, 'step_previewed', data, { ref });
        const why = !complete
          ? 'not everything could be looked at, so nobody knows how much it would change'
          : count === 0
            ? `there is nothing to change: no ${unit}`
            : max !== undefined && count > max
              ? `it would change ${groupedNumber(count)} ${unit}, and the runbook allows ${groupedNumber(max)}`
              : null;
        if (why !== null) return [previewed, ending(state, run, context, 'refused', why)];
        if (run.dryRun) return [previewed, ending(state, run, context, 'done', 'only previewed; nothing was changed')];
        return [previewed];
      },
    }),

    /** Confirms with what was typed; the commander, who confirms or finds it confirmed, approves. */
    approve_step: command({
      shape: v.object({ ref: whole(1), typed: maybe(short(200)) }),
      pending: ({ ref }) => `approve #${ref}`,
      decide(state, { ref, typed }, context) {
        const run = runOf(state, ref);
        if (run === undefined) return noRun(ref);
        if (isEnded(state)) return ended(state);
        if (run.preview === undefined || (run.state !== 'previewed' && run.state !== 'confirmed'))
          return refuse('conflict', `#${ref} is ${run.state}`);
        const commands = mayCommand(state, context.actor.name);
        const approved = draft(state, context, 'step_approved', {}, { ref });
        if (run.state === 'confirmed') return commands ? [approved] : notYours(state, 'approves a step that changes');
        const { confirm, isTyped, expiresAt } = run.preview;
        if (context.now > expiresAt)
          return refuse('not_now', `what #${ref} would change was counted too long ago: run the step again`);
        if ((isTyped || typed !== undefined) && typed?.trim() !== confirm)
          return refuse('invalid', `to confirm, type ${confirm}`);
        const confirmed = draft(state, context, 'step_confirmed', {}, { ref });
        return commands ? [confirmed, approved] : [confirmed];
      },
    }),

    /** Ends a run that waits at once, and one that runs after its batch, or when all it started has ended. */
    stop_step: command({
      shape: v.object({ ref: whole(1), why: maybe(why) }),
      pending: ({ ref }) => `stop #${ref}`,
      decide(state, { ref, why }, context) {
        const run = runOf(state, ref);
        if (run === undefined) return noRun(ref);
        if (isRunOver(run)) return refuse('conflict', `#${ref} is over: ${run.state}`);
        if (run.state === 'stopping') return refuse('conflict', `#${ref} is being stopped already`);
        const stopped = draft(state, context, 'step_stopped', { why }, { ref });
        if (run.state === 'started' || run.kind === 'observe') return [stopped];
        return [stopped, ending(state, run, context, 'stopped', 'before anything was changed')];
      },
    }),

    start_step: internal({
      shape: v.object({ ref: whole(1), of: whole(0), batch: whole(1) }),
      decide(state, { ref, of, batch }, context) {
        const run = running(state, ref);
        if ('refused' in run) return run;
        if (run.state !== 'approved') return refuse('conflict', `#${ref} is ${run.state}`);
        return [draft(state, context, 'step_started', { of, batch }, { ref })];
      },
    }),

    progress_step: internal({
      shape: v.object({ ref: whole(1), applied: whole(0), skipped: whole(0) }),
      decide(state, { ref, applied, skipped }, context) {
        const run = running(state, ref);
        if ('refused' in run) return run;
        if (run.startedAt === undefined) return refuse('conflict', `#${ref} is ${run.state}`);
        return [draft(state, context, 'step_progressed', { applied, skipped }, { ref })];
      },
    }),

    finish_step: internal({
      shape: v.object({ ref: whole(1), ...endFields }),
      decide(state, { ref, ...end }, context) {
        const run = running(state, ref);
        if ('refused' in run) return run;
        return [draft(state, context, 'step_finished', fieldsIn(endFields, end), { ref, level: levelOf(run) })];
      },
    }),

    verify_step: internal({
      shape: v.object({ ref: whole(1), ok: v.boolean(), text: why }),
      decide(state, { ref, ok, text }, context) {
        const run = runOf(state, ref);
        if (run === undefined) return noRun(ref);
        if (run.startedAt === undefined || !isRunOver(run) || run.verified !== undefined)
          return refuse('conflict', `#${ref} is ${run.verified === undefined ? run.state : 'verified already'}`);
        return [draft(state, context, 'step_verified', { ok, text }, { ref })];
      },
    }),
  },
};

const noRun = (ref: number): Refusal => refuse('not_found', `#${ref} is no step that was run here`);
const levelOf = ({ kind }: StepRun): 'key' | 'normal' => (kind === 'mutate' ? 'key' : 'normal');

function tooMuch(params: Readonly<Record<string, string>>): boolean {
  const given = Object.entries(params);
  const length = given.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  return given.length > PARAM_LIMITS.count || length > PARAM_LIMITS.length;
}

/** The run `ref` while the hub works on it. */
function running(state: Incident, ref: number): StepRun | Refusal {
  const run = runOf(state, ref);
  if (run === undefined) return noRun(ref);
  return isRunOver(run) ? refuse('conflict', `#${ref} is over: ${run.state}`) : run;
}

const ending = (state: Incident, run: StepRun, context: Context, how: End, result: string) => {
  const durationMs = Math.max(0, Date.parse(context.now) - Date.parse(run.at));
  const data = { state: how, result: shortenText(result, TEXT_LIMITS.why), durationMs };
  return draft(state, context, 'step_finished', data, { ref: run.seq, level: levelOf(run) });
};
