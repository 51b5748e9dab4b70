/** What this screen shows: levels, filter, zoom, presets, search, copy, zone. None of these actions sends anything. */
import { LEVELS } from '../../incident/vocabulary.ts';
import { notShown, type ScreenAction } from '../action.ts';
import { draftOf } from '../../terminal/editor.ts';
import { PRESETS } from '../layout.ts';
import { replan, panelIds, say, stay, withEffect, type Effect, type Ui } from '../state.ts';
import { entry, lastSeq, type View, misunderstood } from '../view.ts';
import { parseDuration } from '../../incident/time.ts';
import { copyText } from '../entry-lines.ts';

/** At most this many older entries are fetched for a search. */
const LOOK_BACK = 20_000;

/** Fetches the entries from before this console joined, so that a search covers them. */
const older = (view: View): readonly Effect[] => {
  const first = view.events[0]?.seq ?? 1;
  const from = Math.max(1, (view.incident?.head ?? 1) - LOOK_BACK);
  return first <= from ? [] : [{ do: 'page', from }];
};

const LEVEL_SAYS = {
  key: 'key entries only',
  normal: 'key and normal entries',
  system: 'every entry, system ones too',
};

export const levelAction: ScreenAction = {
  name: 'level',
  words: () => LEVELS,
  alt: 'alt-l',
  does: 'show more or fewer kinds of entries',
  usage: '/level [key|normal|system]',
  group: 'look',
  apply(ui, view, args) {
    const asked = LEVELS.find((each) => each === args.trim().toLowerCase());
    if (args.trim() !== '' && asked === undefined)
      return stay(say(ui, 'levels are key, normal and system', view.mono, true));
    const next = asked ?? LEVELS[(LEVELS.indexOf(ui.level) + 1) % LEVELS.length] ?? 'normal';
    return stay(say({ ...ui, level: next, scroll: null, selected: null }, `showing ${LEVEL_SAYS[next]}`, view.mono));
  },
};

export const filterAction: ScreenAction = {
  name: 'filter',
  does: 'show only entries that match; empty shows all',
  usage: '/filter [by:NAME kind:KIND since:12:50 #38 "phrase" words]',
  group: 'look',
  apply(ui, view, args) {
    const trouble = misunderstood(args, view);
    if (trouble !== null) return stay(say(ui, trouble, view.mono, true));
    const next = { ...ui, filter: args.trim(), scroll: null, selected: null };
    if (args.trim() === '') return stay(say(next, 'showing all entries', view.mono));
    return withEffect(say(next, `only: ${args.trim()}   /filter shows all`, view.mono), ...older(view));
  },
};

export const zoomAction: ScreenAction = {
  name: 'zoom',
  words: (ui, view) => [...panelIds(ui), ...view.targets.map(({ name }) => name)],
  does: 'fill the screen with one panel, again to go back',
  usage: '/zoom [panel or target]',
  group: 'look',
  apply(ui, view, args) {
    const wanted = args.trim().toLowerCase();
    if (wanted === '') return stay(replan({ ...ui, zoom: null }));
    const slot = panelNamed(wanted, ui, view);
    if (slot === undefined) {
      const there = [...panelIds(ui), ...view.targets.map(({ name }) => name)];
      return stay(say(ui, `there is no panel or target "${wanted}": ${there.join(', ')}`, view.mono, true));
    }
    return stay(zoomed(ui, slot));
  },
};

/** The panel of that name, else the one that shows the target of that name, else one whose name begins so. */
function panelNamed(wanted: string, ui: Ui, { targets }: View): string | undefined {
  const ids = panelIds(ui);
  const target = targets.find(({ name }) => name.toLowerCase() === wanted);
  const shows = target === undefined ? '' : (PANEL_OF[target.kind] ?? target.kind);
  return [wanted, shows].find((id) => ids.includes(id)) ?? ids.find((id) => id.startsWith(wanted));
}

/** Panels whose id differs from the kind of their targets. */
const PANEL_OF: Readonly<Record<string, string>> = { http: 'health', websocket: 'websockets' };

/** `ui` with the panel `id` filling the place of all panels; the same panel twice gives it back. */
export const zoomed = (ui: Ui, id: string): Ui =>
  ui.zoom === id ? { ...ui, zoom: null, focus: 'line', paged: 0 } : { ...ui, zoom: id, paged: 0 };

export const panelsAction: ScreenAction = {
  name: 'panels',
  key: 'f9',
  does: 'next arrangement of the panels',
  hint: 'panels',
  usage: '/panels [1..4]',
  group: 'look',
  apply(ui, view, args) {
    const asked = Number(args.trim()) - 1;
    const preset = PRESETS[asked] === undefined ? (ui.preset + 1) % PRESETS.length : asked;
    const next = replan({ ...ui, preset, zoom: null });
    return stay(say(next, `panels ${preset + 1} of ${PRESETS.length}: ${PRESETS[preset]?.says ?? ''}`, view.mono));
  },
};

export const searchAction: ScreenAction = {
  name: 'search',
  key: 'ctrl-f',
  does: 'search the timeline',
  hint: 'search',
  usage: '/search [words]',
  group: 'look',
  whyNot: notShown,
  apply: (ui, view, args) =>
    withEffect(
      { ...ui, modal: { kind: 'search', query: draftOf(args.trim()), at: -1, openedAt: view.mono } },
      ...older(view),
    ),
};

export const detailAction: ScreenAction = {
  name: 'show',
  does: 'show an entry in full, with its history',
  usage: '/show #38',
  group: 'look',
  whyNot: notShown,
  apply(ui, view, args) {
    const seq = args.trim() === '' ? (ui.selected ?? view.incident?.head ?? 0) : Number(args.trim().replace(/^#/, ''));
    if (!Number.isInteger(seq) || seq < 1 || seq > (view.incident?.head ?? 0))
      return stay(say(ui, `there is no entry ${args.trim()}`, view.mono, true));
    const open: Ui = { ...ui, modal: { kind: 'detail', seq, scroll: 0, openedAt: view.mono } };
    return entry(view, seq) === undefined ? withEffect(open, { do: 'page', from: seq }) : stay(open);
  },
};

export const copyAction: ScreenAction = {
  name: 'copy',
  key: 'ctrl-y',
  does: 'copy the selected or last entry',
  usage: '/copy [#38]',
  group: 'look',
  whyNot: (view) => (view.events.length === 0 ? 'there is no entry to copy' : null),
  apply(ui, view, args) {
    const seq = args.trim() === '' ? (ui.selected ?? lastSeq(view)) : Number(args.trim().replace(/^#/, ''));
    const found = entry(view, seq);
    if (found === undefined) return stay(say(ui, `there is no entry ${args.trim()} on this screen`, view.mono, true));
    return withEffect(ui, { do: 'copy', seq, text: copyText(found, ui.zone) });
  },
};

export const zoneAction: ScreenAction = {
  name: 'zone',
  words: () => ['utc', 'local'],
  alt: 'alt-z',
  does: 'switch between UTC and local time',
  usage: '/zone [utc|local]',
  group: 'look',
  apply(ui, view, args) {
    const asked = args.trim().toLowerCase();
    const next = asked === 'utc' || asked === 'local' ? asked : ui.zone === 'utc' ? 'local' : 'utc';
    return stay(say({ ...ui, zone: next }, `times are ${next === 'utc' ? 'UTC' : 'local'} now`, view.mono));
  },
};

const MINUTE = 60_000;
const SPANS = [5, 15, 30, 60, 180, 360].map((minutes) => minutes * MINUTE);

/** `ui` with charts that reach further back, or less far. */
export function stepChartRange(ui: Ui, by: 1 | -1): Ui {
  const at = SPANS.findIndex((ms) => ms >= ui.chartMs);
  return { ...ui, chartMs: SPANS[Math.max(0, Math.min(at + by, SPANS.length - 1))] ?? ui.chartMs };
}

export const chartRangeAction: ScreenAction = {
  name: 'span',
  words: () => ['5m', '15m', '30m', '1h', '3h', '6h'],
  does: 'how far back the charts of a zoomed panel reach',
  usage: '/span [5m..6h]',
  group: 'look',
  apply(ui, view, args) {
    const asked = parseDuration(args.trim());
    if (args.trim() !== '' && (asked === null || asked < MINUTE || asked > 360 * MINUTE))
      return stay(say(ui, 'a span is from 1m to 6h, as in /span 1h', view.mono, true));
    const next = asked === null ? stepChartRange(ui, ui.chartMs >= 360 * MINUTE ? -1 : 1) : { ...ui, chartMs: asked };
    return stay(say(next, `charts reach back ${next.chartMs / MINUTE} minutes`, view.mono));
  },
};
