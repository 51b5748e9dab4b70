/** The timeline: the end of the record, or, scrolled up, the place one reads, which does not move while entries arrive. */
import { clockTime, zoneName } from '../src/incident/time.ts';
import { cutLine, joinLines, span, wrapText, type Line, type Size, type Span } from '../src/terminal/text.ts';
import { parseFilter } from './filter.ts';
import type { Model } from './model.ts';
import type { Panel } from './panel.ts';
import { timelineCounts, timelineRows, type TimelineRow } from './rows.ts';

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

/** `12:41-13:05 UTC   38 entries · live`: what the title says beside the name. */
function summary(model: Model, cols: number): Line {
  const { events, timeline, zone } = model;
  const { entries, fresh } = timelineCounts(model, cols);
  const first = events[0];
  const last = events.at(-1);
  const time = (at: string): string => clockTime(Date.parse(at), zone, false);
  const from = first === undefined || last === undefined ? '' : `${time(first.recorded)}-${time(last.recorded)} `;
  const news = fresh > 0 ? `${fresh} new · ` : '';
  const level = timeline.level === 'normal' ? '' : `level ${timeline.level} · `;
  const filter = timeline.filter === '' ? '' : `only ${timeline.filter} · `;
  const isHeard = model.link.state === 'live' && !model.link.silentMs;
  const place = timeline.scroll > 0 ? 'SCROLLED UP' : isHeard ? 'live' : 'not live';
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
