/** The timeline: the end of the record, or, scrolled up, the place one reads, which does not move while entries arrive. */
import type { Event } from '../src/incident/event.ts';
import type { Annotation } from '../src/incident/incident.ts';
import { clockTime, dayOf, zoneName } from '../src/incident/time.ts';
import type { Level } from '../src/incident/vocabulary.ts';
import { type Line, type Size, type Span, cutLine, joinLines, span, wrapText } from '../src/terminal/text.ts';
import { type Style, entryRows, pendingRows, ruleRow } from './entry.ts';
import { type Filter, isEmptyFilter, parseFilter, passes } from './filter.ts';
import { type Slot, Memo } from './memo.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';

/** One row of the timeline; `seq` is null for what is no entry: days, the read mark, pending entries. */
export interface TimelineRow {
  readonly line: Line;
  readonly seq: number | null;
}

type Annotations = Readonly<Record<number, Annotation>>;

/** What the rows were made of; with the same, only new events are added. */
interface Made {
  readonly style: Style;
  readonly level: Level;
  readonly filter: string;
  readonly readMark: number | null;
  readonly left: boolean;
  readonly annotations: Annotations;
  readonly first: Event | undefined;
}
interface Looked extends Made {
  readonly rows: TimelineRow[];
  readonly query: Filter;
  /** Events taken in so far, shown or not. */
  taken: number;
  last: Event | undefined;
  day: string;
  entries: number;
  /** Where the read mark stands, and how many entries follow it. */
  markAt: number | null;
  fresh: number;
}

const NO_ANNOTATIONS: Annotations = {};

/** The timeline as it was last looked at, and the rows of entries. */
interface TimelineMemo {
  /** The last few ways it was looked at: one zoomed and one plain. */
  looked: readonly Looked[];
  /** The rows of each entry; beside them the style and the annotation they were drawn with. */
  readonly entries: WeakMap<Event, Drawn>;
}
interface Drawn {
  readonly style: Style;
  readonly annotation: Annotation | undefined;
  readonly rows: readonly TimelineRow[];
}
const LOOKED_KEPT = 3;

const TIMELINE: Slot<TimelineMemo> = { blank: () => ({ looked: [], entries: new WeakMap() }) };

/** Which levels each choice shows. */
const SHOWN: Readonly<Record<Level, readonly Level[]>> = {
  key: ['key'],
  normal: ['key', 'normal'],
  system: ['key', 'normal', 'system'],
};

function rowsOf(event: Event, annotation: Annotation | undefined, style: Style, memo: TimelineMemo): Drawn['rows'] {
  const known = memo.entries.get(event);
  if (known !== undefined && isSameStyle(known.style, style) && known.annotation === annotation) return known.rows;
  const rows = entryRows(event, annotation, style).map((line) => ({ line, seq: event.seq }));
  memo.entries.set(event, { style, annotation, rows });
  return rows;
}

const isSameStyle = (a: Style, b: Style): boolean =>
  a === b || (a.cols === b.cols && a.zone === b.zone && a.ascii === b.ascii && a.me === b.me);

const minute = (now: number): number => Math.floor(now / 60_000) * 60_000;

/** The rows made so far for this way of looking at the timeline. */
function lookedAt(model: Model, cols: number, memo: TimelineMemo): Looked {
  const { timeline, events, incident, zone, ascii, me } = model;
  const made: Made = {
    style: { cols, zone, ascii, me },
    level: timeline.level,
    filter: timeline.filter.includes('since:-') ? `${timeline.filter} @${minute(model.now)}` : timeline.filter,
    readMark: timeline.readMark,
    left: timeline.left ?? false,
    annotations: incident?.annotations ?? NO_ANNOTATIONS,
    first: events[0],
  };
  const known = memo.looked.find((each) => isSame(each, made) && each.last === events[each.taken - 1]);
  if (known !== undefined) return known;
  const query = parseFilter(timeline.filter, model.now, model.zone);
  const nothing = { rows: [], taken: 0, last: undefined, day: '', entries: 0, markAt: null, fresh: 0 };
  const blank: Looked = { ...made, ...nothing, query };
  memo.looked = [blank, ...memo.looked].slice(0, LOOKED_KEPT);
  return blank;
}

const isSame = (a: Made, b: Made): boolean =>
  isSameStyle(a.style, b.style) &&
  a.level === b.level &&
  a.filter === b.filter &&
  a.readMark === b.readMark &&
  a.left === b.left &&
  a.annotations === b.annotations &&
  a.first === b.first;

function take(state: Looked, event: Event, memo: TimelineMemo): void {
  state.taken++;
  state.last = event;
  const annotation = state.annotations[event.seq];
  const text = annotation?.amends.findLast((each) => each.text !== undefined)?.text;
  if (!SHOWN[state.level].includes(event.level)) return;
  if (!isEmptyFilter(state.query) && !passes(state.query, event, text)) return;
  const day = dayOf(Date.parse(event.recorded), state.style.zone);
  if (day !== state.day) {
    state.rows.push({ line: ruleRow(`${day} ${zoneName(state.style.zone)}`, 'dim', state.style), seq: null });
    state.day = day;
  }
  // What one wrote oneself is not new to oneself.
  if (state.readMark !== null && event.seq > state.readMark && event.by.name !== state.style.me) {
    if (state.markAt === null && state.entries > 0) {
      state.markAt = state.rows.length;
      state.rows.push({ line: [], seq: null });
    }
    state.fresh++;
  }
  state.entries++;
  for (const row of rowsOf(event, annotation, state.style, memo)) state.rows.push(row);
}

function upToDate(model: Model, cols: number): Looked {
  const memo = (model.memo ?? new Memo()).in(TIMELINE);
  const state = lookedAt(model, Math.max(1, cols), memo);
  const before = state.taken;
  for (let i = state.taken; i < model.events.length; i++) take(state, model.events[i]!, memo);
  if (state.markAt !== null && state.taken !== before) {
    const since = state.left ? 'since you left' : 'new since you looked';
    const line = ruleRow(`${since} (${state.fresh})`, 'warn', state.style);
    state.rows[state.markAt] = { line, seq: null };
  }
  return state;
}

/** Every row of the timeline as it is looked at now, oldest first; pending entries are the last ones. */
export function timelineRows(model: Model, cols: number): readonly TimelineRow[] {
  const state = upToDate(model, cols);
  if (model.pending.length === 0) return state.rows;
  const waiting = model.pending.flatMap((each) => pendingRows(each, state.style).map((line) => ({ line, seq: null })));
  return [...state.rows, ...waiting];
}

/** The seqs of the entries shown, oldest first, each once. */
export function shownSeqs(model: Model, cols: number): readonly number[] {
  const seqs: number[] = [];
  for (const { seq } of upToDate(model, cols).rows) if (seq !== null && seq !== seqs.at(-1)) seqs.push(seq);
  return seqs;
}

/** What stands in an empty timeline: why it is empty and what to do. */
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

/** The row as it is drawn when its entry is selected. */
const selected = (line: Line): Line =>
  line.map((part, i): Span => (i === 0 ? { ...part, tone: 'key', inverse: true } : part));

/** `v 7 new` while one reads further up; what is below the last row shown. */
function below(model: Model, rows: readonly TimelineRow[], end: number, cols: number): Line {
  const hidden = new Set(rows.slice(end).flatMap(({ seq }) => (seq === null ? [] : [seq])));
  const mark = model.timeline.readMark;
  const fresh = mark === null ? 0 : [...hidden].filter((seq) => seq > mark).length;
  const words = fresh > 0 ? `v ${fresh} new` : `v ${hidden.size} more`;
  return cutLine([span(words, fresh > 0 ? 'warn' : 'dim', { bold: true }), span('  End: live', 'dim')], cols);
}

function render(model: Model, size: Size): readonly Line[] {
  const cols = Math.max(0, size.cols);
  const height = Math.max(0, size.rows);
  if (cols === 0 || height === 0) return [];
  const rows = timelineRows(model, cols);
  if (rows.length === 0)
    return wrapText(nothing(model), cols)
      .slice(0, height)
      .map((row) => [span(row, 'dim')]);
  // Scrolled up, the last row says what is below; so one row more must be scrolled to see the beginning.
  const scroll = rows.length <= height ? 0 : Math.max(0, Math.floor(model.timeline.scroll));
  const badge = scroll > 0 && height > 1 ? 1 : 0;
  const end = Math.max(Math.min(height - badge, rows.length), rows.length - scroll);
  const shown = rows.slice(Math.max(0, end - height + badge), end);
  const lines = shown.map(({ line, seq }) => (seq !== null && seq === model.timeline.selected ? selected(line) : line));
  return badge === 1 ? [...lines, below(model, rows, end, cols)] : lines;
}

/** Is the hub's word no older than a few seconds? Else nobody knows what the others have written since. */
export const isHeard = ({ link }: Pick<Model, 'link'>): boolean => link.state === 'live' && !link.silentMs;

/** `12:41-13:05 UTC   38 entries · live`: what the title says beside the name. */
function summary(model: Model, cols: number): Line {
  const { events, timeline, zone } = model;
  const { entries, fresh } = upToDate(model, cols);
  const first = events[0];
  const last = events.at(-1);
  const time = (at: string): string => clockTime(Date.parse(at), zone, false);
  const from = first === undefined || last === undefined ? '' : `${time(first.recorded)}-${time(last.recorded)} `;
  const news = fresh > 0 ? `${fresh} new · ` : '';
  const level = timeline.level === 'normal' ? '' : `level ${timeline.level} · `;
  const filter = timeline.filter === '' ? '' : `only ${timeline.filter} · `;
  const place = timeline.scroll > 0 ? 'SCROLLED UP' : isHeard(model) ? 'live' : 'not live';
  const left = [span('TIMELINE ', 'title'), span(`${from}${zoneName(zone)}`, 'dim')];
  const amount = `${entries} ${entries === 1 ? 'entry' : 'entries'} · `;
  const right = [span(`${filter}${level}${news}${amount}`, 'dim'), span(place, place === 'live' ? 'dim' : 'warn')];
  return joinLines(left, right, cols);
}

export const timeline: Panel = {
  id: 'timeline',
  title: 'TIMELINE',
  letter: 'T',
  needs: [],
  order: 0,
  wants: () => 10,
  health: () => 'none',
  summary,
  render,
};
