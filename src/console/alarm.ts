/** The alarm: the one sentence that asks for attention. What is to be done has one order, that of NEXT. Pure. */
import { dueInWords, toneOfNext, whoMay } from '../../panels/next.ts';
import type { PastMoment, PendingEntry } from '../../panels/model.ts';
import { isEnded } from '../incident/incident.ts';
import { runningClock } from '../incident/time.ts';
import { counted } from '../incident/words.ts';
import type { Tone } from '../terminal/text.ts';
import { proposedAlerts } from './alert-selection.ts';
import { askedInWords } from './actions/decide.ts';
import { nextOfView } from './next.ts';
import { stay, withEffect, type Ui, type UiChange } from './state.ts';
import { lastSeq, type View } from './view.ts';

export interface Alarm {
  readonly text: string;
  readonly tone: Tone;
  /** `02:14 left`, `late 3m`. */
  readonly due?: string;
  /** Who may do it, where that is not everybody. */
  readonly who?: string;
  /** The key that does it, and the command. */
  readonly key?: string | null;
  readonly slash?: string | null;
  /** How much more there is to do. */
  readonly more?: number;
}
const crit = (text: string): Alarm => ({ text, tone: 'crit' });
const warn = (text: string): Alarm => ({ text, tone: 'warn' });
const calm = (text: string): Alarm => ({ text, tone: 'dim' });

/** A sentence about the link or the hub that stands above all that is to be done; null: the screen shows the present. */
export function linkAlarm({ past, link, now, pending, rehearsal, unserved }: View): Alarm | null {
  if (past !== undefined) return pastAlarm(past);
  const kept = pending.filter(({ state }) => state !== 'refused').length;
  const entries = counted(kept, 'entry', 'entries');
  if (link.state === 'refused') {
    const waits = kept === 0 ? '' : ` · ${entries} kept here until you are let in again`;
    return crit(`HUB REFUSED: ${link.reason ?? 'no reason given'}${waits}`);
  }
  if (link.state === 'lost') {
    const lost = `HUB LOST ${runningClock(now - link.since)}`;
    if (rehearsal === true) return crit(`${lost} · a drill is over when whoever began it leaves: Ctrl-C`);
    const what = kept === 0 ? 'what you type is kept and will be sent' : `${entries} kept, will be sent`;
    return crit(`${lost} · ${what}${link.reason === null ? '' : ` · ${link.reason}`}`);
  }
  if (link.state === 'live' && link.silentMs)
    return warn(`no word from the hub for ${Math.floor(link.silentMs / 1000)} s · what you type keeps its time`);
  if (link.readOnly !== null) return crit(`HUB CANNOT WRITE: ${link.readOnly} · nothing new is on the record`);
  if (unserved !== null) return crit(`NOT AT THIS HUB: ${unserved} · what you see is from before`);
  return link.state === 'connecting' ? calm(`connecting to ${link.hub}; you can type already`) : null;
}

/** What stands in the alarm line: what calls now, else how to move. */
function pastAlarm({ calls, kept, isPlaying, speed }: PastMoment): Alarm {
  if (calls !== null) return { text: `NOW: ${calls} · Esc returns to now`, tone: 'crit' };
  const how = isPlaying ? `playing x${speed}` : 'paused';
  return { text: `${how} · ${kept} · Space plays, Left and Right key entries`, tone: 'info' };
}

type Item = ReturnType<typeof nextOfView>[number];

/** Tells an item from the others; the same one keeps it. */
export const idOf = ({ what, alert, ref, text }: Item): string => `${what} ${alert ?? ref ?? text}`;

function asked(item: Item, view: View): Alarm {
  const { now, me } = view;
  const due = dueInWords(item, now);
  const isMine = item.by.includes('anyone') || item.by.includes(me);
  return {
    text: item.text,
    tone: toneOfNext(item),
    ...(due === '' ? {} : { due: item.late ? due : `${due} left` }),
    key: item.key,
    slash: item.slash,
    more: nextOfView(view).length - 1,
    ...(isMine ? {} : { who: whoMay(item) }),
  };
}

/** What stands before a decision that everybody is asked about, which has a short time. */
const BEFORE_DECISIONS: ReadonlySet<string> = new Set(['page', 'alarm', 'data_risk', 'acknowledge']);

/** The alarm now. `held`: an item that stands before the others. */
export function alarm(view: View, held: string | null = null): Alarm {
  const link = linkAlarm(view);
  if (link !== null) return link;
  const items = nextOfView(view);
  const item = items.find((each) => idOf(each) === held) ?? items[0];
  if (item !== undefined && BEFORE_DECISIONS.has(item.what)) return asked(item, view);
  const asks = askedInWords(view);
  if (asks === null) return item === undefined || isOverHere(view) ? calmWords(view) : asked(item, view);
  const isCommander = view.incident?.roles.ic === view.me;
  // Who has answered waits; the commander need not wait once somebody objects.
  const own = items.find(({ what }) => (asks.isMine ? what === 'object' : isCommander && what === 'settle'));
  const { key = null, slash = null } = own ?? {};
  return { text: asks.text, tone: 'warn', key, slash, more: items.length - (own ? 1 : 0) };
}

/** How long something new has the line before it takes its place in the order; ms. */
const HELD_MS = 5000;
/** What rings when it is new: somebody waits for this person, or for anybody. */
const CALLS: ReadonlySet<string> = new Set(['page', 'alarm', 'object', 'answer_offer', 'confirm', 'approve']);

/** After news: a new page, alarm, decision or offer takes the line; that, or a mention in an entry, rings once. */
export function attention(ui: Ui, view: View): UiChange {
  if (view.link.state !== 'live' || view.alerts === undefined) return stay(ui);
  const calls = nextOfView(view).filter(
    ({ what, by }) => CALLS.has(what) && (by.includes('anyone') || by.includes(view.me)),
  );
  const attended = { incident: view.incident?.id ?? null, ids: calls.map(idOf), seq: lastSeq(view) };
  const before = ui.attended;
  if (before === null || before.incident !== attended.incident) return stay({ ...ui, attended, held: null });
  const fresh = calls.find((item) => !before.ids.includes(idOf(item)));
  const text = fresh === undefined ? mention(view, before.seq) : fresh.text;
  const held = fresh === undefined ? ui.held : { id: idOf(fresh), until: view.mono + HELD_MS };
  return withEffect({ ...ui, attended, held }, ...(text === null ? [] : [{ do: 'ring' as const, text }]));
}

/** The newest entry after `seq` in which somebody else names this person; null: none. */
function mention({ events, me }: View, seq: number): string | null {
  for (let i = events.length - 1; i >= 0 && (events[i]?.seq ?? 0) > seq; i--) {
    const event = events[i];
    if (event?.kind !== 'noted' || event.by.name === me) continue;
    const { text, to } = event.data;
    if (to === me || isNamedIn(text, me)) return `${event.by.name}: ${text}`;
  }
  return null;
}

/** Whether `@me` stands in it, and not as a part of a longer name: a name may have dots and spaces. */
const isNamedIn = (text: string, me: string): boolean =>
  text
    .split(`@${me}`)
    .some((after, i, all) => i > 0 && !/[\p{L}\p{N}]$/u.test(all[i - 1] ?? '') && !GOES_ON.test(after));
const GOES_ON = /^(?:[\p{L}\p{N}\p{M}_-]|\.[\p{L}\p{N}])/u;

/** The shown incident has ended while another is open: what is left of the one is not said before the other. */
const isOverHere = ({ incident, incidents }: View): boolean =>
  incident !== null && isEnded(incident) && incidents.some((one) => !isEnded(one));

/** What is most useful to know when nothing is to be done. */
function calmWords(view: View): Alarm {
  const { incident, incidents, now } = view;
  if (incident !== null && isEnded(incident)) {
    const [next, ...others] = incidents.filter((one) => !isEnded(one));
    const over = `this incident is ${incident.status}`;
    if (next === undefined) return calm(`${over}; no other is open`);
    const more = others.length === 0 ? '' : ` and ${others.length} more`;
    return warn(`${over}; open: ${next.drill ? 'DRILL ' : ''}${next.severity} ${next.title}${more}: /list, then Enter`);
  }
  if (incident !== null) {
    const update = view.clocks?.due.find(({ what }) => what === 'update');
    if (update !== undefined) return calm(`next update in ${runningClock(update.leftMs)}`);
    return calm('type and press Enter: it is on the screen of everybody here');
  }
  const [alert] = proposedAlerts(view);
  if (alert?.acked !== undefined) {
    const { by, until } = alert.acked;
    const left = runningClock(Date.parse(until) - now);
    return { text: `${by} is on ${alert.severity} ${alert.summary}; asks again in ${left}: /declare it`, tone: 'info' };
  }
  const open = incidents.filter((one) => !isEnded(one)).length;
  if (open > 0)
    return warn(`${counted(open, 'incident is', 'incidents are')} open: /list to look, or /declare another`);
  return calm('no incident is open: /declare one');
}

/** `severity SEV-0: only the IC sets the severity`: what the hub refused, and why. */
export function refusalText({ text, reason }: PendingEntry): string {
  const short = text.length > 40 ? `${[...text].slice(0, 39).join('')}…` : text;
  return `${short}: ${reason ?? 'refused'}`;
}

/** A link that is lost, or what calls for this person and did not before; null: nothing. */
export function newCall({ attended }: Ui, view: View, before: readonly string[]): string | null {
  const link = linkAlarm(view);
  if (link !== null) return link.text;
  const fresh = (attended?.ids ?? []).filter((id) => !before.includes(id));
  return nextOfView(view).find((item) => fresh.includes(idOf(item)))?.text ?? null;
}
