/**
 * What a person is told once, without having asked: they are paged, command is offered to them, what happened while they
 * were away, what begins elsewhere. It follows every input, and never takes a key from somebody who types. Pure.
 */
import { isEnded, isOn } from '../incident/incident.ts';
import { SEVERITIES, type Severity } from '../incident/severity.ts';
import { sinceInWords } from '../incident/since.ts';
import { spanInWords } from '../incident/time.ts';
import type { AlertView } from '../protocol/messages.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { isEmptyText, type Key } from '../terminal/editor.ts';
import { attention } from './alarm.ts';
import { ringing, STILL_MS } from './page.ts';
import { type Heard, say, stay, submitting, withEffect, type Ui, type UiChange } from './state.ts';
import { headOf, lastSeq, type View } from './view.ts';

/** The change, with what is new told. The bell rings once, for the first that rings it. */
export function announced(change: UiChange, view: View, isNews: boolean): UiChange {
  const declared = change.effects.flatMap((effect) =>
    effect.do === 'submit' && effect.command.kind === 'declare' ? [effect.command.title] : [],
  );
  const mine = declared.length === 0 ? change : { ...change, ui: { ...change.ui, declaring: declared } };
  return [ringing, ...(isNews ? [attention] : []), pageFirst, offers, returned, elsewhere].reduce((step, tell) => {
    const { ui, effects } = tell(step.ui, view);
    const rings = step.effects.some((effect) => effect.do === 'ring');
    return { ui, effects: [...step.effects, ...effects.filter(({ do: what }) => what !== 'ring' || !rings)] };
  }, mine);
}

/** A page that comes while the brief is shown takes its place. */
function pageFirst(ui: Ui): UiChange {
  const { page, modal } = ui;
  const isUnder = page !== null && modal?.kind === 'brief' && page.since >= modal.openedAt;
  return stay(isUnder ? { ...ui, modal: null } : ui);
}

/** The offer of command this person has to answer; null: there is none. */
function offerTo({ incident, me, observer }: View): NonNullable<NonNullable<View['incident']>['offer']> | null {
  const offer = incident === null || isEnded(incident) || observer ? null : incident.offer;
  return offer?.name === me ? offer : null;
}

/** The brief with an offer is shown while nothing is typed and nothing else is open; Esc puts it off. */
function offers(ui: Ui, view: View): UiChange {
  const offer = offerTo(view);
  if (offer === null) return withdrawn(ui, view);
  const isNew = ui.offered !== offer.at;
  const told: Ui = { ...ui, offered: offer.at };
  const isFree = ui.modal === null || (ui.modal.kind === 'brief' && !ui.modal.offered);
  const isQuiet = ui.page === null && ui.focus === 'line' && isEmptyText(ui.draft);
  const isLater = (ui.putOff[offer.at] ?? 0) > view.mono;
  const opened: Ui = { ...told, modal: { kind: 'brief', offered: true, scroll: 0, openedAt: view.mono } };
  const text = `${offer.from} offers you command`;
  const beside = isNew ? lasting(told, `${text}: /accept or /decline, or an empty line shows the brief`, view) : told;
  const next = isFree && isQuiet && !isLater ? opened : beside;
  return isNew ? withEffect(next, { do: 'ring', text }) : stay(next);
}

function withdrawn(ui: Ui, view: View): UiChange {
  if (ui.offered === null) return stay(ui);
  const modal = ui.modal?.kind === 'brief' && ui.modal.offered ? null : ui.modal;
  const next: Ui = { ...ui, modal, offered: null };
  const last = view.events.findLast(({ kind }) => kind === 'role_declined');
  const by = last?.by.name ?? view.me;
  const isOver = view.incident?.roles.ic === view.me || by === view.me || ui.offered > (last?.recorded ?? '');
  return stay(isOver ? next : say(next, `${by} withdrew the offer of command`, view.mono));
}

/** Esc hides an offer, or Enter before the hub has answered, for this long; ms. */
const LATER_MS = 5 * 60_000;

/** A key while the brief with an offer is shown; null: the key is not for it. It takes none of a person who types. */
export function offerKey(ui: Ui, openedAt: number, key: Key, view: View): UiChange | null {
  const offer = offerTo(view);
  if (offer === null) return null;
  const later: Ui = { ...ui, modal: null, putOff: { ...ui.putOff, [offer.at]: view.mono + LATER_MS } };
  if (key.name === 'escape') return stay(later);
  if (key.name !== 'enter' && key.name !== 'alt-d') return null;
  if (view.mono - Math.max(openedAt, ui.typedAt) < STILL_MS) return stay(ui);
  const command = { kind: key.name === 'enter' ? 'accept_command' : 'decline_command' } as const;
  return withEffect(later, submitting(command, view));
}

/** An absence is summed up when it was longer than this, or left more entries; ms. */
const AWAY_MS = 2 * 60_000;
const MANY_ENTRIES = 20;
/** Entries that are fetched for the sum, at most. */
const SUMMED = 2000;
/** What a person has to read stays for this long; ms. */
const SHOWN_MS = 60_000;
const lasting = (ui: Ui, text: string, { mono }: View): Ui => ({
  ...ui,
  notice: { text, bad: false, until: mono + SHOWN_MS },
});

/** `SINCE YOU LEFT 47 min ago: SEV-2 -> SEV-1, 38 entries`, once what came meanwhile is here. */
function returned(ui: Ui, view: View): UiChange {
  const { away, readMark } = ui;
  const { incident, events } = view;
  if (away === null || incident === null || view.link.state !== 'live') return stay(ui);
  const head = headOf(view) ?? 0;
  const mark = readMark ?? head;
  if (lastSeq(view) < head) return stay(ui);
  const from = Math.max(mark + 1, head - SUMMED);
  if ((events[0]?.seq ?? 1) > from) return withEffect(ui, { do: 'page', from });
  const told: Ui = { ...ui, away: null };
  const awayMs = away.leftAt === null ? 0 : view.now - away.leftAt;
  const missed = events.filter(({ seq }) => seq > mark);
  const count = head - mark - missed.filter(({ by }) => by.name === view.me).length;
  if (!ui.left || count <= 0 || (awayMs < AWAY_MS && count <= MANY_ENTRIES)) return stay(told);
  const when = away.leftAt === null ? '' : ` ${spanInWords(awayMs)} ago`;
  const what = sinceInWords(missed, count);
  const text = `SINCE YOU LEFT${when}: ${what} · Alt-J first unread · Alt-I brief`;
  return stay(lasting(told, text, view));
}

const alertKey = ({ alert, since }: AlertView): string => `${alert} ${since}`;

/** Incidents that are new or worse, and alarms, of which the incident that is shown does not speak. */
function elsewhere(ui: Ui, view: View): UiChange {
  if (view.link.state !== 'live') return stay(ui);
  const open = view.incidents.filter((one) => !isEnded(one));
  const firing = (view.alerts ?? []).filter(({ state }) => isOn(state));
  const heard: Heard = {
    incidents: Object.fromEntries(open.map(({ id, severity }) => [id, severity])),
    alerts: view.alerts === undefined ? null : firing.map(alertKey),
  };
  const before = ui.heard;
  if (before === null) return stay({ ...ui, heard });
  const here = view.incident?.id ?? null;
  const own = open.filter(({ id, title }) => before.incidents[id] === undefined && ui.declaring.includes(title));
  const told = [
    ...open.flatMap((one) => (own.includes(one) ? [] : (newsOf(one, before.incidents[one.id], here) ?? []))),
    ...firing.flatMap((one) => (before.alerts?.includes(alertKey(one)) === false ? (alarmOf(one, view) ?? []) : [])),
  ];
  const isSame = JSON.stringify(heard) === JSON.stringify(before);
  const declaring = own.length === 0 ? ui.declaring : [];
  const next = isSame && own.length === 0 ? ui : { ...ui, heard, declaring };
  const [first] = told;
  if (first === undefined) return stay(next);
  const text = told.length === 1 ? first : `${first}   (+${told.length - 1} more: /list, /alerts)`;
  return withEffect(say(next, text, view.mono, true), { do: 'ring', text });
}

/** The part of an id that is enough for /switch. */
const shortId = (id: string): string => id.replace(/^\d{4}-\d\d-\d\d-/, '');

function newsOf(one: IncidentSummary, before: Severity | undefined, here: string | null): string | null {
  const { id, severity, title, drill } = one;
  const isNew = before === undefined;
  if (!isNew && (id === here || SEVERITIES.indexOf(severity) >= SEVERITIES.indexOf(before))) return null;
  const what = isNew
    ? `${severity} ${one.status === 'declared' ? 'declared' : 'open'}`
    : `raised ${before} -> ${severity}`;
  // A console that shows none goes to a new one by itself.
  const isShown = id === here || (isNew && here === null);
  return `${drill ? 'DRILL ' : ''}${what}: ${title}${isShown ? '' : ` · /switch ${shortId(id)}`}`;
}

function alarmOf(alert: AlertView, { incident }: View): string | null {
  const { severity, summary, acked, silencedUntil, inhibited, flapping } = alert;
  const isQuiet = [acked, silencedUntil, inhibited, flapping].some((each) => each !== undefined);
  if (isQuiet || (alert.incident !== null && alert.incident === incident?.id)) return null;
  return `ALARM ${severity} ${summary}${alert.incident === null ? '' : ` · /switch ${shortId(alert.incident)}`}`;
}
