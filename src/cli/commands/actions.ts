/** `warroom actions`: the action items of all incidents; adding one, giving it an owner, a date, a ticket, and doing it. */
import type { ActionItem } from '../../incident/follow-up.ts';
import { idBegins } from '../../incident/incident-id.ts';
import { isoTime, type Zone } from '../../incident/time.ts';
import { defined } from '../../incident/topic.ts';
import type { Instant } from '../../incident/vocabulary.ts';
import { oneLine } from '../../terminal/text.ts';
import { EXIT, pickFields, print, zoneOf, type CliCommand, type CliContext } from '../command.ts';
import { answerOf } from '../queries.ts';
import { refOf, sendCommand } from '../send-command.ts';
import { readingHere } from '../session.ts';
import { dueOption } from './note.ts';

export default {
  usage: 'actions [--open|--overdue] | add TEXT | set REF | done REF [TEXT] [--to NAME] [--due T] [--ticket ID]',
  about: 'action items of all incidents; add, set and done change those of one, also after it ended',
  async run(context) {
    const [verb, ...words] = context.args;
    const text = words.join(' ').trim();
    switch (verb) {
      case undefined:
        return list(context);
      case 'add':
        if (text === '') throw context.wrong('an action item needs words');
        return sendCommand(
          context,
          (now) => ({ kind: 'note', form: 'action', text, ...given(context, now) }),
          text.split('\n')[0] ?? '',
        );
      case 'set': {
        const { ref, of } = named(context, words[0]);
        const fields = (now: number) => ({ ...given(context, now), ...taken(context) });
        if (Object.keys(fields(Date.now())).length === 0) throw context.wrong('say what: --to, --due or --ticket');
        return sendCommand(of, (now) => ({ kind: 'assign_action', ref, ...fields(now) }), `set #${ref}`);
      }
      case 'done': {
        const { ref, of } = named(context, words[0]);
        const said = words.slice(1).join(' ').trim() || 'done';
        return sendCommand(of, { kind: 'note', text: said, re: ref, closes: true }, `done: #${ref}`);
      }
      default:
        throw context.wrong(`actions takes add, set or done, not "${verb}"`);
    }
  },
} satisfies CliCommand;

/** `12`, or `ID#12` as the list has it: the entry, and the command line as if its incident were given. */
function named(context: CliContext, word = ''): { readonly ref: number; readonly of: CliContext } {
  const [, id, digits = word] = /^([^#]+)(#.*)$/.exec(word) ?? [];
  const text = (name: string): string | undefined => (name === 'incident' ? id : context.text(name));
  return { ref: refOf(context, digits), of: id === undefined ? context : { ...context, text } };
}

const NAMES = ['to', 'due', 'ticket'] as const;
/** Takes an owner, a date or a ticket away. */
const NONE = 'none';

/** Owner, due date and ticket from the options. */
function given(context: CliContext, now: number) {
  const kept = (name: string): string | undefined => (context.text(name) === NONE ? undefined : context.text(name));
  const to = kept('to')?.replace(/^@/, '');
  const due = kept('due') === undefined ? undefined : dueOption(context, now);
  return defined<{ to?: string; due?: Instant; ticket?: string }>({ to, due, ticket: kept('ticket') });
}

const taken = (context: CliContext): { readonly [K in (typeof NAMES)[number]]?: null } =>
  Object.fromEntries(NAMES.flatMap((name) => (context.text(name) === NONE ? [[name, null]] : [])));

async function list(context: CliContext): Promise<number> {
  if (context.on('open') && context.on('overdue')) throw context.wrong('--open or --overdue, not both');
  const { actions, more = 0 } = await readingHere(context, ({ client }) =>
    answerOf(client, { what: 'follow_up' }, ({ followUp }) => followUp, 'not_now'),
  );
  const of = context.text('incident') ?? '';
  const shown = actions.filter(
    ({ done, overdue, incident }) =>
      idBegins(incident, of) && (context.on('overdue') ? overdue : !context.on('open') || !done),
  );
  const json = shown.map((action) =>
    pickFields(action, 'incident', 'seq', 'text', 'owner', 'due', 'ticket', 'done', 'overdue'),
  );
  print(context, json, shown.length === 0 ? [] : lines(shown, zoneOf(context)));
  const which = context.on('open') ? 'open ' : context.on('overdue') ? 'overdue ' : '';
  if (shown.length === 0 && !context.json) context.err(`no ${which}action items`);
  if (more > 0) context.err(`${more} more, the last to fall due and those done, have no room in the list`);
  return EXIT.ok;
}

/** One a line: how it stands, until when, whose, its address, what. */
function lines(actions: readonly ActionItem[], zone: Zone): readonly string[] {
  const cells = actions.map(({ incident, seq, text, owner, due, ticket, done, overdue }) => [
    done ? 'done' : overdue ? 'LATE' : 'open',
    due === null ? 'no date' : isoTime(Date.parse(due), zone, false),
    owner === null ? 'nobody' : oneLine(owner),
    `${incident}#${seq}`,
    `${oneLine(text)}${ticket === null ? '' : ` [${oneLine(ticket)}]`}`,
  ]);
  const widths = [0, 1, 2, 3].map((column) => Math.max(...cells.map((row) => row[column]?.length ?? 0)));
  return cells.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
