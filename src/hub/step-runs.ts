/** Runs the steps of runbooks that the record asks for, and writes down what becomes of them. */
import { shortenText } from '../incident/bounds.ts';
import type { Incident } from '../incident/incident.ts';
import { inDoubt, isRunOver, runOf } from '../incident/runs.ts';
import { PREVIEW_MS } from '../incident/topics/runbook.ts';
import { atHub } from '../probes/hub-target.ts';
import type { Target } from '../probes/probe.ts';
import type { HubCommand } from '../protocol/command.ts';
import type { Preview, Progress } from '../runbooks/native/step.ts';
import { startStep, type RunningStep, type StepEnd } from '../runbooks/runner/step-runner.ts';
import type { Task } from '../runbooks/runner/task.ts';
import type { HubParts } from './hub-parts.ts';
import type { HubTarget } from './settings.ts';
import { readOutput, StepOutput } from './step-output.ts';
import { changedInWords, isUnmeasured, StepRecord, unmeasured, type StepCommand } from './step-record.ts';
import { findStep, secretsIn, type FoundStep } from './step-request.ts';
import { refused, type CommandResult, type Submission } from './submission.ts';
import type { Batch, Subscriber } from './subscribers.ts';

type OfKind<K extends HubCommand['kind']> = Extract<HubCommand, { kind: K }>;

/** Processes at the same time, over all incidents. */
const MOST_PROCESSES = 12;
/** How long a confirmed step waits for an approval, ms. */
const APPROVAL_MS = 600_000;
interface Run {
  readonly incident: string;
  readonly ref: number;
  readonly found: FoundStep;
  readonly output: StepOutput;
  readonly startedAt: number;
  running: RunningStep | null;
  preview: Preview | null;
  previewedAt: number;
  batch: number;
  /** It changes something now. */
  isApplying: boolean;
  applied: Progress;
  /** Its end is in the record, or on the way there. */
  isFinished: boolean;
  waiting: NodeJS.Timeout | undefined;
  commands: number;
}

export class StepRuns implements Subscriber {
  readonly name = 'runbook steps';
  readonly #context: HubParts;
  /** By the id of the entry that asks for it: what was found, with the secrets that the record has not. */
  readonly #found = new Map<string, FoundStep>();
  readonly #runs = new Map<string, Run>();
  readonly #steps: StepRecord;
  #isClosing = false;

  constructor(context: HubParts) {
    this.#context = context;
    this.#steps = new StepRecord(context);
  }

  /** Settles what an earlier hub left: nothing goes on by itself. */
  start(): void {
    for (const { id, state } of this.#context.rooms.inMemory())
      for (const run of state.runs ?? []) void this.#steps.leftOver(id, run);
  }

  async close(): Promise<void> {
    this.#isClosing = true;
    const runs = [...this.#runs.values()];
    for (const run of runs) {
      clearTimeout(run.waiting);
      run.running?.stop();
      if (run.running === null)
        void this.#finish(run, 'refused', 'the hub ended before it was confirmed; nothing was changed');
    }
    await Promise.all(runs.map((run) => run.running?.ended));
  }

  get isBusy(): boolean {
    return this.#runs.size > 0;
  }

  async execute(submission: Submission<OfKind<'run_step'>>, incident: string | null): Promise<CommandResult> {
    const { rooms, options, settings, serving, rehearsal } = this.#context;
    const { runbooks } = options;
    if (this.#isClosing) return refused('not_now', 'the hub is going down');
    if (runbooks === undefined) return refused('not_now', 'this hub was started without runbooks');
    if (incident === null) return refused('not_found', 'say which incident: --incident ID');
    const room = await rooms.load(incident);
    if (room === undefined) return refused('not_found', rooms.whyNone(incident));
    const { command } = submission;
    const { env, allowShell } = runbooks;
    const [all, logs] = [await runbooks.read(), runbooks.logs()];
    const targets = atHub(settings.current.targets.map(withSettings), serving.own());
    const world = { runbooks: all, targets, logs, env, allowShell, incident: room.state, rehearsal };
    const found = findStep(command, world);
    if ('refused' in found) return found;
    const { runbook, step, recorded } = found;
    const busy = step.kind === 'mutate' && command.dryRun === undefined ? this.#changing(found.targets) : null;
    if (busy !== null) return refused('not_now', busy);
    this.#found.set(submission.id, found);
    const request = {
      kind: 'request_step',
      runbook: runbook.name,
      step: step.name,
      stepKind: step.kind,
      params: recorded,
      ...(found.targets.length > 0 && { target: nameOf(found.targets) }),
      ...(command.dryRun && { dryRun: command.dryRun }),
      ...(command.skip !== undefined && { skip: command.skip }),
    } as const;
    const result = await room.execute({ ...submission, command: request });
    this.#found.delete(submission.id);
    return result;
  }

  async read({ ref, from = 0 }: OfKind<'read_output'>, incident: string | null): Promise<CommandResult> {
    if (incident === null) return refused('not_found', 'say which incident: --incident ID');
    const said = await readOutput(this.#context.dataDir, incident, ref, from);
    return said === null ? refused('not_found', `no output of #${ref} is kept`) : { said };
  }

  handle(incident: string, { events }: Batch): void {
    for (const event of events) {
      const ref = event.ref ?? 0;
      const run = this.#runs.get(keyOf(incident, ref));
      if (event.kind === 'step_requested') this.#begin(incident, event.seq, this.#found.get(event.id));
      else if (run === undefined) continue;
      else if (event.kind === 'step_confirmed') this.#wait(run, APPROVAL_MS, 'nobody approved it; nothing was changed');
      else if (event.kind === 'step_approved') this.#approved(run);
      else if (event.kind === 'step_stopped') run.running?.stop();
      else if (event.kind === 'step_finished') this.#over(run);
    }
  }

  #begin(incident: string, ref: number, found: FoundStep | undefined): void {
    const { rooms, clock } = this.#context;
    const state = rooms.get(incident)?.state;
    const asked = state === undefined ? undefined : runOf(state, ref);
    if (asked === undefined || isRunOver(asked)) return;
    if (found === undefined) return void this.#steps.leftOver(incident, asked);
    const run: Run = {
      incident,
      ref,
      found,
      output: new StepOutput(this.#context, incident, ref),
      startedAt: clock.mono(),
      running: null,
      preview: null,
      previewedAt: 0,
      batch: 1,
      isApplying: false,
      applied: { applied: 0, skipped: 0 },
      isFinished: false,
      waiting: undefined,
      commands: 0,
    };
    this.#runs.set(keyOf(incident, ref), run);
    if (found.step.kind === 'mutate') return this.#start(run, 'preview');
    if (asked.dryRun)
      return void this.#finish(run, 'done', `it would run on ${asked.target ?? 'no target'}; nothing was asked`);
    this.#start(run, 'observe');
  }

  #start(run: Run, mode: Task['mode']): void {
    const { read, options } = this.#context;
    const { step, targets, logs, params } = run.found;
    const processes = [...this.#runs.values()].filter(({ running }) => running !== null).length;
    if (processes >= MOST_PROCESSES)
      return void this.#finish(run, 'refused', `${MOST_PROCESSES} steps run already; nothing was done`);
    const task: Task = {
      mode,
      step,
      targets,
      logs,
      params,
      secrets: [read.token, ...run.found.secrets, ...secretsIn([targets.map(({ settings }) => settings), logs])],
      ...(mode === 'apply' && run.preview !== null && { preview: run.preview }),
      native: options.runbooks?.native ?? '',
    };
    const running = startStep(task, {
      onOutput: (text) => run.output.write(text),
      onPreview: (preview, batch) => this.#previewed(run, preview, batch),
      onBatch: (soFar) => this.#progress(run, soFar),
      onApplied: (total) => this.#applied(run, total),
      onVerified: (ok, text) => this.#record(run, { kind: 'verify_step', ref: run.ref, ok, text }),
      onEnd: (end) => this.#ended(run, running, end),
    });
    run.running = running;
  }

  async #previewed(run: Run, preview: Preview, batch: number): Promise<void> {
    const { clock } = this.#context;
    const before = run.preview;
    const state = this.#state(run);
    const isApproved = (state && runOf(state, run.ref)?.state) === 'approved';
    run.preview = preview;
    run.previewedAt = clock.mono();
    run.batch = batch;
    const isSame = before !== null && preview.complete && preview.node === before.node && preview.role === before.role;
    if (isApproved && isSame && preview.count > 0 && preview.count <= before.count) return;
    const { step } = run.found;
    const { count, unit, samples, node, role, complete, bytes, undo, irreversible } = preview;
    await this.#record(run, {
      kind: 'preview_step',
      ref: run.ref,
      count,
      unit: unit.slice(0, 40),
      samples: samples.slice(0, 10).map((sample) => shortenText(sample, 200)),
      node: shortenText(node, 200),
      role: role && shortenText(role, 40),
      complete,
      ...(bytes !== undefined && { bytes: Math.round(bytes) }),
      undo: undo && shortenText(undo, 2_000),
      irreversible,
      ...(step.max !== null && { max: step.max }),
      isTyped: step.isTyped,
    });
    this.#wait(run, PREVIEW_MS, 'nobody confirmed it in time; nothing was changed');
  }

  /** Ends the run with `why` unless it goes on before. */
  #wait(run: Run, ms: number, why: string): void {
    clearTimeout(run.waiting);
    if (run.isFinished || run.isApplying) return;
    run.waiting = setTimeout(() => void this.#finish(run, 'refused', why), ms + 500).unref();
  }

  /** An old preview is taken again first: more than people have seen is asked for anew. */
  #approved(run: Run): void {
    clearTimeout(run.waiting);
    const { clock } = this.#context;
    if (run.running !== null || run.isFinished) return;
    if (clock.mono() - run.previewedAt > PREVIEW_MS) return this.#start(run, 'preview');
    void this.#apply(run).catch(this.#context.onBug);
  }

  async #apply(run: Run): Promise<void> {
    const busy = this.#changing(run.found.targets, run);
    if (busy !== null) return this.#finish(run, 'refused', busy);
    run.isApplying = true;
    const of = run.preview?.count ?? 0;
    // Durable before anything is touched.
    const isStarted = await this.#record(run, { kind: 'start_step', ref: run.ref, of, batch: run.batch }).then(
      () => true,
      () => false,
    );
    if (isStarted && !run.isFinished) return this.#start(run, 'apply');
    run.isApplying = false;
    await this.#finish(run, 'refused', 'its beginning could not be recorded; nothing was changed');
  }

  async #progress(run: Run, { applied, skipped }: Progress): Promise<void> {
    await this.#record(run, { kind: 'progress_step', ref: run.ref, applied, skipped });
    run.applied = { applied, skipped };
  }

  async #applied(run: Run, total: Progress): Promise<void> {
    const { applied, skipped } = run.applied;
    if (total.applied !== applied || total.skipped !== skipped) await this.#progress(run, total);
    await this.#finish(run, 'done', this.#changed(run));
  }

  async #ended(run: Run, running: RunningStep, { type, text }: StepEnd): Promise<void> {
    if (run.running === running) run.running = null;
    const state = this.#state(run);
    const asked = state && runOf(state, run.ref);
    if (run.isFinished) {
      const why = type === 'stopped' ? 'the hub ended before it was measured' : `it could not be measured: ${text}`;
      if (asked !== undefined && isUnmeasured(asked))
        await this.#record(run, unmeasured(run.ref, shortenText(why, 2_000))).catch(this.#context.onBug);
      return this.#forget(run);
    }
    if (!run.isApplying) {
      if (type === 'done' && run.found.step.kind !== 'mutate') return this.#finish(run, 'done', text);
      if (type === 'stopped') {
        const what = run.found.step.kind === 'observe' ? 'before its end' : 'before anything was changed';
        return this.#finish(run, 'stopped', what);
      }
      if (type !== 'done') return this.#finish(run, type === 'refused' ? 'refused' : 'failed', text);
      // The preview is taken, or was taken anew for a step that is approved.
      if (asked?.state === 'approved') this.#approved(run);
      return;
    }
    const stopped = asked?.state === 'stopping' ? 'stopped' : 'failed';
    if (type === 'stopped') return this.#finish(run, 'stopped', this.#changed(run));
    if (type === 'refused') return this.#finish(run, 'failed', `${text}; ${this.#changed(run)}`);
    const known = asked === undefined ? '' : `; ${inDoubt({ ...asked, ...run.applied })}`;
    return this.#finish(run, 'in_doubt', `${text === '' ? stopped : text}${known}`);
  }

  #changed({ applied, preview, startedAt, found }: Run): string {
    return changedInWords(applied, preview, found.step, this.#context.clock.mono() - startedAt);
  }

  async #finish(
    run: Run,
    state: 'done' | 'refused' | 'failed' | 'stopped' | 'in_doubt',
    result: string,
  ): Promise<void> {
    if (run.isFinished) return;
    run.isFinished = true;
    clearTimeout(run.waiting);
    const { recorded, trouble } = run.output;
    const durationMs = Math.round(this.#context.clock.mono() - run.startedAt);
    const said = shortenText(`${result}${trouble}`, 2_000);
    await this.#record(run, { kind: 'finish_step', ref: run.ref, state, result: said, durationMs, ...recorded }).catch(
      this.#context.onBug,
    );
    this.#forget(run);
  }

  /** Somebody else ended it: a stop before it began, a preview that is refused. */
  #over(run: Run): void {
    clearTimeout(run.waiting);
    if (!run.isApplying) run.running?.kill();
    run.isFinished = true;
    this.#forget(run);
  }

  #forget(run: Run): void {
    if (run.running === null) this.#runs.delete(keyOf(run.incident, run.ref));
  }

  /** Why these targets must not be changed now; null: they may. */
  #changing(targets: readonly Target[], but?: Run): string | null {
    const names = new Set(targets.map(({ name }) => name));
    for (const run of this.#runs.values()) {
      const same = run.found.targets.find(({ name }) => names.has(name));
      if (run !== but && run.isApplying && !run.isFinished && same !== undefined)
        return `${run.found.step.name} changes ${same.name} now (#${run.ref} of ${run.incident}); nothing was changed`;
    }
    return null;
  }

  #state({ incident }: Run): Incident | undefined {
    return this.#context.rooms.get(incident)?.state;
  }

  #record(run: Run, command: StepCommand): Promise<void> {
    return this.#steps.record(run.incident, command, ++run.commands);
  }
}

/** A target without settings of its own is one of a test. */
const withSettings = (target: HubTarget): Target => ({ settings: {}, ...target });
const keyOf = (incident: string, ref: number): string => `${incident} ${ref}`;
const nameOf = (targets: readonly Target[]): string =>
  targets.length <= 3 ? targets.map(({ name }) => name).join(', ') : `${targets.length} targets`;
