/** What the logs have of a correlation id, as lines, and as the finding that is logged of it. Pure. */
import { clockTime, dateTime, type Zone } from '../incident/time.ts';
import { counted } from '../incident/words.ts';
import type { Answer, Trace } from '../protocol/questions.ts';
import { cutLine, span, type Line } from '../terminal/text.ts';
import { textLine, textLines } from './modal-parts.ts';

/** Lines of logs that a finding quotes, and how much of each, characters. */
const QUOTED = 4;
const QUOTED_LENGTH = 240;
const BAD = /\b(?:error|err|fail(?:ed|ure)?|fatal|panic|exception|timed? ?out|refused|denied|[" ]5\d\d)\b/i;

/** Each line of a log in one row, cut; what was not searched below. */
export function traceLines(answer: Answer | null, zone: Zone, cols: number): readonly Line[] {
  if (answer === null) return [textLine('the logs are searched', 'dim')];
  const { trace, fault } = answer;
  if (trace === undefined) return textLines(fault ?? 'the hub has no answer', cols, 'warn');
  const { lines, logs, more } = trace;
  const wide = Math.min(12, Math.max(0, ...logs.map(({ log }) => log.length)));
  return [
    ...(more === 0 ? [] : [textLine(`${counted(more, 'older line')} left out`, 'dim')]),
    ...lines.map(({ log, at, text }): Line => {
      const time = at === null ? 'no time ' : clockTime(at, zone);
      const look = BAD.test(text) ? 'warn' : 'plain';
      return cutLine(
        [span(`${time} `, 'dim'), span(`${log.slice(0, wide).padEnd(wide)} `, 'info'), span(text, look)],
        cols,
      );
    }),
    ...(lines.length === 0 ? [textLine(`nothing was found in ${logs.map(({ log }) => log).join(', ')}`, 'dim')] : []),
    ...logs.flatMap(({ log, trouble }) => (trouble === null ? [] : textLines(`${log}: ${trouble}`, cols, 'warn'))),
  ];
}

/** `trace 4bf9…: 9 lines of web, db, 14:02:11 to 14:02:13`, and the lines that say most. */
export function findingOf(id: string, { lines, logs, more }: Trace, zone: Zone): string {
  const from = [...new Set(lines.map(({ log }) => log))].join(', ');
  const times = lines.flatMap(({ at }) => (at === null ? [] : [at]));
  const [first, last] = [times[0], times.at(-1)];
  const when =
    first === undefined || last === undefined ? '' : `, ${dateTime(first, zone)} to ${clockTime(last, zone)}`;
  const troubles = logs.flatMap(({ log, trouble }) => (trouble === null ? [] : [`${log}: ${trouble}`]));
  const bad = lines.filter(({ text }) => BAD.test(text));
  const quoted = (bad.length > 0 ? bad : lines.slice(-1)).slice(0, QUOTED);
  const head =
    lines.length === 0
      ? `nothing in ${logs.map(({ log }) => log).join(', ')}`
      : `${counted(lines.length + more, 'line')} of ${from}${when}`;
  return [
    `trace ${id}: ${head}`,
    ...quoted.map(({ log, text }) => `${log}: ${text.slice(0, QUOTED_LENGTH)}`),
    ...(troubles.length === 0 ? [] : [`not searched: ${troubles.join('; ').slice(0, 300)}`]),
  ].join('\n');
}
