/** Call another level of the route now, or nobody for a while. */
import { isEnded } from '../../incident/incident.ts';
import { ESCALATION_LEVELS } from '../../incident/paging.ts';
import { formatDuration, parseDuration } from '../../incident/time.ts';
import { type Choice, type HubAction, filled, firstWord, mayNotWrite, noIncident, notOpen } from '../action.ts';
import { alertNamed, proposedAlerts } from '../alert-selection.ts';
import type { View } from '../view.ts';
import { INCIDENT, incidentChoice } from './alerts.ts';

/** What a level can be called for: the incident shown, and alerts that belong to none. */
const subjects = (view: View): readonly Choice[] => [
  ...(view.incident === null || isEnded(view.incident) ? [] : [incidentChoice(view.incident)]),
  ...proposedAlerts(view).map(({ alert, severity, rule, summary }) => ({
    value: alert,
    label: `${severity} ${rule}`,
    about: summary,
  })),
];

const ABOUT = { L1: 'once more', L2: '', L3: '', L4: 'business or public impact: say why' } as const;
const levelOf = (text: string) => ESCALATION_LEVELS.find((level) => level === text.toUpperCase());

const escalateAction: HubAction = {
  name: 'escalate',
  does: 'call another level of those on call',
  usage: '/escalate L2|L3|L4 [why]',
  whyNot: (view) => (subjects(view).length > 0 ? mayNotWrite(view) : noIncident(view)),
  title: () => 'ESCALATE',
  verb: 'page',
  fields: [
    {
      kind: 'choice',
      name: 'level',
      ask: 'Level',
      needed: true,
      from: () => (['L2', 'L3', 'L4', 'L1'] as const).map((value) => ({ value, label: value, about: ABOUT[value] })),
    },
    {
      kind: 'choice',
      name: 'what',
      ask: 'For',
      needed: true,
      from: subjects,
    },
    { kind: 'text', name: 'why', ask: 'Why?', hint: 'L4 needs it' },
  ],
  parse(args, view) {
    const [word, why] = firstWord(args);
    const level = levelOf(word);
    if (level === undefined) return 'say which level: /escalate L2, and why';
    return { level, why, what: subjects(view)[0]?.value ?? '' };
  },
  print: { escalate: ({ alert, level, why }) => (alert === undefined ? [level, why] : null) },
  command(view, { level = '', what = '', why = '' }) {
    const known = levelOf(level);
    if (known === undefined) return 'levels are L1, L2, L3 and L4';
    if (known === 'L4' && why.trim() === '') return 'L4 is called for its business or public impact: say why';
    const command = { kind: 'escalate', level: known, ...filled({ why }) } as const;
    if (what === INCIDENT) return command;
    const alert = alertNamed(what, view.alerts ?? []);
    return alert === undefined ? 'this alert is over by now' : { ...command, alert: alert.alert };
  },
};

const snoozeAction: HubAction = {
  name: 'snooze',
  does: 'call nobody and ask for no update for a while',
  usage: '/snooze 30m why',
  whyNot: notOpen,
  title: () => 'SNOOZE   it is on the record',
  fields: [
    { kind: 'text', name: 'for', ask: 'How long?', needed: true, hint: '30m, 2h', initial: () => '30m' },
    { kind: 'text', name: 'why', ask: 'Why?', needed: true },
  ],
  parse(args) {
    const [span, why] = firstWord(args);
    return parseDuration(span) === null
      ? 'say how long, and why: /snooze 30m waiting for the vendor'
      : { for: span, why };
  },
  print: { snooze: ({ forMs, why }) => [formatDuration(forMs), why] },
  command(_view, values) {
    const forMs = parseDuration((values['for'] ?? '').trim());
    if (forMs === null || forMs === 0) return `"${values['for'] ?? ''}" is no span: 30m, 2h, 1h30m`;
    return { kind: 'snooze', forMs, why: (values['why'] ?? '').trim() };
  },
};

export const pagingActions = [escalateAction, snoozeAction];
