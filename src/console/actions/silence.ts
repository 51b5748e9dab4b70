/** Silence alerts for a while, with a reason, and end a silence. */
import { mayNotWrite, type HubAction, printed } from '../action.ts';
import { proposedAlerts, matcherFor, matcherOf } from '../alert-selection.ts';
import { readFuture } from '../../incident/time-input.ts';
import { clockTime } from '../../incident/time.ts';

/** Matchers in braces, or words in quotes, or one word; then how long; then why. */
const TYPED = /^(\{[^}]*\}|"[^"]*"|\S+)\s+(?:for\s+)?(\d\S*)\s+(\S[\s\S]*)$/;

export const silenceAction: HubAction = {
  name: 'silence',
  does: 'keep quiet about alerts for a while',
  usage: '/silence {target="cache"} 2h why',
  group: 'act',
  whyNot: mayNotWrite,
  title: () => 'SILENCE ALERTS',
  fields: [
    {
      kind: 'text',
      name: 'matcher',
      ask: 'Which alerts?',
      needed: true,
      hint: 'the name of a rule, or {target="cache", severity=~"SEV-[23]"}',
      initial: (view) => {
        const alert = proposedAlerts(view)[0] ?? view.alerts?.[0];
        return alert === undefined ? '' : matcherFor(alert);
      },
    },
    { kind: 'text', name: 'for', ask: 'How long?', needed: true, hint: '30m, 2h, or until 16:00', initial: () => '1h' },
    { kind: 'text', name: 'why', ask: 'Why?', needed: true },
  ],
  parse(args) {
    const found = TYPED.exec(args.trim());
    if (found === null) return 'say which alerts, how long, and why: /silence {target="cache"} 2h being moved';
    const [, matcher = '', span = '', why = ''] = found;
    return { matcher: matcher.replace(/^"(.*)"$/, '$1'), for: span, why };
  },
  print: (command, { zone }) =>
    command.kind === 'silence'
      ? printed('/silence', command.matcher, clockTime(Date.parse(command.until), zone), command.why)
      : null,
  command(view, values) {
    const until = readFuture((values['for'] ?? '').trim(), view);
    if (typeof until !== 'string')
      return `"${values['for'] ?? ''}" is no span: 30m, 2h, 1h30m, or a time such as 16:00`;
    return {
      kind: 'silence',
      matcher: matcherOf(values['matcher'] ?? '', view.alerts ?? []),
      why: (values['why'] ?? '').trim(),
      until,
    };
  },
};

export const unsilenceAction: HubAction = {
  name: 'unsilence',
  does: 'end a silence',
  usage: '/unsilence ID (warroom alerts lists them)',
  group: 'act',
  whyNot: mayNotWrite,
  title: () => 'END A SILENCE',
  fields: [{ kind: 'text', name: 'id', ask: 'Which one?', needed: true, hint: 'its id, as warroom alerts lists it' }],
  parse: (args) => ({ id: args.trim() }),
  print: (command) => (command.kind === 'unsilence' ? `/unsilence ${command.id}` : null),
  command: (_view, { id = '' }) => ({ kind: 'unsilence', id: id.trim().toUpperCase() }),
};
