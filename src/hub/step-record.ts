/** Writes down what becomes of steps. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Command } from '../incident/command.ts';
import { inDoubt, isRunOver, type StepRun } from '../incident/runs.ts';
import { groupedNumber } from '../incident/words.ts';
import type { Preview, Progress } from '../runbooks/native/step.ts';
import type { ParsedStep } from '../runbooks/runbook.ts';
import { COMMANDS } from '../runbooks/runner/task.ts';
import type { HubParts } from './hub-parts.ts';
import { submissionOf } from './submission.ts';

export type StepCommand = Extract<Command, { kind: `${'preview' | 'start' | 'progress' | 'finish' | 'verify'}_step` }>;
type StepRecordContext = Pick<HubParts, 'clock' | 'newId' | 'onBug' | 'rooms'>;

/** How often a command is tried that the record does not take at present, and how long in between, ms. */
const [TRIES, AGAIN_MS] = [40, 250];

export class StepRecord {
  readonly #context: StepRecordContext;
  /** Tells the origins of this hub's commands from those of the hub before it. */
  readonly #boot: string;

  constructor(context: StepRecordContext) {
    this.#context = context;
    this.#boot = context.newId(context.clock.wall());
  }

  /** Resolves once it is durable. Rejects when it is refused, or the record takes nothing for long. `n`: of the run's commands. */
  async record(incident: string, command: StepCommand, n: number): Promise<void> {
    const sender = { client: `step ${this.#boot} ${command.ref}`, n, name: 'hub', via: 'runbook' } as const;
    const submission = submissionOf(this.#context, incident, command, sender);
    for (let left = TRIES; ; left--) {
      const result = await this.#context.rooms.execute(incident, submission);
      if (!('refused' in result)) return;
      if (result.retryAfter === undefined || left <= 0)
        throw new Error(`${command.kind} of #${command.ref}: ${result.reason}`);
      await sleep(AGAIN_MS);
    }
  }

  /** Ends a run that an earlier hub left, or says that nobody measured its effect. */
  async leftOver(incident: string, run: StepRun): Promise<void> {
    if (isUnmeasured(run)) return this.#settle(incident, unmeasured(run.seq, 'the hub ended before it was measured'));
    if (isRunOver(run)) return;
    const { seq: ref, at, kind } = run;
    const [state, result] =
      run.startedAt !== undefined
        ? (['in_doubt', `the hub ended while it ran; ${inDoubt(run)}`] as const)
        : kind === 'mutate'
          ? (['refused', 'the hub ended before it began; nothing was changed'] as const)
          : (['failed', 'the hub ended while it ran'] as const);
    const durationMs = Math.max(0, this.#context.clock.wall() - Date.parse(at));
    return this.#settle(incident, { kind: 'finish_step', ref, state, result, durationMs });
  }

  #settle(incident: string, command: StepCommand): Promise<void> {
    return this.record(incident, command, 1).catch(this.#context.onBug);
  }
}

/** Whether a change was made and its effect is still to be measured. */
export const isUnmeasured = ({ state, startedAt, verified, preview }: StepRun): boolean =>
  state === 'done' && startedAt !== undefined && verified === undefined && preview?.unit !== COMMANDS;
export const unmeasured = (ref: number, text: string): StepCommand => ({ kind: 'verify_step', ref, ok: false, text });

/** `3,000 of 3,000 keys changed, 12 left alone, 0.9 s after it was asked for`. */
export function changedInWords(
  { applied, skipped }: Progress,
  preview: Preview | null,
  step: ParsedStep,
  ms: number,
): string {
  const [done, of, left] = [applied, preview?.count ?? 0, skipped].map((value) => groupedNumber(value));
  const alone = skipped === 0 ? '' : `, ${left} left alone`;
  const commands = applied === 0 ? 'the commands were ended' : 'the commands ran';
  const what = step.language === 'sh' ? commands : `${done} of ${of} ${preview?.unit ?? ''} changed${alone}`;
  return `${what}, ${(ms / 1000).toFixed(1)} s after it was asked for`;
}
