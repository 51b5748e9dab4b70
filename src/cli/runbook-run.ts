/** `warroom runbook run NAME STEP`: asks the hub to run a step, confirms what it would change, says what came of it. And `approve`, `stop`. */
import type { Event } from '../incident/event.ts';
import { isRunOver, runOf, type StepRun } from '../incident/runs.ts';
import { spanInWords } from '../incident/time.ts';
import { errorMessage, groupedNumber } from '../incident/words.ts';
import { oneLine, safeText } from '../terminal/text.ts';
import { EXIT, Exit, pickFields, print, UsageError, type CliContext } from './command.ts';
import { pickIncident } from './queries.ts';
import { refOf, report, send, sendCommand } from './send-command.ts';
import { writingNow, type Session } from './session.ts';
import { until } from '../client/until.ts';

/** The longest that is waited for a step, and for the approval of one, ms. */
const WAIT_MS = 30 * 60_000;
/** How much output is printed, bytes; the rest is in its file. */
const MOST_PRINTED = 1_000_000;
const MOST_IN_JSON = 256_000;
/** How often the hub is asked for more of it, ms; it takes 20 commands a second. */
const READ_MS = 100;

type Ended = Extract<Event, { kind: 'step_finished' }>;

export function runStep(context: CliContext, [name, step, ...others]: readonly string[]): Promise<number> {
  if (name === undefined || step === undefined || others.length > 0) throw context.wrong('runbook run NAME STEP');
  const params = paramsOf(context);
  return writingNow(context, 'run', async (session) => {
    const { id } = pickIncident(context, session);
    const target = context.text('target');
    const told = await send(
      session,
      {
        kind: 'run_step',
        runbook: name,
        step,
        ...(Object.keys(params).length > 0 && { params }),
        ...(target !== undefined && { target }),
        ...(context.on('dry-run') && { dryRun: true as const }),
      },
      id,
    );
    if (!('seq' in told)) return report(context, told, '');
    const { runs = [] } = await session.held(id, told.seq);
    const mine = runOf({ runs }, told.seq);
    const before = runs.findLast(
      (run) =>
        run.seq < told.seq && run.startedAt !== undefined && run.runbook === mine?.runbook && run.step === mine.step,
    );
    if (before !== undefined)
      context.err(
        `already run ${spanInWords(session.client.now() - Date.parse(before.at))} ago by ${before.by}: #${before.seq} ${before.state}`,
      );
    return follow(context, session, id, told.seq);
  });
}

/** Approves a run, confirming it with `--confirm` where nobody has; or stops it. */
export function settle(context: CliContext, how: 'approve' | 'stop', words: readonly string[]): Promise<number> {
  const [word = '', ...rest] = words;
  const ref = refOf(context, rest.length === 0 ? word : '', `name the run by its number: runbook ${how} 38`);
  const typed = context.text('confirm');
  if (how === 'stop') return sendCommand(context, { kind: 'stop_step', ref }, `stopped #${ref}`);
  const command = { kind: 'approve_step', ref, ...(typed !== undefined && { typed }) } as const;
  return sendCommand(context, command, `approved #${ref}`);
}

function paramsOf(context: CliContext): Readonly<Record<string, string>> {
  const pairs = context.all('param').map((pair) => {
    const at = pair.indexOf('=');
    if (at < 1) throw new UsageError(`--param takes NAME=VALUE, not "${pair}"`);
    return [pair.slice(0, at), pair.slice(at + 1)] as const;
  });
  return Object.fromEntries(pairs);
}

async function follow(context: CliContext, session: Session, incident: string, seq: number): Promise<number> {
  const { client } = session;
  const now = (): StepRun | undefined => (client.view.incident === null ? undefined : runOf(client.view.incident, seq));
  const stop = (): void => void client.submit({ kind: 'stop_step', ref: seq, why: 'Ctrl-C' }, incident).catch(() => {});
  process.once('SIGINT', stop);
  context.progress(`#${seq} runs; Ctrl-C stops it`);
  const output = new RunOutput(context, session, incident, seq);
  const off = client.onChange((changed) => changed.has('outputs') && output.soon());
  try {
    // It may have begun before this side followed the incident.
    await output.print();
    let run = await when(session, now, (one) => isRunOver(one) || one.state === 'previewed');
    context.progress('');
    if (run.state === 'previewed') {
      for (const line of context.json ? [] : previewLines(run)) context.out(line);
      await confirm(context, session, incident, run);
      run = await when(session, now, (one) => isRunOver(one) || one.state !== 'previewed');
      if (run.state === 'confirmed') context.err(`waits for the approval of the IC (#${seq}); Ctrl-C takes it back`);
      // A preview that grew too old for the approval is asked for again by whoever looks at the console.
      run = await when(session, now, isRunOver);
    }
    return await told(context, session, incident, run, output);
  } finally {
    off();
    process.removeListener('SIGINT', stop);
  }
}

async function when(
  { client }: Session,
  now: () => StepRun | undefined,
  isSo: (run: StepRun) => boolean,
): Promise<StepRun> {
  const find = (): StepRun | null => {
    const run = now();
    return run !== undefined && isSo(run) ? run : null;
  };
  const run = await until(client, find, WAIT_MS);
  if (run !== null) return run;
  throw new Exit(EXIT.unreachable, 'the hub does not say what became of it; see: warroom tail');
}

/** Sends what was typed: `--confirm`, or at a terminal what the person types. Anything else takes the step back. */
async function confirm(context: CliContext, session: Session, incident: string, run: StepRun): Promise<void> {
  const { preview, seq } = run;
  const isTerminal = !context.json && process.stdin.isTTY && process.stderr.isTTY;
  const given = context.text('confirm') ?? (isTerminal ? await typed(run) : undefined);
  const must = preview?.confirm ?? '';
  // Enter at a terminal will do for one change that can be taken back.
  const isEnter = given === '' && isTerminal && context.text('confirm') === undefined && preview?.isTyped === false;
  const right = isEnter || given?.trim() === must;
  const command = right
    ? ({ kind: 'approve_step', ref: seq, ...(isEnter ? {} : { typed: must }) } as const)
    : ({
        kind: 'stop_step',
        ref: seq,
        why: given === undefined ? 'not confirmed' : 'not confirmed: another text',
      } as const);
  const answer = await send(session, command, incident);
  if (right && 'error' in answer)
    await send(session, { kind: 'stop_step', ref: seq, why: answer.error.message.slice(0, 200) }, incident);
  if (!right) context.err(`nothing was changed; to confirm: --confirm ${JSON.stringify(must)}`);
}

async function typed({ preview }: StepRun): Promise<string | undefined> {
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const what = preview?.isTyped === false ? 'Enter' : `type ${safeText(preview?.confirm ?? '')}`;
  const answer = await prompt.question(`to run it: ${what} (Ctrl-C: no) `).catch(() => undefined);
  prompt.close();
  return answer;
}

function previewLines({ preview, target }: StepRun): readonly string[] {
  if (preview === undefined) return [];
  const { count, unit, node, role, samples, undo } = preview;
  return [
    `would change ${groupedNumber(count)} ${unit} on ${target ?? 'the hub'}: ${node}${role === null ? '' : `, ${role}`}`,
    ...samples.map((sample) => `    ${sample}`),
    undo === null ? 'there is no way back' : `undo: ${undo}`,
  ].map(oneLine);
}

/** Prints what came of it as the contract says. */
async function told(
  context: CliContext,
  session: Session,
  incident: string,
  run: StepRun,
  shown: RunOutput,
): Promise<number> {
  const { runbook, step, kind, state, preview, seq, target, params, applied, skipped, of } = run;
  const ended = session.client.view.events.find(
    (event): event is Ended => event.kind === 'step_finished' && event.ref === seq,
  );
  const { result: text = run.result ?? '', durationMs, output = '', outputBytes = 0, file } = ended?.data ?? {};
  const isLonger = context.json && outputBytes > Buffer.byteLength(output);
  const whole = isLonger ? await outputOf(session, incident, seq, 0, MOST_IN_JSON) : null;
  await shown.print();
  shown.end(output);
  const refusal = state === 'refused' || (state === 'stopped' && kind === 'mutate' && run.startedAt === undefined);
  const json = {
    runbook,
    step,
    kind,
    // A script is told only what the contract lists; the text says that it was stopped.
    state: refusal ? 'refused' : state === 'stopped' ? 'failed' : state,
    ...(preview && {
      preview: pickFields(preview, 'count', 'unit', 'samples', 'node', 'role', 'complete', 'undo', 'confirm'),
    }),
    result: {
      text,
      ...(durationMs !== undefined && { durationMs }),
      ...(of !== undefined && { of, applied, skipped }),
      ...(outputBytes > 0 && { output: whole ?? output, outputBytes, file }),
    },
    seq,
    incident,
    target: target ?? null,
    params,
    ...(refusal && { error: { code: 'not_now', message: text } }),
  };
  const cutOff = shown.bytes < outputBytes ? [`… ${groupedNumber(outputBytes)} bytes in ${file}`] : [];
  print(context, json, [
    ...(run.dryRun ? previewLines(run) : []),
    ...cutOff,
    oneLine(`#${seq} ${state.replace('_', ' ')}: ${text}`),
  ]);
  return state === 'done' ? EXIT.ok : refusal ? EXIT.refused : EXIT.faults;
}

/** Prints for people what a run prints, while it comes; with --json nothing. */
class RunOutput {
  readonly #context: CliContext;
  readonly #read: () => Promise<string | null>;
  /** Of the output, so far. */
  bytes = 0;
  /** The beginning of a line whose end has not come yet. */
  #line = '';
  #turn: Promise<void> = Promise.resolve();
  #timer: NodeJS.Timeout | undefined;

  constructor(context: CliContext, session: Session, incident: string, ref: number) {
    this.#context = context;
    this.#read = async () =>
      context.json ? null : outputOf(session, incident, ref, this.bytes, MOST_PRINTED - this.bytes);
  }

  /** A step may print far more often than the hub may be asked for it. */
  soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.print().catch(() => {});
    }, READ_MS).unref();
  }

  /** What the hub has by now. */
  print(): Promise<void> {
    return (this.#turn = this.#turn.catch(() => {}).then(async () => this.#show((await this.#read()) ?? '')));
  }

  /** `head`: the beginning of the output, for where the hub could not keep the whole. */
  end(head: string): void {
    clearTimeout(this.#timer);
    if (this.bytes === 0 && !this.#context.json) this.#show(head);
    if (this.#line !== '') this.#show('\n');
  }

  #show(text: string): void {
    this.bytes += Buffer.byteLength(text);
    this.#line += text;
    const end = this.#line.lastIndexOf('\n');
    if (end < 0) return;
    this.#context.progress('');
    this.#context.out(this.#line.slice(0, end));
    this.#line = this.#line.slice(end + 1);
  }
}

/** From a byte on; null: the hub does not have it. */
async function outputOf(
  session: Session,
  incident: string,
  ref: number,
  start: number,
  most: number,
): Promise<string | null> {
  let text = '';
  for (let from: number | null = start; from !== null && text.length < most;) {
    const answer = await send(session, { kind: 'read_output', ref, from }, incident);
    if (!('done' in answer)) return null;
    try {
      const part = JSON.parse(answer.done) as { readonly text: string; readonly next: number | null };
      text += part.text;
      from = part.next;
    } catch (fault) {
      throw new Exit(EXIT.faults, `the hub answered what is no output: ${errorMessage(fault)}`);
    }
  }
  return text;
}
