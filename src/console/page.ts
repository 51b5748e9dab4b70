/**
 * The panel of a page: who is called for what, when the next level is, and that only the screens here say so. It has two
 * keys, and only while nobody types. Pure.
 */
import { isOn } from '../incident/incident.ts';
import type { EscalationLevel, Page } from '../incident/paging.ts';
import { SEVERITIES } from '../incident/severity.ts';
import { runningClock } from '../incident/time.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { personOf, standingAt } from '../oncall/plan.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { isEmptyText, type Key } from '../terminal/editor.ts';
import { cutLine, glyphs, joinLines, span, type Line } from '../terminal/text.ts';
import { SEVERITY_TONE } from '../../panels/header.ts';
import { pageOutside } from './delivery-lines.ts';
import { keyLabel } from './keymap.ts';
import { stay, withEffect, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** Something people are called for and nobody has answered. */
interface Calling extends Pick<IncidentSummary, 'severity' | 'route' | 'escalatesAt' | 'held'> {
  readonly text: string;
  readonly pages: readonly Page[];
  readonly since: Instant;
  /** Null: the page is for an alert that belongs to no incident. */
  readonly incident: string | null;
  readonly alert?: string;
  readonly drill?: boolean;
  /** Somebody else is on it, and called this person. */
  readonly isPersonal?: boolean;
}

/** It rings again after this long, ms. */
const RING_MS = 60_000;
/** Esc hides it for this long, ms. */
const LATER_MS = 5 * 60_000;
/** It takes no key until nothing was typed, and it has been there, for this long, ms. */
export const STILL_MS = 1_000;

/** Another key: another page, which shows and rings anew. */
const keyOf = ({ alert, incident, pages, held }: Calling): string =>
  `${alert ?? incident} ${pages.at(-1)?.at ?? ''} ${held?.dueAt ?? ''}`;

/** What people are called for, the worst first. */
function callings(view: View): readonly Calling[] {
  const me = (view.oncall && personOf(view.oncall.plan, view.me)?.name) || view.me;
  const incidents = view.incidents.flatMap((summary): readonly Calling[] => {
    const { id, title, acked, held, declaredAt, paged = [] } = summary;
    const pages = acked ? paged.filter(({ name }) => name === me) : paged;
    if (pages.length === 0 && held === undefined) return [];
    const since = pages.at(-1)?.at ?? declaredAt;
    return [{ ...summary, text: title, pages, since, incident: id, isPersonal: acked === true }];
  });
  const alerts = (view.alerts ?? []).flatMap((alert): readonly Calling[] => {
    const { paged: pages = [], held, acked, silencedUntil, inhibited } = alert;
    const isQuiet = [acked, silencedUntil, inhibited].some((each) => each !== undefined);
    if (!isOn(alert.state) || isQuiet || alert.incident !== null) return [];
    return pages.length === 0 && held === undefined ? [] : [{ ...alert, text: alert.summary, pages }];
  });
  return [...incidents, ...alerts].toSorted(
    (a, b) => SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) || (a.since < b.since ? 1 : -1),
  );
}

const shown = ({ putOff }: Ui, view: View): readonly Calling[] =>
  callings(view).filter((calling) => (putOff[keyOf(calling)] ?? 0) <= view.mono);

const calledBy = ({ pages, held }: Calling): string =>
  pages.length === 0
    ? `NOT PAGED  ${held?.level ?? ''}`
    : `PAGED  ${pages.map(({ level, name }) => `${level} ${name ?? '(nobody is on call)'}`).join(', ')}`;

/** A new page rings, and one that is not answered once a minute. */
export function ringing(ui: Ui, view: View): UiChange {
  const [calling] = shown(ui, view);
  if (calling === undefined) return stay(ui.page === null ? ui : { ...ui, page: null });
  const key = keyOf(calling);
  const page = key === ui.page?.key ? ui.page : { key, since: view.mono, rungAt: -Infinity };
  if (view.link.state !== 'live' || view.mono - page.rungAt < RING_MS) return stay({ ...ui, page });
  const text = `${calling.drill ? 'DRILL ' : ''}${calledBy(calling)}: ${calling.severity} ${calling.text}`;
  return withEffect({ ...ui, page: { ...page, rungAt: view.mono } }, { do: 'ring', text });
}

/** Nobody types, and nobody has for a moment: Enter and Esc mean the page. */
const takesKeys = (ui: Ui, view: View): boolean =>
  ui.page !== null &&
  ui.modal === null &&
  ui.focus === 'line' &&
  isEmptyText(ui.draft) &&
  view.mono - Math.max(ui.page.since, ui.typedAt) >= STILL_MS;

/** What a key does to the page that is shown; null: the key is not for it. */
export function pageKey(ui: Ui, key: Key, view: View): UiChange | null {
  const [calling] = shown(ui, view);
  if (calling === undefined || !takesKeys(ui, view)) return null;
  const later = (ms: number): Ui => ({ ...ui, putOff: { ...ui.putOff, [keyOf(calling)]: view.mono + ms } });
  if (key.name === 'escape') return stay(later(LATER_MS));
  if (key.name !== 'enter' || view.observer || calling.pages.length === 0) return null;
  const { alert, incident } = calling;
  const command: ConsoleCommand = alert === undefined ? { kind: 'acknowledge' } : { kind: 'acknowledge', alert };
  const shownId = view.incident?.id ?? null;
  return {
    // Until the hub says so itself.
    ui: later(RING_MS),
    effects: [
      { do: 'submit', command, incident: incident ?? shownId },
      ...(incident === null || incident === shownId ? [] : [{ do: 'follow' as const, incident }]),
    ],
  };
}

/** The panel as lines, what matters most first; null: nobody is called. */
export function pageLines(
  ui: Ui,
  view: View,
  cols: number,
): { readonly title: Line; readonly lines: readonly Line[] } | null {
  const [calling, ...others] = shown(ui, view);
  if (calling === undefined) return null;
  const { severity, text, pages, since, route, escalatesAt, held, isPersonal, drill } = calling;
  const tone = SEVERITY_TONE[severity];
  const more = others.length === 0 ? '' : `  +${others.length} more`;
  const title = [span(`${drill ? 'DRILL ' : ''}${calledBy(calling)}${more}`, tone, { bold: true })];
  const age = runningClock(Math.max(0, view.now - Date.parse(since)));
  const what = joinLines(
    [span(`${glyphs(ui.ascii).crit} ${severity} `, tone, { bold: true }), span(text)],
    [span(` ${age}`)],
    cols,
  );
  return {
    title,
    lines: [what, keys(ui, view, calling), [span(next(), 'warn')], outside(view, calling)].map((line) =>
      cutLine(line, cols),
    ),
  };

  function next(): string {
    if (held !== undefined)
      return `${held.level} was due at ${held.dueAt.slice(11, 16)}Z while the hub was down: /escalate ${held.level} pages it`;
    if (isPersonal) return 'somebody is on it, and calls you';
    if (escalatesAt === undefined) return 'nobody has acknowledged';
    const level = (['L1', 'L2', 'L3'] as const).find((one) => pages.every((page) => page.level < one));
    const left = runningClock(Math.max(0, Date.parse(escalatesAt) - view.now));
    return `not acknowledged in ${left} -> ${level === undefined ? 'the next level' : `${level}${nameOf(level)}`}`;
  }

  /** ` bob`: who stands there by then, where that is known. */
  function nameOf(level: EscalationLevel): string {
    if (!view.oncall || route === undefined || escalatesAt === undefined) return '';
    const name = standingAt(view.oncall, Date.parse(escalatesAt)).routes[route]?.[level] ?? null;
    return name === null ? '' : ` ${name}`;
  }
}

function keys(ui: Ui, view: View, { pages, alert, incident }: Calling): Line {
  if (!isEmptyText(ui.draft)) return [span('your line comes first; then Enter acknowledges', 'dim')];
  const hint = (key: string, does: string): Line => [span(key, 'key', { bold: true }), span(` ${does}   `)];
  const isHere = incident !== null && incident === view.incident?.id;
  const later = hint('Esc', 'later');
  if (view.observer) return later;
  return [
    ...(pages.length === 0 ? [] : hint('Enter', 'acknowledge')),
    ...later,
    ...(alert === undefined ? [] : hint(keyLabel('f12'), 'declare from it')),
    ...(alert !== undefined ? hint('/silence', '') : isHere ? hint('/snooze', '30m why') : []),
  ];
}

function outside(view: View, { drill, pages, incident, alert }: Calling): Line {
  const told = pageOutside(view, pages, { incident, alert });
  if (told !== null) return told;
  const words = drill
    ? 'a drill: nobody is called outside'
    : 'nobody outside was told: only these screens, and their bell';
  return [span(words, 'dim')];
}
