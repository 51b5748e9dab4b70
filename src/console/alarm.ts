/** The alarm line: exactly one sentence, the most urgent one. The only place on the screen that asks for attention. */
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
type Rule = (view: View, incident: Incident) => Alarm | null;

const crit = (text: string): Alarm => ({ text, tone: 'crit' });
const warn = (text: string): Alarm => ({ text, tone: 'warn' });
const calm = (text: string): Alarm => ({ text, tone: 'dim' });

/** Rules that apply with and without an incident, the most urgent first. */
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

const RULES: readonly Rule[] = [
  (view, { roles, offer }) =>
    offer !== null && offer.name === view.me && roles.ic !== view.me
      ? warn(`${offer.from} OFFERS YOU COMMAND: /accept or /decline`)
      : null,
  (view, { roles }) => {
    const absent = view.policy === null || view.link.state !== 'live' ? null : absence(view, roles.ic);
    if (absent === null || view.policy === null || absent < view.policy.icAbsentMs) return null;
    return crit(
      `IC ${roles.ic ?? ''} IS GONE for ${runningClock(absent)}: anyone may take over, /role ic me because why`,
    );
  },
  (_view, incident) => {
    if (!needsRoles(incident)) return null;
    return incident.roles.ic === null ? warn('NO IC: take command with /role ic me') : null;
  },
  // The incident shown is over or a drill, so alerts that fire now are not part of it.
  (view, { status, drill }) => (drill || status === 'resolved' || isEnded({ status }) ? proposal(view) : null),
  (view) => ackAlarm(view, ACK_SOON_MS),
  (_view, incident) => {
    if (!needsRoles(incident)) return null;
    const vacant = (['comms', 'scribe'] as const).filter((role) => incident.roles[role] === null);
    if (vacant.length === 0) return null;
    const names = vacant.map((role) => `NO ${role.toUpperCase()}`).join(', ');
    return warn(`${names}: /role ${vacant[0] ?? ''} @name`);
  },
  (view) => ackAlarm(view, Infinity),
  (view) => {
    const update = view.clocks?.due.find(({ what }) => what === 'update');
    if (update === undefined || update.leftMs > 0.2 * (update.ofMs ?? 0)) return null;
    return update.leftMs < 0
      ? crit(`UPDATE LATE ${runningClock(-update.leftMs)}: /update says what the public was told`)
      : warn(`UPDATE DUE IN ${runningClock(update.leftMs)}: /update says what the public was told`);
  },
  (view) => {
    const refused = newestRefused(view.pending);
    return refused === undefined ? null : warn(refusalText(refused));
  },
  (view, incident) => nextStep(view, incident),
];

/** An acknowledgement due within this time, or late, comes before vacant roles, as it is about to page somebody; ms. */
const ACK_SOON_MS = 2 * 60_000;

function ackAlarm(view: View, withinMs: number): Alarm | null {
  const ack = view.clocks?.due.find(({ what }) => what === 'ack');
  if (ack === undefined || ack.leftMs > withinMs) return null;
  return ack.leftMs < 0
    ? crit(`ACK LATE ${runningClock(-ack.leftMs)}: /ack if you are on it`)
    : warn(`ACK DUE IN ${runningClock(ack.leftMs)}: /ack if you are on it`);
}

/** The most urgent alarm now. */
export function alarm(view: View): Alarm {
  for (const rule of LINK) {
    const found = rule(view);
    if (found !== null) return found;
  }
  if (view.incident === null) return refusedOr(view, idle(view));
  for (const rule of RULES) {
    const found = rule(view, view.incident);
    if (found !== null) return found;
  }
  return calm('');
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

/** The worst acknowledged alert that belongs to no incident: calm, but not hidden. */
function inHand(view: View): Alarm | null {
  const [alert] = proposedAlerts(view);
  if (alert?.acked === undefined) return null;
  const { by, until } = alert.acked;
  const left = runningClock(Date.parse(until) - view.now);
  return { text: `${by} is on ${alert.severity} ${alert.summary}; asks again in ${left}: /declare it`, tone: 'info' };
}

function idle(view: View): Alarm {
  const proposes = proposal(view) ?? inHand(view);
  if (proposes !== null) return proposes;
  const open = view.incidents.length;
  if (open > 0) return warn(`${count(open, 'incident is', 'incidents are')} open: /list to look, or /declare another`);
  return calm('no incident is open: /declare one');
}

function refusedOr(view: View, other: Alarm): Alarm {
  const refused = newestRefused(view.pending);
  return refused === undefined ? other : warn(refusalText(refused));
}

/** What the hub refused, why, and what can be done; the reason stands before the text, which may be long. */
export function refusalText({ text, reason }: PendingEntry): string {
  const short = text.length > 40 ? `${[...text].slice(0, 39).join('')}…` : text;
  return `NOT DONE: ${reason ?? 'refused'}: "${short}"   Up takes it back, /dismiss forgets it`;
}

/** For how long the IC has had no console here, ms; null while they are here or nobody is IC. */
function absence(view: View, ic: string | null): number | null {
  const gone = view.away.find(({ name }) => name === ic);
  return gone === undefined ? null : Math.max(0, view.now - Date.parse(gone.since));
}

const count = (n: number, one: string, many: string): string => `${n} ${n === 1 ? one : many}`;
