/** A shell command that asks the hub for one thing and reports the answer. */
import { setTimeout as wait } from 'node:timers/promises';
import type { Instant } from '../incident/vocabulary.ts';
import { defined } from '../incident/topic.ts';
import { parseDuration } from '../incident/time.ts';
import { errorMessage } from '../incident/words.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { readTime, type TimeContext } from '../incident/time-input.ts';
import { EXIT, Exit, print, UsageError, zoneOf, type CliContext } from './command.ts';
import { pickIncident } from './queries.ts';
import { writing, writingNow, type Session } from './session.ts';

/** How long a durable answer may take before a command counts as queued, ms. */
const ANSWER_MS = 10_000;

export type SentResult =
  | { readonly seq: number; readonly id: string; readonly at: Instant; readonly incident: string }
  | { readonly done: string; readonly id: string }
  | { readonly queued: true; readonly id: string; readonly reason?: string }
  | { readonly error: { readonly code: string; readonly message: string } };

/** Sends one command and waits until it is durable, refused, or has to wait for the hub. */
export async function send({ client, live }: Session, command: ConsoleCommand, to: string | null): Promise<SentResult> {
  const { n, id } = await client.submit(command, to).catch((fault: unknown) => {
    throw new Exit(EXIT.unreachable, errorMessage(fault));
  });
  const answer = live ? await Promise.race([client.settled(n), wait(ANSWER_MS, null, { ref: false })]) : null;
  if (answer === null) {
    const reason = live ? client.view.pending.find((each) => each.id === id)?.reason : undefined;
    return { queued: true, id, ...(reason !== undefined && { reason }) };
  }
  if ('done' in answer) return { done: answer.done.said, id };
  if ('ack' in answer) {
    const { seq, at, incident } = answer.ack;
    return { seq, id, at, incident };
  }
  client.dismiss(id);
  return { error: { code: answer.nack.code, message: answer.nack.reason } };
}

/** Asks a person at a terminal; null where nobody can be asked: in a pipe, or with --json. Ctrl-C and Ctrl-D are a no. */
export async function confirmed({ json, err }: CliContext, question: string): Promise<boolean | null> {
  if (json || !process.stdin.isTTY || !process.stderr.isTTY) return null;
  const { createInterface } = await import('node:readline/promises');
  const prompt = createInterface({ input: process.stdin, output: process.stderr });
  const answer = await prompt.question(`${question} [y/N] `).catch(() => {
    err('');
    return '';
  });
  prompt.close();
  return /^y(es)?$/i.test(answer.trim());
}

export const codeOf = (told: SentResult): number =>
  'queued' in told ? EXIT.queued : 'error' in told ? EXIT.refused : EXIT.ok;

/**
 * Sends a command about the incident at hand, dated by `--at`, and prints `said`. An unreadable time ends the command
 * before a hub is looked for. A function as `command` may throw UsageError and applies `--at` itself. `before` may ask,
 * warn or throw. `instead`: what to send after a refusal, such as the same, confirmed; null: the refusal stands.
 */
export async function sendCommand(
  context: CliContext,
  command: ConsoleCommand | ((now: number) => ConsoleCommand),
  said: string | ((incident: IncidentSummary) => string),
  before?: (session: Session, incident: IncidentSummary) => Promise<void>,
  instead?: (refused: { readonly code: string; readonly message: string }) => Promise<ConsoleCommand | null>,
): Promise<number> {
  atOption(context, Date.now());
  return writing(context, async (session) => {
    const incident = pickIncident(context, session);
    await before?.(session, incident);
    const now = session.client.now();
    const asked = typeof command === 'function' ? command(now) : { ...command, ...atField(context, now) };
    const told = await send(session, asked, incident.id);
    const other = 'error' in told ? await instead?.(told.error) : null;
    const last = other ? await send(session, { ...other, ...atField(context, now) }, incident.id) : told;
    return report(context, last, typeof said === 'string' ? said : said(incident), session.trouble);
  });
}

/** Sends a command for the hub itself. Without a hub it fails: nothing is queued. */
export async function askHub(
  context: CliContext,
  build: (session: Session) => ConsoleCommand | Promise<ConsoleCommand>,
  said: string,
): Promise<number> {
  return writingNow(context, 'changed', async (session) => {
    const told = await send(session, await build(session), context.text('incident') ?? null);
    return report(context, told, said);
  });
}

/** Prints an answer the way the contract says. `trouble`: why no hub answers. */
export function report(context: CliContext, told: SentResult, said: string, trouble = ''): number {
  if ('error' in told) throw new Exit(EXIT.refused, `refused (${told.error.code}): ${told.error.message}`, told.error);
  const line = 'done' in told ? told.done : 'seq' in told ? `#${told.seq} ${said}` : null;
  print(context, told, line === null ? [] : [line]);
  if ('queued' in told) {
    const why =
      told.reason === undefined ? trouble || 'the hub is out of reach' : `the hub cannot take it now: ${told.reason}`;
    context.err(`${why}; kept on this machine, it will be sent when the hub can take it`);
  }
  return codeOf(told);
}

/** What times without a date or a zone are read against: UTC, or this machine's zone with --local. */
export const timeContext = (context: CliContext, now: number): TimeContext => ({ now, zone: zoneOf(context) });

/** `--at 14:02 | 7:23 PM | 2025-10-29 19:23 UTC | -5m | ISO` as a moment in the past; undefined without the option. */
export function atOption(context: CliContext, now: number): Instant | undefined {
  const text = context.text('at');
  if (text === undefined) return undefined;
  const typed = readTime(text, timeContext(context, now));
  if (typed === null)
    throw new UsageError(`--at ${text}: write 14:02, "2026-11-23 14:02 UTC", -5m or 2026-11-23T14:02:00Z`);
  if ('trouble' in typed) throw new UsageError(`--at: ${typed.trouble}`);
  return typed.at;
}

/** `--since 8w | 2026-10-01 | "2026-10-01 09:00 UTC"` as ms since 1970; null without the option. */
export function pastOption(context: CliContext, name: string): number | null {
  const given = context.text(name)?.trim();
  if (given === undefined) return null;
  const text = parseDuration(given) === null ? given.replace(/^(\d{4}-\d\d-\d\d)$/, '$1 00:00') : `-${given}`;
  const typed = readTime(text, timeContext(context, Date.now()));
  if (typed === null) throw new UsageError(`--${name} ${given}: write 8w, 2026-10-01 or "2026-10-01 09:00 UTC"`);
  if ('trouble' in typed) throw new UsageError(`--${name}: ${typed.trouble}`);
  return Date.parse(typed.at);
}

/** The time of `--at` as a field of a command. */
export const atField = (context: CliContext, now: number): { readonly at?: Instant } =>
  defined<{ at?: Instant }>({ at: atOption(context, now) });

/** The options `names` that were given, as fields of a command. */
export const fieldsOf = <N extends string>(context: CliContext, ...names: N[]): { readonly [K in N]?: string } =>
  Object.fromEntries(names.flatMap((name) => [[name, context.text(name)]].filter(([, text]) => text !== undefined)));

/** A word, by default the first one, `38` or `#38`, as the number of an entry. `wrong`: what is said of another word. */
export function refOf(
  context: CliContext,
  word = context.args[0] ?? '',
  wrong = "name an entry by its number, e.g. 38 or '#38'",
): number {
  const digits = /^#?([1-9]\d{0,8})$/.exec(word)?.[1];
  if (digits === undefined) throw context.wrong(wrong);
  return Number(digits);
}

/** `--why` with words in it, or a usage error. */
export function whyOption(context: CliContext): string {
  const why = context.text('why')?.trim();
  if (!why) throw context.wrong('say why: --why TEXT');
  return why;
}
