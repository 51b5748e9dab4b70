/** `warroom note`: entries, one from the arguments or one a line from stdin; `amend`, `retract`, `pin` correct them. */
import type { ConsoleCommand } from '../../protocol/command.ts';
import { NOTE_FORMS, type Instant } from '../../incident/vocabulary.ts';
import { leadingTime, readFuture, type LeadingTime, type Trouble } from '../../incident/time-input.ts';
import { defined } from '../../incident/topic.ts';
import { linesOf } from '../../terminal/line-reader.ts';
import { EXIT, ioFault, UsageError, type CliCommand, type CliContext } from '../command.ts';
import { pickIncident } from '../queries.ts';
import { writing } from '../session.ts';
import {
  atOption,
  codeOf,
  send,
  sendCommand,
  timeContext,
  refOf,
  whyOption,
  type SentResult,
} from '../send-command.ts';

/** Unanswered entries at once; the hub takes 20 a second after a burst of 100. */
const IN_FLIGHT = 32;

export const note: CliCommand = {
  usage: 'note TEXT | --stdin [--kind note|finding|hypothesis|decision|question|action] [--at T] [--to NAME] [--due T]',
  about: 'write an entry; with --stdin one a line, answering one JSON line each',
  options: { re: { type: 'string' }, done: { type: 'boolean' }, pin: { type: 'boolean' }, ticket: { type: 'string' } },
  run(context) {
    const more = options(context);
    // Reports an unreadable time before a hub is looked for.
    more(Date.now());
    const text = context.args.join(' ');
    if (context.on('stdin')) {
      if (text !== '') throw context.wrong('words or --stdin, not both');
      return lines(context, more);
    }
    if (text.trim() === '') throw context.wrong('an entry needs words');
    return sendCommand(
      context,
      (now) => {
        const timed = timedText(context, text, now, null);
        if ('trouble' in timed) throw new UsageError(timed.trouble);
        return { kind: 'note', text: timed.text, ...more(now, timed.at) };
      },
      () => text.split('\n')[0] ?? '',
    );
  },
};

/** The fields of a note besides its text, as of `now`. `typed`: the time the text began with. */
type More = (now: number, typed?: Instant | null) => Omit<Extract<ConsoleCommand, { kind: 'note' }>, 'kind' | 'text'>;

/** The text and the time it begins with; with --at, or behind a leading space, the text is taken as it is. */
function timedText(context: CliContext, text: string, now: number, date: string | null): LeadingTime | Trouble {
  const plain = { at: null, text, date: null };
  if (context.text('at') !== undefined) return plain;
  const time = leadingTime(text, { ...timeContext(context, now), date });
  if (time === null || 'trouble' in time) return time ?? plain;
  return time.text === '' && time.at !== null ? plain : time;
}

function options(context: CliContext): More {
  const kind = context.text('kind');
  const form = NOTE_FORMS.find((known) => known === kind);
  if (kind !== undefined && form === undefined)
    throw new UsageError(`--kind takes ${NOTE_FORMS.join(', ')}, not "${kind}"`);
  const given = context.text('re');
  const re = given === undefined ? undefined : refOf(context, given, '--re takes the number of an entry');
  const to = context.text('to')?.replace(/^@/, '');
  return (now, typed = null) => {
    const at = typed ?? atOption(context, now);
    const due = dueOption(context, at === undefined ? now : Date.parse(at));
    const [closes, pinned] = [context.on('done') || undefined, context.on('pin') || undefined];
    return defined<ReturnType<More>>({ form, at, to, due, re, closes, ticket: context.text('ticket'), pin: pinned });
  };
}

/** `--due 30m`, counted from the time of the entry, a time in the future, or a date. */
export function dueOption(context: CliContext, from: number): Instant | undefined {
  const text = context.text('due');
  if (text === undefined) return undefined;
  const due = readFuture(text, timeContext(context, from));
  if (typeof due === 'string') return due;
  throw new UsageError(
    due === null ? `--due ${text}: write 30m, 14:02, 2026-11-30 or 2026-11-23T14:02:00Z` : `--due: ${due.trouble}`,
  );
}

/** Prints an answer per line of stdin, in their order, as soon as each is known; the exit code is that of the worst. */
function lines(context: CliContext, more: More): Promise<number> {
  let worst: number = EXIT.ok;
  let unread = false;
  // The entries are written even when nobody reads the answers any more (`| head`).
  process.stdout.removeAllListeners('error').on('error', () => (unread = true));
  const answer = async (asked: Promise<SentResult>, before: Promise<void>): Promise<void> => {
    const told = await asked;
    await before;
    context.out(JSON.stringify(told));
    const code = codeOf(told);
    if (code !== EXIT.ok && worst !== EXIT.refused) worst = code;
  };
  return writing(context, async (session) => {
    const { id } = pickIncident(context, session);
    const waiting: Promise<void>[] = [];
    let last = Promise.resolve();
    let date: string | null = null;
    let count = 0;
    for await (const line of linesOf(process.stdin)) {
      count++;
      if (line.trim() === '') continue;
      const now = session.client.now();
      const timed = timedText(context, line, now, date);
      date = ('date' in timed ? timed.date : null) ?? date;
      // A date alone is no entry: it applies to the lines after it.
      if ('text' in timed && timed.text === '') continue;
      const asked =
        'trouble' in timed
          ? Promise.resolve({ error: { code: 'invalid', message: `line ${count}: ${timed.trouble}` } })
          : send(session, { kind: 'note', text: timed.text, ...more(now, timed.at) }, id);
      last = answer(asked, last);
      // A fault is thrown where the answer is awaited.
      last.catch(() => {});
      waiting.push(last);
      if (waiting.length >= IN_FLIGHT) await waiting.shift();
    }
    await last;
    if (!unread || worst !== EXIT.ok) return worst;
    throw ioFault('the entries are written, not all of the answers');
  });
}

export const amend: CliCommand = {
  usage: 'amend REF TEXT --why TEXT [--at T]',
  about: 'correct an entry; the old text stays in the record',
  run(context) {
    const ref = refOf(context);
    const text = context.args.slice(1).join(' ').trim();
    const why = whyOption(context);
    const at = atOption(context, Date.now());
    if (text === '' && at === undefined) throw context.wrong('give the new text, or the new time with --at');
    return sendCommand(context, { kind: 'amend', ref, why, ...(text !== '' && { text }) }, `amended #${ref}`);
  },
};

export const retract: CliCommand = {
  usage: 'retract REF --why TEXT',
  about: 'take an entry back; it stays visible, struck through',
  words: 1,
  run(context) {
    const ref = refOf(context);
    return sendCommand(context, { kind: 'retract', ref, why: whyOption(context) }, `retracted #${ref}`);
  },
};

export const pin: CliCommand = {
  usage: 'pin REF [--off]',
  about: 'pin an entry, or take the pin off',
  words: 1,
  run(context) {
    const ref = refOf(context);
    const pinned = !context.on('off');
    return sendCommand(context, { kind: 'pin', ref, pinned }, `${pinned ? 'pinned' : 'unpinned'} #${ref}`);
  },
};
