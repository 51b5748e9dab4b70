/** Set the severity. */
import { isEnded } from '../../incident/incident.ts';
import { parseSeverity, SEVERITIES, SEVERITY_NAME, type Severity } from '../../incident/severity.ts';
import { noIncident, type Asking, type Choice } from '../action.ts';
import type { View } from '../view.ts';
import { authority } from './authority.ts';
import { IMPACT, impactAdvice, REASON, reasonFor } from './impact.ts';

/** The four levels, each with what it starts. */
export const severityChoices = (view: View): readonly Choice[] =>
  SEVERITIES.map((value) => ({ value, label: `${value} ${SEVERITY_NAME[value]}`, about: starts(view, value) }));

function starts(view: View, severity: Severity): string {
  const policy = view.policy?.severities[severity];
  if (policy === undefined) return '';
  const update = policy.updateMs === null ? 'no update clock' : `update every ${policy.updateMs / 60_000} min`;
  return `ack ${policy.ackMs / 60_000} min, ${update}`;
}

export const severity: Asking = {
  name: 'sev',
  alias: ['severity'],
  key: 'f2',
  alt: 'alt-s',
  does: 'set the severity',
  hint: 'severity',
  usage: '/sev 0..3 [why]',
  group: 'act',
  whyNot(view) {
    if (view.incident !== null && isEnded(view.incident)) return `the incident is ${view.incident.status}`;
    return noIncident(view) ?? authority(view, 'sets the severity');
  },
  title: (view) => `SET SEVERITY   now ${view.incident?.severity ?? ''}`,
  verb: 'set',
  fields: [
    {
      kind: 'choice',
      name: 'to',
      ask: 'Severity',
      needed: true,
      from: severityChoices,
      initial: (view) => view.incident?.severity ?? '',
    },
    REASON,
    ...IMPACT,
  ],
  parse(args) {
    const [, word = '', why = ''] = /^(\S*)\s*([\s\S]*)$/.exec(args) ?? [];
    const two = /^sev$/i.test(word) ? /^([0-3])\s*([\s\S]*)$/.exec(why) : null;
    const to = parseSeverity(two?.[1] ?? word);
    if (to === null) return `"${word}" is no severity: 0 Critical, 1 High, 2 Medium or 3 Low, as in /sev 1 why`;
    return { to, why: two?.[2] ?? why };
  },
  advice: (view, values) => impactAdvice(values, view.policy),
  command(view, values) {
    const level = parseSeverity(values['to'] ?? '');
    if (level === null) return 'pick a severity';
    const seen = view.incident?.severity;
    if (level === seen) return `it is ${level} already`;
    const reason = reasonFor(level, values, view.policy);
    if ('trouble' in reason) return reason.trouble;
    return { kind: 'set_severity', to: level, ...(seen ? { seen } : {}), ...reason };
  },
  watch: (view) => ({ what: 'severity', value: view.incident?.severity ?? null }),
};
