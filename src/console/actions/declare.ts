/** Declare an incident: the first entry of a new record. */
import { isEnded } from '../../incident/incident.ts';
import { parseSeverity, SEVERITIES, SEVERITY_NAME } from '../../incident/severity.ts';
import { span, type Line } from '../../terminal/text.ts';
import { mayNotWrite, type Asking } from '../action.ts';
import { proposed } from '../proposed.ts';
import type { View } from '../view.ts';
import { ago } from '../when.ts';
import { IMPACT, impactAdvice, REASON, reasonFor } from './impact.ts';
import { severityChoices } from './severity.ts';

const SEVERITY = /^(?:--sev[= ]+|sev[- ]?)([0-3])\s+|\s+(?:--sev[= ]+|sev[- ]?)([0-3])$/i;

const no = { value: 'no', label: 'no, this is real' };
const yes = { value: 'yes', label: 'yes, a rehearsal' };

/** Incidents that may be the same one, as lines: somebody else may have been faster. */
const MOST_ALREADY = 2;
function openAlready(title: string, view: View): readonly Line[] {
  const typed = longWords(title);
  const alike = (one: { readonly title: string }): number =>
    longWords(one.title).filter((word) => typed.includes(word)).length;
  const open = view.incidents
    .filter((one) => !isEnded(one) && !one.drill)
    .toSorted((a, b) => alike(b) - alike(a))
    .slice(0, MOST_ALREADY);
  const lines = open.map((one): Line => {
    const words = `${one.severity} ${one.title}, ${ago(view.now - Date.parse(one.declaredAt))} ago`;
    return [span('OPEN ALREADY', 'title', { bold: true }), span(`  ${words}`, alike(one) > 0 ? 'warn' : 'plain')];
  });
  return lines.length === 0 ? [] : [...lines, [span('             /list joins one instead', 'dim')]];
}

/** Short ones are in every title. */
const longWords = (text: string): readonly string[] => text.toLowerCase().match(/[\p{L}\p{N}]{4,}/gu) ?? [];

export const declare: Asking = {
  name: 'declare',
  key: 'f12',
  does: 'declare an incident',
  hint: 'declare',
  usage: '/declare [sev 0..3] what is broken',
  group: 'act',
  whyNot: mayNotWrite,
  title: () => 'DECLARE INCIDENT',
  fields: [
    {
      kind: 'text',
      name: 'title',
      ask: 'What is broken?',
      needed: true,
      hint: 'one line, customers will not see it',
      initial: (view) => proposed(view)[0]?.summary ?? '',
    },
    {
      kind: 'choice',
      name: 'severity',
      ask: 'Severity',
      needed: true,
      from: severityChoices,
      initial: (view) => proposed(view)[0]?.severity ?? 'SEV-2',
    },
    { kind: 'choice', name: 'drill', ask: 'Drill', inline: true, from: () => [no, yes] },
    ...IMPACT,
    REASON,
  ],
  advice: (view, values) => [...openAlready(values['title'] ?? '', view), ...impactAdvice(values, view.policy)],
  /** Without a severity the form asks for it: it is never guessed. */
  parse(args) {
    const found = SEVERITY.exec(args);
    const severity = parseSeverity(found?.[1] ?? found?.[2] ?? '');
    const title = (found === null ? args : args.replace(found[0], ' ')).trim();
    return { title, severity: severity ?? '' };
  },
  /** A title that is an alert's own words brings the alert and its runbook along. */
  command(view, values) {
    const { title = '', severity = '', drill } = values;
    const level = parseSeverity(severity);
    if (title.trim() === '') return 'say in one line what is broken';
    if (level === null) return `say how bad it is: ${SEVERITIES.map((s) => `${s} ${SEVERITY_NAME[s]}`).join(', ')}`;
    const reason = reasonFor(level, values, view.policy);
    if ('trouble' in reason) return reason.trouble;
    const alert = proposed(view).find(({ summary }) => summary === title.trim());
    return {
      kind: 'declare',
      title: title.trim(),
      severity: level,
      ...(drill === 'yes' ? { drill: true } : {}),
      ...(alert === undefined ? {} : { alert: alert.alert }),
      ...(alert === undefined || alert.runbook === null ? {} : { runbook: alert.runbook }),
      ...reason,
    };
  },
};
