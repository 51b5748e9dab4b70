/** Help as lines: its topics under their headings, the marked one in sight. Pure. */
import { cutLine, span, width, type Line } from '../terminal/text.ts';
import { textOf } from './draft.ts';
import { close, gap, item, listRows, pair, typing, words, wrapped, type Drawn, type Place } from './drawn.ts';
import { helpedPlace, helpTopics, type Topic } from './help.ts';
import type { Help, Ui } from './state.ts';
import type { View } from './view.ts';

/** A topic: what is pressed, and beside it, or below where it is long, what that does. */
function topicLines({ keys, text }: Topic, left: number, cols: number): readonly Line[] {
  const rows = wrapped(text, Math.max(1, cols - left - 2));
  const isLong = keys.length > left;
  return [
    ...(isLong || text === '' ? [cutLine(words(keys, 'key'), cols)] : []),
    ...(text === '' ? [] : rows.map((row, i) => pair(i === 0 && !isLong ? words(keys, 'key') : [], left + 2, row))),
  ];
}

/** Columns for what is pressed: as wide as most of them under a heading need; none where the words need them all. */
function keysWidth(topics: readonly Topic[], cols: number): number {
  if (cols < 50) return 0;
  const most = Math.min(30, Math.floor(cols / 2));
  return Math.max(8, ...topics.map(({ keys }) => width(keys)).filter((wide) => wide <= most));
}

export function drawHelp(modal: Help, view: View, ui: Ui, { cols, rows }: Place): Drawn {
  const { all, at, action } = helpTopics(modal, ui, view);
  const isSearched = textOf(modal.query).trim() !== '';
  const lines: Line[] = [];
  /** Rows of the marked topic; its heading counts, so that the first one is seen from its beginning. */
  let mark = { from: 0, to: 0 };
  let left = keysWidth(all, cols);
  for (const [i, topic] of all.entries()) {
    const from = lines.length;
    if (!isSearched && topic.head !== all[i - 1]?.head) {
      lines.push([span(topic.head.toUpperCase(), 'title', { bold: true })]);
      left = keysWidth(
        all.filter(({ head }) => head === topic.head),
        cols,
      );
    }
    for (const [row, line] of topicLines(topic, left, cols - 2).entries())
      lines.push(item(i === at && row === 0, line, cols));
    if (i === at) mark = { from, to: lines.length };
  }
  const room = listRows(rows, 2);
  const middle = Math.floor((mark.from + mark.to - room) / 2);
  const from = Math.max(0, Math.min(middle, lines.length - room));
  const more = lines.length > room ? `Up Down PgUp PgDn ${at + 1} of ${all.length}` : '';
  const query = typing(modal.query, 'type to search: ', cols, true);
  const runs = action === null ? [] : [`Enter /${action.name}`];
  const leave = modal.over === null ? 'Esc close' : `Esc back to the ${helpedPlace(modal, ui)}`;
  return {
    ...query,
    title: `HELP   you are in: ${helpedPlace(modal, ui)}`,
    lines: [
      ...query.lines,
      ...gap(rows),
      ...(lines.length === 0 ? [words('nothing has that word', 'dim')] : lines.slice(from, from + room)),
      ...gap(rows),
      close(
        [...runs, more, ...(modal.over === null ? ['keys not working? /keys'] : [])]
          .filter((part) => part !== '')
          .join('   '),
        cols,
        leave,
      ),
    ],
  };
}
