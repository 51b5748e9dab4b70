/** Alerts of the incident: state changes, not samples. */
import * as v from 'valibot';
import { shortenText, withAlert } from '../bounds.ts';
import { drafting, event, internal } from '../context.ts';
import { isOn } from '../incident.ts';
import { isSerious } from '../severity.ts';
import { fieldsIn } from '../topic.ts';
import { instant, labels, maybe, severityShape } from '../shapes.ts';

const change = {
  alert: v.string(),
  rule: v.string(),
  from: v.string(),
  to: v.string(),
  severity: severityShape,
  summary: v.string(),
  labels: maybe(labels),
  runbook: maybe(v.string()),
};

const events = {
  alert_changed: event({
    shape: v.object(change),
    level: 'key',
    finds: ['alert', 'alarm'],
    mark({ data: { to, severity } }) {
      if (to === 'resolved' || to === 'inactive') return 'ok';
      if (to === 'no_data') return 'no_data';
      return to === 'firing' && isSerious(severity) ? 'crit' : 'warn';
    },
    fold(state, { at, data }) {
      const { alert, rule, to, severity, summary, runbook } = data;
      const now = { alert, rule, state: to, severity, summary: shortenText(summary), since: at };
      return { ...withAlert(state, now), runbook: state.runbook ?? runbook ?? null };
    },
    sentence({ data: { rule, to, summary, severity } }) {
      const state = to === 'firing' ? `ALARM ${severity}` : `alert ${to.replace('_', ' ')}`;
      // Most summaries begin with the rule's name.
      if (summary.toLowerCase().startsWith(rule.toLowerCase())) return `${state} ${summary}`;
      return `${state} ${rule}${summary === '' ? '' : `: ${summary}`}`;
    },
  }),
};
const draft = drafting(events);

export const alertsTopic = {
  events,
  commands: {
    change_alert: internal({
      shape: v.object({ ...change, at: maybe(instant) }),
      decide(state, command, context) {
        const more = { level: isOn(command.to) ? 'key' : 'normal', at: command.at } as const;
        return [draft(state, context, 'alert_changed', fieldsIn(change, command), more)];
      },
    }),
  },
};
