/** `warroom note`: entries of the timeline, one from the arguments or one a line from stdin. */
import type { ConsoleCommand as Wish } from '../../protocol/command.ts';
import { NOTE_FORMS, type Instant, type NoteForm } from '../../incident/vocabulary.ts';
import { parseFuture } from '../../console/time-input.ts';
import { linesOf } from '../../terminal/line-reader.ts';
import { EXIT, Exit, UsageError, type Command, type Context } from '../command.ts';
import { pickIncident } from '../pick.ts';
import { writing } from '../session.ts';
import { atOption, codeOf, send, sendCommand, type Told } from '../send-command.ts';

const usage =
  'note TEXT | --stdin [--kind note|finding|hypothesis|decision|question|action] [--at T] [--to NAME] [--due T]';
/** Entries on their way at once; the hub takes 20 a second after a burst of 100. */
const IN_FLIGHT = 32;

export default {
  name: 'note',
  usage,
  about: 'write an entry; with --stdin one a line, answering one JSON line each',
  options: {
    stdin: { type: 'boolean' },
    kind: { type: 'string' },
    at: { type: 'string' },
    to: { type: 'string' },
    due: { type: 'string' },
    re: { type: 'string' },
    pin: { type: 'boolean' },
  },
  run(context) {
    const more = options(context);
    // A time nobody can read is said before a hub is looked for.
    more(Date.now());
    const text = context.args.join(' ');
    if (context.on('stdin')) {
      if (text !== '') throw new UsageError(`words or --stdin, not both\nusage: warroom ${usage}`);
      return lines(context, more);
    }
    if (text.trim() === '') throw new UsageError(`an entry needs words\nusage: warroom ${usage}`);
    return sendCommand(
      context,
      (now) => ({ kind: 'note', text, ...more(now) }),
      () => text.split('\n')[0] ?? '',
    );
  },
} satisfies Command;

type More = (now: number) => Omit<Extract<Wish, { kind: 'note' }>, 'kind' | 'text'>;

function options(context: Context): More {
  const kind = context.text('kind');
  const form = NOTE_FORMS.find((known) => known === kind);
  if (kind !== undefined && form === undefined)
    throw new UsageError(`--kind takes ${NOTE_FORMS.join(', ')}, not "${kind}"`);
  const re = context.text('re');
  if (re !== undefined && !/^#?[1-9]\d*$/.test(re)) throw new UsageError('--re takes the number of an entry');
  const to = context.text('to')?.replace(/^@/, '');
  return (now) => {
    const at = atOption(context, now);
    const due = dueOption(context, now);
    return {
      ...(form === undefined ? {} : { form: form satisfies NoteForm }),
      ...(at === undefined ? {} : { at }),
      ...(to === undefined ? {} : { to }),
      ...(due === undefined ? {} : { due }),
      ...(re === undefined ? {} : { re: Number(re.replace('#', '')) }),
      ...(context.on('pin') ? { pin: true } : {}),
    };
  };
}

function dueOption(context: Context, now: number): Instant | undefined {
  const text = context.text('due');
  if (text === undefined) return undefined;
  const typed = parseFuture(text, now, context.on('local') ? 'local' : 'utc');
  if (typed !== null) return typed;
  if (!/^\d{4}-\d{2}-\d{2}T/.test(text) || Number.isNaN(Date.parse(text)))
    throw new UsageError(`--due ${text}: write 14:02, 30m or 2026-11-23T14:02:00Z`);
  return new Date(text).toISOString();
}

/** Answers each line as soon as it is settled, in the order of the lines; the exit code is that of the worst. */
function lines(context: Context, more: More): Promise<number> {
  let worst: number = EXIT.ok;
  let unread = false;
  // The entries are written also when nobody reads the answers any more (`| head`).
  process.stdout.removeAllListeners('error').on('error', () => (unread = true));
  const answer = async (asked: Promise<Told>, before: Promise<void>): Promise<void> => {
    const told = await asked;
    await before;
    context.out(JSON.stringify(told));
    const code = codeOf(told);
    if (code !== EXIT.ok && worst !== EXIT.refused) worst = code;
  };
  return writing(context, async (session) => {
    const { id } = await pickIncident(context, session);
    const waiting: Promise<void>[] = [];
    let last = Promise.resolve();
    for await (const text of linesOf(process.stdin)) {
      if (text.trim() === '') continue;
      last = answer(send(session, { kind: 'note', text, ...more(session.client.now()) }, id), last);
      // What goes wrong is thrown where it is waited for.
      last.catch(() => {});
      waiting.push(last);
      if (waiting.length >= IN_FLIGHT) await waiting.shift();
    }
    await last;
    if (!unread || worst !== EXIT.ok) return worst;
    throw new Exit(EXIT.io, 'the entries are written, not all of the answers');
  });
}
