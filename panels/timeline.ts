/** The timeline: the end of the record or, scrolled up, a place that does not move while entries arrive. */
import type { Event } from '../src/incident/event.ts';
import type { Annotation, Incident } from '../src/incident/incident.ts';
import { dayOf, zoneName } from '../src/incident/time.ts';
import { LEVELS } from '../src/incident/vocabulary.ts';
import { type Line, type Size, type Span, cutLine, span } from '../src/terminal/text.ts';
import { type Style, entryRows, pendingRows, ruleRow } from './entry.ts';
import { type Filter, isEmptyFilter, parseFilter, passes } from './filter.ts';
import { textRows } from './lines.ts';
import { type MemoSlot, Memo } from './memo.ts';
import type { Model } from './model.ts';
import type { FixedPanel } from './panel.ts';

/** A row of the timeline; `seq` is null for days, the read mark and pending entries. */
export interface TimelineRow {
  readonly line: Line;
  readonly seq: number | null;
}

/** The rows for one way of looking at the timeline: new events are added to them. */
interface View {
  /** Everything the rows depend on beside `annotations` and the events. */
  readonly key: string;
  readonly annotations: Incident['annotations'] | undefined;
  readonly style: Style;
  readonly styleKey: string;
  readonly filter: Filter;
  readonly rows: TimelineRow[];
  /** Events taken in so far, shown or not. */
  taken: number;
  last: Event | undefined;
  day: string;
  entries: number;
  /** The row of the read mark, and how many entries after it are new. */
  markAt: number | null;
  fresh: number;
}

/** The rows of one entry, and what they were drawn from. */
interface Drawn {
  readonly styleKey: string;
  readonly annotation: Annotation | undefined;
  readonly rows: readonly TimelineRow[];
}

interface TimelineMemo {
  /** The last few views: the zoomed and the plain panel take turns. */
  views: readonly View[];
  readonly entries: WeakMap<Event, Drawn>;
}
const VIEWS_KEPT = 3;
const TIMELINE: MemoSlot<TimelineMemo> = () => ({ views: [], entries: new WeakMap() });

/** The rows kept for this way of looking, or none yet. */
function viewOf(model: Model, cols: number, memo: TimelineMemo): View {
  const { events, incident, zone, ascii, me, now } = model;
  const { level, filter, readMark, left, ownAfter } = model.timeline;
  // A filter that counts back from now changes every minute.
  const minute = filter.includes('since:-') ? Math.floor(now / 60_000) : 0;
  const styleKey = JSON.stringify([cols, zone, ascii, me]);
  const key = `${styleKey} ${level} ${filter} ${minute} ${readMark} ${left} ${ownAfter}`;
  const annotations = incident?.annotations;
  const isSame = (view: View): boolean =>
    view.key === key && view.annotations === annotations && view.last === events[view.taken - 1];
  const known = memo.views.find(isSame);
  if (known !== undefined) return known;
  const style: Style = { cols, zone, ascii, me };
  const nothing = { rows: [], taken: 0, last: undefined, day: '', entries: 0, markAt: null, fresh: 0 };
  const made = { key, annotations, style, styleKey, filter: parseFilter(filter, now, zone) };
  const view = { ...made, ...nothing };
  memo.views = [view, ...memo.views].slice(0, VIEWS_KEPT);
  return view;
}

function take(view: View, event: Event, { level, readMark, ownAfter }: Model['timeline'], memo: TimelineMemo): void {
  view.taken++;
  view.last = event;
  const { style, filter, rows } = view;
  const annotation = view.annotations?.[event.seq];
  const text = annotation?.amends.findLast((each) => each.text !== undefined)?.text;
  // A level shows itself and those before it.
  const isLevel = LEVELS.indexOf(event.level) <= LEVELS.indexOf(level);
  const isHit = isLevel && (isEmptyFilter(filter) || passes(filter, event, text));
  const isOwn = event.kind === 'noted' && event.by.name === style.me && event.seq > (ownAfter ?? Infinity);
  if (!isHit && !isOwn) return;
  const day = dayOf(Date.parse(event.recorded), style.zone);
  if (day !== view.day) rows.push({ line: ruleRow(`${day} ${zoneName(style.zone)}`, 'dim', style), seq: null });
  view.day = day;
  // One's own entries are not new.
  if (readMark !== null && event.seq > readMark && event.by.name !== style.me) {
    if (view.markAt === null && view.entries > 0) view.markAt = rows.push({ line: [], seq: null }) - 1;
    view.fresh++;
  }
  view.entries++;
  rows.push(...rowsOf(event, annotation, view, memo));
}

function rowsOf(event: Event, annotation: Annotation | undefined, view: View, memo: TimelineMemo): Drawn['rows'] {
  const { style, styleKey } = view;
  const known = memo.entries.get(event);
  if (known?.styleKey === styleKey && known.annotation === annotation) return known.rows;
  const rows = entryRows(event, annotation, style).map((line) => ({ line, seq: event.seq }));
  memo.entries.set(event, { styleKey, annotation, rows });
  return rows;
}

function upToDate(model: Model, cols: number): View {
  const memo = (model.memo ?? new Memo()).in(TIMELINE);
  const view = viewOf(model, Math.max(1, cols), memo);
  const before = view.taken;
  for (let i = view.taken; i < model.events.length; i++) take(view, model.events[i]!, model.timeline, memo);
  if (view.markAt !== null && view.taken !== before) {
    const since = model.timeline.left ? 'since you left' : 'new since you looked';
    view.rows[view.markAt] = { line: ruleRow(`${since} (${view.fresh})`, 'warn', view.style), seq: null };
  }
  return view;
}

/** Every row of the timeline, oldest first, pending entries last. */
export function timelineRows(model: Model, cols: number): readonly TimelineRow[] {
  const { rows, style } = upToDate(model, cols);
  if (model.pending.length === 0) return rows;
  return [...rows, ...model.pending.flatMap((each) => pendingRows(each, style)).map((line) => ({ line, seq: null }))];
}

/** The seqs of the entries shown, oldest first, each once. */
export const shownSeqs = (model: Model, cols: number): readonly number[] => [
  ...new Set(upToDate(model, cols).rows.flatMap(({ seq }) => (seq === null ? [] : [seq]))),
];

/** Why the timeline is empty, and what to do. */
function nothing(model: Model): string {
  const { timeline, incident, events } = model;
  if (incident === null)
    return model.link.state === 'live' ? 'no incident is open: /declare begins one' : 'not known yet what is open';
  if (timeline.filter !== '') {
    const trouble = parseFilter(timeline.filter, model.now, model.zone).trouble[0];
    return trouble ?? `no entry matches ${timeline.filter}: /filter without words shows all`;
  }
  if (events.length > 0) return `no entry of level ${timeline.level}: there are ${events.length} of other levels`;
  return 'no entry yet: type a line and press Enter';
}

/** The row of a selected entry. */
const selected = (line: Line): Line =>
  line.map((part, i): Span => (i === 0 ? { ...part, tone: 'key', inverse: true } : part));

/** `v 7 new`, scrolled up: what is below the last row shown. */
function below(hidden: readonly TimelineRow[], mark: number | null, cols: number): Line {
  const seqs = new Set(hidden.flatMap(({ seq }) => (seq === null ? [] : [seq])));
  const fresh = mark === null ? 0 : [...seqs].filter((seq) => seq > mark).length;
  const words = fresh > 0 ? `v ${fresh} new` : `v ${seqs.size} more`;
  return cutLine([span(words, fresh > 0 ? 'warn' : 'dim', { bold: true }), span('  End: live', 'dim')], cols);
}

function render(model: Model, { cols, rows: height }: Size): readonly Line[] {
  const { scroll, selected: seqSelected, readMark } = model.timeline;
  const rows = timelineRows(model, cols);
  if (rows.length === 0) return textRows(nothing(model), cols).slice(0, height);
  const up = rows.length <= height ? 0 : Math.max(0, Math.floor(scroll));
  // Scrolled up, the last row says what is below.
  const badge = up > 0 && height > 1 ? 1 : 0;
  const end = Math.max(Math.min(height - badge, rows.length), rows.length - up);
  const shown = rows.slice(Math.max(0, end - height + badge), end);
  const lines = shown.map(({ line, seq }) => (seq !== null && seq === seqSelected ? selected(line) : line));
  return badge === 1 ? [...lines, below(rows.slice(end), readMark, cols)] : lines;
}

/** Whether the hub was heard within the last seconds: else entries of others may be missing. */
export const isHeard = ({ link }: Pick<Model, 'link'>): boolean => link.state === 'live' && !link.silentMs;

export const timeline: FixedPanel = { id: 'timeline', title: 'TIMELINE', health: () => 'none', render };
