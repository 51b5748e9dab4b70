/** Declare an incident: the first entry of a new record. */
import { duplicateInWords, duplicateOf } from '../../incident/duplicate.ts';
import { isEnded } from '../../incident/incident.ts';
import { parseSeverity, SEVERITIES, SEVERITY_NAME } from '../../incident/severity.ts';
import { mayNotWrite, type HubAction } from '../action.ts';
import { begunBy, proposedAlerts } from '../alert-selection.ts';
import type { View } from '../view.ts';
import { advisedSeverity, groundsFor, impactAdvice, IMPACT_FIELDS, REASON, severityChoices } from './severity.ts';

const SEVERITY = /^(?:--sev[= ]+|sev[- ]?)([0-3])\s+|\s+(?:--sev[= ]+|sev[- ]?)([0-3])$/i;

const no = { value: 'no', label: 'no, this is real' };
const yes = { value: 'yes', label: 'yes, a rehearsal' };

/** Names the newest open incident, so that nobody declares it twice; a title is visible at every size. */
function title({ incidents }: View): string {
  const [newest, ...others] = incidents.filter((one) => !isEnded(one) && !one.drill);
  if (newest === undefined) return 'DECLARE INCIDENT';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `DECLARE INCIDENT   open already: ${newest.severity} ${newest.title}${more}`;
}

export const declareAction: HubAction = {
  name: 'declare',
  key: 'f12',
  does: 'declare an incident',
  hint: 'declare',
  usage: '/declare [sev 0..3] what is broken',
  whyNot: mayNotWrite,
  title,
  fields: [
    {
      kind: 'text',
      name: 'title',
      ask: 'What is broken?',
      needed: true,
      hint: 'one line, customers will not see it',
      initial: (view) => proposedAlerts(view)[0]?.summary ?? '',
    },
    {
      kind: 'choice',
      name: 'severity',
      ask: 'Severity',
      needed: true,
      from: severityChoices,
      initial: (view) => proposedAlerts(view)[0]?.severity ?? 'SEV-2',
      advised: advisedSeverity,
    },
    ...IMPACT_FIELDS,
    REASON,
    {
      kind: 'choice',
      name: 'drill',
      ask: 'Drill',
      inline: true,
      from: ({ rehearsal }) => (rehearsal ? [yes] : [no, yes]),
    },
  ],
  advice: (view, values) => impactAdvice(values, view.policy),
  doubt({ alerts = [], incidents, now }, { title = '', drill }) {
    const home = alerts.find(({ summary }) => summary === title.trim())?.incident ?? null;
    const same = duplicateOf({ title, drill: drill === 'yes', home }, incidents, now);
    return same && { text: `${duplicateInWords(same, now)}: Alt-J goes there`, incident: same.id };
  },
  /** Without a severity the form asks for it. */
  parse(args) {
    const found = SEVERITY.exec(args);
    const severity = parseSeverity(found?.[1] ?? found?.[2] ?? '');
    const title = (found === null ? args : args.replace(found[0], ' ')).trim();
    return { title, severity: severity ?? '' };
  },
  /** A drill is printed without its severity, so that the form opens: it must not be declared as a real incident. */
  print: { declare: ({ drill, severity, title }) => [!drill && severity, title] },
  command(view, values) {
    const { title = '', severity = '', drill } = values;
    const level = parseSeverity(severity);
    if (title.trim() === '') return 'say in one line what is broken';
    if (level === null) return `say how bad it is: ${SEVERITIES.map((s) => `${s} ${SEVERITY_NAME[s]}`).join(', ')}`;
    const grounds = groundsFor(level, values, view.policy);
    if (typeof grounds === 'string') return grounds;
    // A title equal to an alert's summary links the alert and its runbook.
    const alert = proposedAlerts(view).find(({ summary }) => summary === title.trim());
    return {
      kind: 'declare',
      title: title.trim(),
      severity: level,
      ...(drill === 'yes' ? { drill: true } : {}),
      ...(alert && begunBy(alert)),
      ...grounds,
    };
  },
};
