/** The alarm: the one sentence that asks for attention, the most urgent one. Pure. */
import { isEnded, needsRoles, type Incident } from '../incident/incident.ts';
import type { Tone } from '../terminal/text.ts';
import { SEVERITY_TONE } from '../../panels/header.ts';
import type { PendingEntry } from '../../panels/model.ts';
import { newestRefused, type View } from './view.ts';
import { unacknowledgedAlerts, proposedAlerts } from './alert-selection.ts';
import { runningClock } from '../incident/time.ts';

export interface Alarm {
  readonly text: string;
  readonly tone: Tone;
}
const crit = (text: string): Alarm => ({ text, tone: 'crit' });
const warn = (text: string): Alarm => ({ text, tone: 'warn' });
const calm = (text: string): Alarm => ({ text, tone: 'dim' });

/** Rules for every view, the most urgent first. */
const LINK: readonly ((view: View) => Alarm | null)[] = [
  ({ link, now, pending }) => {
    if (link.state !== 'lost' && link.state !== 'refused') return null;
    const kept = pending.filter(({ state }) => state !== 'refused').length;
    const entries = count(kept, 'entry', 'entries');
    if (link.state === 'refused') {
      const waits = kept === 0 ? '' : ` · ${entries} kept here until you are let in again`;
      return crit(`HUB REFUSED: ${link.reason ?? 'no reason given'}${waits}`);
    }
    const what = kept === 0 ? 'what you type is kept and will be sent' : `${entries} kept, will be sent`;
    const reason = link.reason === null ? '' : ` · ${link.reason}`;
    return crit(`HUB LOST ${runningClock(now - link.since)} · ${what}${reason}`);
  },
  ({ link: { state, silentMs } }) =>
    state === 'live' && silentMs
      ? warn(`no word from the hub for ${Math.floor(silentMs / 1000)} s · what you type keeps its time`)
      : null,
  ({ link }) =>
    link.readOnly === null ? null : crit(`HUB CANNOT WRITE: ${link.readOnly} · nothing new is on the record`),
  ({ unserved }) => (unserved === null ? null : crit(`NOT AT THIS HUB: ${unserved} · what you see is from before`)),
  ({ link }) => (link.state === 'connecting' ? calm(`connecting to ${link.hub}; you can type already`) : null),
];

/** Rules for an incident, the most urgent first. */
const RULES: readonly ((view: View, incident: Incident) => Alarm | null)[] = [
  (view, { roles, offer }) =>
    offer !== null && offer.name === view.me && roles.ic !== view.me
      ? warn(`${offer.from} OFFERS YOU COMMAND: /accept or /decline`)
      : null,
  ({ policy, link, away, now }, { roles }) => {
    const gone = policy === null || link.state !== 'live' ? undefined : away.find(({ name }) => name === roles.ic);
    const ms = gone === undefined ? -1 : Math.max(0, now - Date.parse(gone.since));
    if (gone === undefined || policy === null || ms < policy.icAbsentMs) return null;
    return crit(`IC ${gone.name} IS GONE for ${runningClock(ms)}: anyone may take over, /role ic me because why`);
  },
  (_view, incident) =>
    needsRoles(incident) && incident.roles.ic === null ? warn('NO IC: take command with /role ic me') : null,
  // The incident shown is over or a drill, so alerts that fire now are not part of it.
  (view, { status, drill }) => (drill || status === 'resolved' || isEnded({ status }) ? proposal(view) : null),
  ({ clocks }) => deadline(clocks, 'ack', ACK_SOON_MS),
  (_view, incident) => {
    const vacant = (['comms', 'scribe'] as const).filter((role) => incident.roles[role] === null);
    if (vacant.length === 0 || !needsRoles(incident)) return null;
    const names = vacant.map((role) => `NO ${role.toUpperCase()}`).join(', ');
    return warn(`${names}: /role ${vacant[0] ?? ''} @name`);
  },
  ({ clocks }) => deadline(clocks, 'ack', Infinity),
  ({ clocks }) => deadline(clocks, 'update', 0.2 * (clocks?.due.find(({ what }) => what === 'update')?.ofMs ?? 0)),
  refusal,
];

/** An acknowledgement due within this time comes before vacant roles, as it is about to page somebody; ms. */
const ACK_SOON_MS = 2 * 60_000;
const HOW = { ack: '/ack if you are on it', update: '/update says what the public was told' };

/** The alarm for a deadline that is due within `withinMs`, or late. */
function deadline(clocks: View['clocks'], what: keyof typeof HOW, withinMs: number): Alarm | null {
  const due = clocks?.due.find((each) => each.what === what);
  if (due === undefined || due.leftMs > withinMs) return null;
  const clock = runningClock(Math.abs(due.leftMs));
  const name = what.toUpperCase();
  return due.leftMs < 0 ? crit(`${name} LATE ${clock}: ${HOW[what]}`) : warn(`${name} DUE IN ${clock}: ${HOW[what]}`);
}

/** The most urgent alarm now. */
export function alarm(view: View): Alarm {
  const { incident } = view;
  for (const rule of LINK) {
    const found = rule(view);
    if (found !== null) return found;
  }
  if (incident === null) return refusal(view) ?? idle(view);
  for (const rule of RULES) {
    const found = rule(view, incident);
    if (found !== null) return found;
  }
  return nextStep(view, incident);
}

/** What is most useful to know when nothing is wrong. */
function nextStep(view: View, incident: Incident): Alarm {
  if (isEnded(incident)) return calm(`this incident is ${incident.status}: /list shows the open ones`);
  const owed = incident.open.find((item) => item.to === view.me);
  if (owed !== undefined) return calm(`you owe #${owed.seq}: ${owed.text}   /done #${owed.seq}`);
  const question = incident.open.find(({ form }) => form === 'question');
  if (question !== undefined)
    return calm(`open question #${question.seq}: ${question.text}   #${question.seq} answers it`);
  const update = view.clocks?.due.find(({ what }) => what === 'update');
  if (update !== undefined) return calm(`next update in ${runningClock(update.leftMs)}`);
  return calm('type and press Enter: it is on the screen of everybody here');
}

/** The worst alert that belongs to no incident and is not acknowledged. */
function proposal(view: View): Alarm | null {
  const [alert, ...others] = unacknowledgedAlerts(view).filter(({ incident }) => incident === null);
  if (alert === undefined) return null;
  const more = others.length === 0 ? '' : ` (+${others.length} more: /alerts)`;
  const text = `${alert.severity} ${alert.summary}${more}: /ack if you are on it, or /declare it`;
  return { text, tone: SEVERITY_TONE[alert.severity] };
}

/** Without an incident: alerts, the acknowledged ones in a calm tone, then open incidents. */
function idle(view: View): Alarm {
  const proposed = proposal(view);
  if (proposed !== null) return proposed;
  const [alert] = proposedAlerts(view);
  if (alert?.acked !== undefined) {
    const { by, until } = alert.acked;
    const left = runningClock(Date.parse(until) - view.now);
    return { text: `${by} is on ${alert.severity} ${alert.summary}; asks again in ${left}: /declare it`, tone: 'info' };
  }
  const open = view.incidents.length;
  if (open > 0) return warn(`${count(open, 'incident is', 'incidents are')} open: /list to look, or /declare another`);
  return calm('no incident is open: /declare one');
}

function refusal({ pending }: View): Alarm | null {
  const refused = newestRefused(pending);
  return refused === undefined ? null : warn(refusalText(refused));
}

/** What the hub refused and why, and what can be done. The text, which may be long, comes last. */
export function refusalText({ text, reason }: PendingEntry): string {
  const short = text.length > 40 ? `${[...text].slice(0, 39).join('')}…` : text;
  return `NOT DONE: ${reason ?? 'refused'}: "${short}"   Up takes it back, /dismiss forgets it`;
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
