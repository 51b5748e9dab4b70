/** Acknowledge the incident or an alert: somebody works on it. */
import { isEnded, type Incident } from '../../incident/incident.ts';
import type { AlertView } from '../../protocol/messages.ts';
import { mayNotWrite, noIncident, type HubAction, type Choice, printed } from '../action.ts';
import { alertNamed, unacknowledgedAlerts, placeOf } from '../alert-selection.ts';
import type { View } from '../view.ts';
import { spanInWords } from '../../incident/time.ts';

const INCIDENT = 'incident';

/** The incident while it is open and not acknowledged. */
const unowned = ({ incident }: View): Incident | null =>
  incident === null || isEnded(incident) || incident.timestamps.acknowledgedAt !== null ? null : incident;

/**
 * What can be acknowledged, in the order `/ack` alone takes it: the incident, alerts nobody acknowledged, one's own.
 */
function choices(view: View): readonly Choice[] {
  const mine = (view.alerts ?? []).filter(({ acked }) => acked?.by === view.me);
  const alerts = [...unacknowledgedAlerts(view), ...mine].map((alert) => ({
    value: alert.alert,
    label: `${alert.severity} ${alert.rule}`,
    about: `${placeOf(alert)}${alert.acked === undefined ? 'fires' : 'yours'} ${spanInWords(view.now - Date.parse(alert.since))}`,
  }));
  const incident = unowned(view);
  return incident === null
    ? alerts
    : [{ value: INCIDENT, label: 'the incident', about: incident.title ?? '' }, ...alerts];
}

const first = (view: View): string => choices(view)[0]?.value ?? '';

export const acknowledgeAction: HubAction = {
  name: 'ack',
  alt: 'alt-a',
  does: 'acknowledge: you are on it',
  hint: 'ack',
  usage: '/ack [alert]',
  group: 'act',
  whyNot(view) {
    if (choices(view).length > 0) return mayNotWrite(view);
    const { incident } = view;
    if (incident?.timestamps.acknowledgedAt) return `${incident.ackedBy ?? 'somebody'} acknowledged it already`;
    if (incident !== null && isEnded(incident)) return `the incident is ${incident.status}`;
    const taken = view.alerts?.find(({ acked }) => acked !== undefined);
    return taken === undefined ? noIncident(view) : isTaken(taken);
  },
  atOnce: true,
  fields: [{ kind: 'choice', name: 'what', ask: 'What', needed: true, from: choices, initial: first }],
  parse: (args, view) => ({ what: args.trim() === '' ? first(view) : args.trim() }),
  print: (command) => (command.kind === 'acknowledge' ? printed('/ack', command.alert) : null),
  command(view, { what: named = '' }) {
    if (named === INCIDENT) return { kind: 'acknowledge' };
    const alert = alertNamed(named, view.alerts ?? []);
    if (alert === undefined) return `no alert "${named}" fires, or several do: /alerts lists them`;
    if (alert.state === 'pending') return 'it waits: there is nothing to acknowledge until it fires';
    if (alert.acked !== undefined && alert.acked.by !== view.me) return isTaken(alert);
    return { kind: 'acknowledge', alert: alert.alert };
  },
};

const isTaken = ({ rule, acked }: AlertView): string => `${acked?.by ?? 'somebody'} acknowledged ${rule} already`;
