/** What is left to do after an incident: the list over all incidents, and who does an action item until when. */
import { isoTime } from '../../incident/time.ts';
import { readFuture } from '../../incident/time-input.ts';
import { leadingRef, noIncident, refField, refOf, type HubAction, type ScreenAction } from '../action.ts';
import { stay } from '../state.ts';
import { notKnown, type View } from '../view.ts';

export const owedAction: ScreenAction = {
  name: 'actions',
  alias: ['owed'],
  does: 'what is left to do after incidents: action items and postmortems of all of them',
  whyNot(view) {
    const unknown = notKnown(view);
    if (unknown !== null) return `${unknown} what is left to do`;
    return view.followUp === undefined ? 'the hub has not said what is left to do' : null;
  },
  apply: (ui, view) => stay({ ...ui, modal: { kind: 'owed', at: 0, openedAt: view.mono } }),
};

/** Takes an owner, a date or a ticket away. */
const NONE = 'none';
const openActions = ({ incident }: View) => (incident?.open ?? []).filter(({ form }) => form === 'action');

export const assignAction: HubAction = {
  name: 'assign',
  does: 'say who does an action item, until when, and where it is tracked',
  usage: '/assign #38 [@name] [due 2026-12-01] [ticket OPS-12]',
  whyNot: (view) => noIncident(view) ?? (openActions(view).length === 0 ? 'no action item is open' : null),
  title: () => 'ACTION ITEM   what stays empty stays as it is; none takes it away',
  verb: 'change',
  first: () => 'to',
  fields: [
    refField('Item', (view) => openActions(view).map(({ seq, text }) => ({ seq, about: text }))),
    { kind: 'text', name: 'to', ask: 'Owner', inline: true },
    { kind: 'text', name: 'due', ask: 'Due', inline: true },
    { kind: 'text', name: 'ticket', ask: 'Ticket', inline: true },
  ],
  parse(args) {
    const { ref, rest } = leadingRef(args);
    if (ref === null) return 'say which item: /assign #38 @name due 2026-12-01';
    const found = ASSIGNED.exec(rest);
    if (found === null) return `"${rest}" is not read: @name, due, ticket`;
    const [, to = '', due = '', ticket = ''] = found;
    return { ref, to, due, ticket };
  },
  print: {
    assign_action({ ref, to, due, ticket }, { zone }) {
      const until = due == null ? due : isoTime(Date.parse(due), zone, false);
      const parts = Object.entries({ '@': to, 'due ': until, 'ticket ': ticket });
      return [`#${ref}`, ...parts.map(([word, value]) => value !== undefined && `${word}${value ?? NONE}`)];
    },
  },
  command(view, { ref = '', to = '', due = '', ticket = '' }) {
    const seq = refOf({ ref });
    const item = openActions(view).find((one) => one.seq === seq);
    if (item === undefined) return `${ref} is no open action item`;
    const until = due.trim() === '' || due.trim() === NONE ? null : readFuture(due.trim(), view);
    if (until !== null && typeof until !== 'string') return until.trouble;
    const or = (text: string): string | null => (text === NONE ? null : text);
    const owner = to.trim().replace(/^@/, '');
    if (owner + due.trim() + ticket.trim() === '') return 'say who does it, until when, or its ticket';
    return {
      kind: 'assign_action',
      ref: seq,
      ...(owner !== '' && { to: or(owner) }),
      ...(due.trim() !== '' && { due: until }),
      ...(ticket.trim() !== '' && { ticket: or(ticket.trim()) }),
      seen: { to: item.to ?? null, due: item.due ?? null, ticket: item.ticket ?? null },
    };
  },
};
const ASSIGNED = /^(?:@(\S+)\s*)?(?:(?:due|by)\s+(\S+)\s*)?(?:ticket\s+(\S.*))?$/i;
