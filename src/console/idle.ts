/** The room when no incident is looked at: what is open, what was, and the one key to declare. Pure. */
import { SEVERITY_TONE } from '../../panels/header.ts';
import { SEVERITY_NAME, type Severity } from '../incident/severity.ts';
import { isEnded } from '../incident/incident.ts';
import { cutLine, joinLines, span, type Line } from '../terminal/text.ts';
import { words } from './drawn.ts';
import { keyLabel } from './keymap.ts';
import { declare } from './actions/declare.ts';
import { proposed } from './proposed.ts';
import type { View } from './view.ts';
import { spanInWords } from '../incident/time.ts';

/** What stands where nothing is open: only a hub that answers knows that. */
const NONE: Readonly<Record<View['link']['state'], string>> = {
  live: 'no incident is open',
  connecting: 'asking the hub…',
  lost: 'not known: the hub does not answer',
  refused: 'not known: the hub refused us',
};

/** Below this many columns each incident is its severity, its title and its age. */
const NARROW = 60;

const severityWords = (severity: Severity, cols: number): string =>
  cols < NARROW ? ` ${severity}  ` : `   ${severity} ${SEVERITY_NAME[severity].padEnd(8)}  `;

export function idleLines(view: Pick<View, 'incidents' | 'now' | 'alerts' | 'link'>, cols: number): readonly Line[] {
  const open = view.incidents.filter((each) => !isEnded(each));
  const over = view.incidents.filter(isEnded);
  const key = declare.key === undefined ? '' : keyLabel(declare.key);
  const isNarrow = cols < NARROW;
  const air = isNarrow ? [] : [[]];
  const lines: readonly Line[] = [
    ...air,
    [
      span(' ', 'plain'),
      span(key, 'key', { bold: true }),
      span(` or /declare what is broken${isNarrow ? '' : ': everybody here sees it at once'}`),
    ],
    ...air,
    ...firing(view, cols),
    ...section('OPEN', open, NONE[view.link.state], view, cols),
    ...(over.length === 0 ? [] : [...air, ...section('BEFORE', over, '', view, cols)]),
  ];
  return lines.map((line) => cutLine(line, cols));
}

/** Alerts that propose an incident, the worst first. */
function firing(view: Pick<View, 'now' | 'alerts'>, cols: number): readonly Line[] {
  const lines = proposed(view).map(({ severity, summary, acked, since }): Line => {
    const tone = acked === undefined ? SEVERITY_TONE[severity] : 'info';
    const left = [span(severityWords(severity, cols), tone), span(summary, tone)];
    const who = acked === undefined ? '' : `${acked.by} is on it, `;
    return joinLines(left, [span(`${who}${spanInWords(view.now - Date.parse(since))} `, 'dim')], cols);
  });
  const head: Line = [
    span(' FIRING', 'title', { bold: true }),
    span('   /ack: you are on it   /alerts declares an incident from one', 'dim'),
  ];
  return lines.length === 0 ? [] : [head, ...lines, ...(cols < NARROW ? [] : [[]])];
}

function section(
  title: string,
  all: View['incidents'],
  none: string,
  view: Pick<View, 'now'>,
  cols: number,
): readonly Line[] {
  const lines = all.map((one): Line => {
    const left = [span(severityWords(one.severity, cols), 'info'), span(`${one.title}${one.drill ? ' [drill]' : ''}`)];
    const led = cols < NARROW ? '' : `${one.status}  ${one.lead ?? 'no lead'}  `;
    const right = [span(`${led}${spanInWords(view.now - Date.parse(one.declaredAt))} ago `, 'dim')];
    return joinLines(left, right, cols);
  });
  const hint = lines.length > 0 && title === 'OPEN' ? '   /list picks one' : '';
  return [
    [span(` ${title}`, 'title', { bold: true }), span(hint, 'dim')],
    ...(lines.length > 0 ? lines : [words(`   ${none}`, 'dim')]),
  ];
}
