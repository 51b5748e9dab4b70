/**
 * The incident on one time axis, over the panels: a lane for each kind of entry, long silences, what was recorded late; and
 * a cursor over the marks, which leads to the entry. Pure.
 */
import { type MemoSlot, Memo, Memory } from '../../panels/memo.ts';
import { zoneName } from '../incident/time.ts';
import { LANES, reportOf, type ReportEntry, type IncidentReport } from '../report/timeline.ts';
import type { Key } from '../terminal/editor.ts';
import { span, type Size } from '../terminal/text.ts';
import { notShown, type ScreenAction } from './action.ts';
import { axisRows, entriesBelow } from './axis-lines.ts';
import { textLine } from './modal-parts.ts';
import type { OverView } from './panel-view.ts';
import { clamp } from './open-list.ts';
import { reveal } from './scroll.ts';
import { openOver, stay, withEffect, type AxisPage, type Ui, type UiChange } from './state.ts';
import type { View } from './view.ts';

/** Entries that PgUp and PgDn move over. */
const PAGE = 10;
/** Entries are looked through again after this time, ms, however many arrive. */
const FRESH_MS = 1_000;
/** Older entries that are fetched for the axis, at most. */
const LOOK_BACK = 20_000;

export const axisAction: ScreenAction = {
  name: 'axis',
  does: 'the incident on a time axis: alerts, changes, decisions, updates, gaps',
  usage: '/axis',
  whyNot: (view) => notShown(view) ?? (view.events.length === 0 ? 'there is no entry yet' : null),
  apply(ui, view) {
    const first = view.events[0]?.seq ?? 1;
    const from = Math.max(1, (view.incident?.head ?? 1) - LOOK_BACK);
    const open = openOver(ui, { kind: 'time axis', seq: null, points: [] });
    const measure = { do: 'measure', incident: view.incident?.id ?? '' } as const;
    return first <= from ? withEffect(open, measure) : withEffect(open, measure, { do: 'page', from });
  },
};

interface Drawn {
  readonly report: IncidentReport;
  readonly entries: readonly ReportEntry[];
}
interface Kept extends Drawn {
  readonly first: unknown;
  readonly last: unknown;
  readonly madeAt: number;
}
const AXIS: MemoSlot<{ kept: Kept | null }> = () => ({ kept: null });

/** What stands on the axis; of a record that grows fast it is at most a second old. */
function drawnOf({ events, memo = new Memo(), mono }: View): Drawn {
  const slot = memo.in(AXIS);
  const [first, last] = [events[0], events.at(-1)];
  const { kept } = slot;
  if (kept !== null && kept.first === first && (kept.last === last || mono - kept.madeAt < FRESH_MS)) return kept;
  const report = reportOf(events);
  const entries = report.entries.filter(({ event }) => event.level !== 'system');
  slot.kept = { report, entries, first, last, madeAt: mono };
  return slot.kept;
}

/** The entry under the cursor: the newest until a key moves it. */
const markedIn = ({ seq }: AxisPage, entries: readonly ReportEntry[]): ReportEntry | undefined =>
  entries.find(({ event }) => event.seq === seq) ?? entries.at(-1);

/** A key while the axis is shown and nothing is typed; null: the key is not for it. */
export function axisKey(ui: Ui, page: AxisPage, key: Key, view: View): UiChange | null {
  const { entries } = drawnOf(view);
  const marked = markedIn(page, entries);
  if (marked === undefined) return null;
  const to = (entry: ReportEntry | undefined): UiChange =>
    stay({ ...ui, over: { ...page, seq: (entry ?? marked).event.seq } });
  if (key.name === 'enter') return stay(reveal({ ...ui, over: null }, marked.event.seq, view));
  const own = entries.filter(({ lane }) => lane === marked.lane);
  const at = own.indexOf(marked);
  const by = { left: -1, right: 1, pageup: -PAGE, pagedown: PAGE, home: -own.length, end: own.length }[key.name];
  if (by !== undefined) return to(own[clamp(at + by, own.length)]);
  if (key.name !== 'up' && key.name !== 'down') return null;
  const used = LANES.filter((lane) => entries.some((entry) => entry.lane === lane));
  const lane = used[used.indexOf(marked.lane) + (key.name === 'up' ? -1 : 1)];
  return to(
    lane === undefined
      ? undefined
      : nearest(
          entries.filter((entry) => entry.lane === lane),
          marked.at,
        ),
  );
}

const nearest = (entries: readonly ReportEntry[], at: number): ReportEntry | undefined =>
  entries.reduce<ReportEntry | undefined>(
    (best, entry) => (best !== undefined && Math.abs(best.at - at) <= Math.abs(entry.at - at) ? best : entry),
    undefined,
  );

export function drawAxis(ui: Ui, page: AxisPage, view: View, inner: Size): OverView {
  const drawn = drawnOf(view);
  const older = (view.events[0]?.seq ?? 1) - 1;
  const key = `${page.seq} ${page.points.length} ${older} ${inner.cols}x${inner.rows} ${ui.zone} ${ui.ascii}`;
  return VIEWS.get(drawn, key, () => made(drawn, ui, page, older, inner));
}

/** The view made last: an axis at rest is not made again every second. */
const VIEWS = new Memory<Drawn, OverView>();

function made({ report, entries }: Drawn, ui: Ui, page: AxisPage, older: number, inner: Size): OverView {
  const marked = markedIn(page, entries);
  const title = [
    span('TIME AXIS', 'title', { bold: true }),
    span(`   ${entries.length} entries, ${zoneName(ui.zone)}`, 'dim'),
    span(older === 0 ? '' : `   the first ${older} are not here yet`, 'stale'),
  ];
  if (marked === undefined) return { title, lines: [textLine('nothing stands on it yet')] };
  const axis = axisRows(report, entries, marked, page.points, ui, inner);
  const room = { cols: inner.cols, rows: Math.max(0, inner.rows - axis.length - 1) };
  const lines = [...axis, ...entriesBelow(entries, marked, page.points, ui, room)];
  return { title, lines, foot: 'Enter the entry   Left Right in the lane   Up Down lanes' };
}
