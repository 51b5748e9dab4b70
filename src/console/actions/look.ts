/** What this screen shows: level, filter, panels, search, copy, zone; and a closer look at a target. */
import { LEVELS } from '../../incident/vocabulary.ts';
import { type Action, type Choice, mayNotWrite, notShown } from '../action.ts';
import { draftOf } from '../../terminal/editor.ts';
import { PRESETS } from '../layout.ts';
import { openOver, replan, panelIds, say, stay, withEffect, withModal, type Effect, type Ui } from '../state.ts';
import { entry, lastSeq, type View, misunderstood } from '../view.ts';
import { formatDuration, MINUTE, parseDuration } from '../../incident/time.ts';
import { copyText } from '../entry-lines.ts';

/** Older entries that are fetched for a search, at most. */
const LOOK_BACK = 20_000;

/** Fetches the entries before those held here, so that a search covers them. */
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

const zoomable = (ui: Ui, { targets }: View): readonly string[] => [
  ...panelIds(ui),
  ...targets.map(({ name }) => name),
];

/** The panel of that name, else the one that shows the target of that name, else one whose name begins so. */
function panelNamed(wanted: string, ui: Ui, { targets }: View): string | undefined {
  const ids = panelIds(ui);
  const target = targets.find(({ name }) => name.toLowerCase() === wanted);
  const shows = target === undefined ? '' : (PANEL_OF[target.kind] ?? target.kind);
  return [wanted, shows].find((id) => ids.includes(id)) ?? ids.find((id) => id.startsWith(wanted));
}

/** Panels whose id differs from the kind of their targets. */
const PANEL_OF: Readonly<Record<string, string>> = { http: 'health', websocket: 'websockets' };

/** `ui` with the panel `id` filling the place of all panels, and no page over it; the same panel twice gives it back. */
export const zoomed = (ui: Ui, id: string): Ui =>
  ui.zoom === id
    ? { ...ui, zoom: null, focus: 'line', paged: 0 }
    : { ...openOver(ui, null), focus: ui.focus, zoom: id, paged: 0 };

const SPANS = [5, 15, 30, 60, 180, 360].map((minutes) => minutes * MINUTE);

/** `ui` with charts that reach further back, or less far. */
export function stepChartRange(ui: Ui, by: 1 | -1): Ui {
  const at = SPANS.findIndex((ms) => ms >= ui.chartMs);
  return { ...ui, chartMs: SPANS[Math.max(0, Math.min(at + by, SPANS.length - 1))] ?? ui.chartMs };
}

/** Targets that can be inspected, and what that shows, in words. */
const inspectable = ({ targets }: View): readonly Choice[] =>
  targets.flatMap(({ name, reading, lastGood }) => {
    const about = reading?.facts['inspects'] ?? lastGood?.facts['inspects'];
    return about === undefined ? [] : [{ value: name, label: name, about }];
  });

export const lookActions: readonly Action[] = [
  {
    name: 'search',
    key: 'ctrl-f',
    does: 'search the timeline',
    hint: 'search',
    usage: '/search [words]',
    whyNot: notShown,
    apply: (ui, view, args) =>
      withEffect(withModal(ui, { kind: 'search', query: draftOf(args), at: -1 }, view), ...older(view)),
  },
  {
    name: 'level',
    words: () => LEVELS,
    alt: 'alt-l',
    does: 'show more or fewer kinds of entries',
    usage: '/level [key|normal|system]',
    apply(ui, view, args) {
      const asked = LEVELS.find((each) => each === args.toLowerCase());
      if (args !== '' && asked === undefined) return 'levels are key, normal and system';
      const ownAfter = view.incident?.head ?? 0;
      const next = asked ?? LEVELS[(LEVELS.indexOf(ui.level) + 1) % LEVELS.length] ?? 'normal';
      return stay(
        say({ ...ui, level: next, ownAfter, scroll: null, selected: null }, `showing ${LEVEL_SAYS[next]}`, view.mono),
      );
    },
  },
  {
    name: 'filter',
    does: 'show only entries that match; empty shows all',
    usage: '/filter [by:NAME kind:KIND since:12:50 #38 "phrase" words]',
    apply(ui, view, args) {
      const trouble = misunderstood(args, view);
      if (trouble !== null) return trouble;
      const next = { ...ui, filter: args, ownAfter: view.incident?.head ?? 0, scroll: null, selected: null };
      if (args === '') return stay(say(next, 'showing all entries', view.mono));
      return withEffect(say(next, `only: ${args}   /filter shows all`, view.mono), ...older(view));
    },
  },
  {
    name: 'show',
    does: 'show an entry in full, with its history',
    usage: '/show #38',
    whyNot: notShown,
    apply(ui, view, args) {
      const seq = args === '' ? (ui.selected ?? view.incident?.head ?? 0) : Number(args.replace(/^#/, ''));
      if (!Number.isInteger(seq) || seq < 1 || seq > (view.incident?.head ?? 0)) return `there is no entry ${args}`;
      const open = withModal(ui, { kind: 'detail', seq, scroll: 0 }, view);
      return entry(view, seq) === undefined ? withEffect(open, { do: 'page', from: seq }) : stay(open);
    },
  },
  {
    name: 'copy',
    key: 'ctrl-y',
    does: 'copy the selected or last entry',
    usage: '/copy [#38]',
    whyNot: (view) => (view.events.length === 0 ? 'there is no entry to copy' : null),
    apply(ui, view, args) {
      const seq = args === '' ? (ui.selected ?? lastSeq(view)) : Number(args.replace(/^#/, ''));
      const found = entry(view, seq);
      if (found === undefined) return `there is no entry ${args} on this screen`;
      return withEffect(ui, { do: 'copy', what: `#${seq}`, text: copyText(found, ui.zone) });
    },
  },
  {
    name: 'panels',
    key: 'f9',
    does: 'next arrangement of the panels',
    hint: 'panels',
    usage: '/panels [1..4]',
    apply(ui, view, args) {
      const asked = Number(args) - 1;
      const preset = PRESETS[asked] === undefined ? (ui.preset + 1) % PRESETS.length : asked;
      const next = replan({ ...ui, preset, zoom: null });
      return stay(say(next, `panels ${preset + 1} of ${PRESETS.length}: ${PRESETS[preset] ?? ''}`, view.mono));
    },
  },
  {
    name: 'zoom',
    words: zoomable,
    does: 'fill the screen with one panel, again to go back',
    usage: '/zoom [panel or target]',
    apply(ui, view, args) {
      const wanted = args.toLowerCase();
      if (wanted === '') return stay(replan({ ...ui, zoom: null }));
      const slot = panelNamed(wanted, ui, view);
      if (slot === undefined) return `there is no panel or target "${wanted}": ${zoomable(ui, view).join(', ')}`;
      return stay(zoomed(ui, slot));
    },
  },
  {
    name: 'span',
    words: () => SPANS.map(formatDuration),
    does: 'how far back the charts of a zoomed panel reach',
    usage: '/span [5m..6h]',
    apply(ui, view, args) {
      const asked = parseDuration(args);
      if (args !== '' && (asked === null || asked < MINUTE || asked > 360 * MINUTE))
        return 'a span is from 1m to 6h, as in /span 1h';
      const next = asked === null ? stepChartRange(ui, ui.chartMs >= 360 * MINUTE ? -1 : 1) : { ...ui, chartMs: asked };
      return stay(say(next, `charts reach back ${next.chartMs / MINUTE} minutes`, view.mono));
    },
  },
  {
    name: 'inspect',
    alias: ['bigkeys'],
    does: 'look closer at a target: big keys, processes',
    usage: '/inspect TARGET',
    whyNot: (view) => mayNotWrite(view) ?? (inspectable(view).length === 0 ? 'no target has more to show' : null),
    title: () => 'LOOK CLOSER',
    fields: [{ kind: 'choice', name: 'target', ask: 'At what?', needed: true, from: inspectable }],
    print: { inspect: ({ target }) => [target] },
    command: (_view, { target = '' }) => ({ kind: 'inspect', target: target.trim() }),
  },
  {
    name: 'zone',
    words: () => ['utc', 'local'],
    alt: 'alt-z',
    does: 'switch between UTC and local time',
    usage: '/zone [utc|local]',
    apply(ui, view, args) {
      const asked = args.toLowerCase();
      const next = asked === 'utc' || asked === 'local' ? asked : ui.zone === 'utc' ? 'local' : 'utc';
      return stay(say({ ...ui, zone: next }, `times are ${next === 'utc' ? 'UTC' : 'local'} now`, view.mono));
    },
  },
];
