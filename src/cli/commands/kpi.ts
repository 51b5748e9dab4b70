/** `warroom kpi`: the figures of the handbook against their targets. With no hub, from the data folder. */
import { FIGURE_TITLES, TIME_FIGURES, type Figures, type TimeFigure, type TimeValues } from '../../incident/figures.ts';
import { SEVERITIES } from '../../incident/severity.ts';
import { age, isoTime, runningClock, type Zone } from '../../incident/time.ts';
import { counted } from '../../incident/words.ts';
import { sparkline } from '../../terminal/chart.ts';
import { EXIT, print, zoneOf, type CliCommand } from '../command.ts';
import { answerOf } from '../queries.ts';
import { pastOption } from '../send-command.ts';
import { readingHere } from '../session.ts';

export default {
  usage: 'kpi [--since T] [--csv]',
  about: 'MTTA, MTTD, MTTR, incidents a week, postmortems; T is a span such as 8w, a date or a time',
  async run(context) {
    if (context.json && context.on('csv')) throw context.wrong('--json or --csv, not both');
    const since = pastOption(context, 'since');
    const question = { what: 'figures', ...(since !== null && { since: new Date(since).toISOString() }) } as const;
    const figures = await readingHere(context, ({ client }) =>
      answerOf(client, question, (answer) => answer.figures, 'not_now'),
    );
    print(context, figures, context.on('csv') ? csv(figures) : kpiLines(figures, zoneOf(context), context.on('ascii')));
    if (figures.damaged > 0)
      context.err(`${counted(figures.damaged, 'record')} cannot be read, and left out: warroom verify`);
    return EXIT.ok;
  },
} satisfies CliCommand;

/** Longer times are told in days, seconds. */
const LONG_S = 100 * 3600;

const clock = (seconds: number | null): string =>
  seconds === null ? '-' : (seconds < LONG_S ? runningClock : age)(seconds * 1000);
const verdict = (met: boolean | null): string => (met === null ? '' : met ? 'met' : 'NOT MET');

/** In at most 80 columns. */
export function kpiLines(figures: Figures, zone: Zone, ascii: boolean): readonly string[] {
  const { since, incidents, excluded, incidentsPerWeek: perWeek, postmortemRate: rate } = figures;
  const others = Object.entries(excluded).flatMap(([what, many]) => (many === 0 ? [] : [`${many} ${what}`]));
  const from = since === null ? '' : ` since ${isoTime(Date.parse(since), zone, false)}`;
  const head = `${counted(incidents, 'incident')}${from}${others.length === 0 ? '' : `; not counted: ${others.join(', ')}`}`;
  const notes = Object.entries({ overdue: rate.missing, late: rate.late, pending: rate.pending }).flatMap(
    ([what, many]) => (many === 0 ? [] : [`${many} ${what}`]),
  );
  const ofDue = rate.count === 0 ? '-' : `${rate.published} of ${rate.count}`;
  const line = (title: string, value: string, met: boolean | null, more: string): string =>
    `${title.padEnd(FIRST)}${value.padStart(8)}  ${verdict(met).padEnd(7)} ${more}`;
  return [
    head,
    '',
    row('', ['mean', '', 'median', 'p90', 'count', 'missing', 'pending']),
    ...TIME_FIGURES.flatMap((name) => timeLines(name, figures)),
    '',
    line('incidents a week', String(perWeek.value ?? '-'), perWeek.met, `at most ${perWeek.target}`),
    line('postmortems', ofDue, rate.met, `of SEV-0/1${notes.length === 0 ? '' : `: ${notes.join(', ')}`}`),
    '',
    ...trendLines(figures, ascii),
  ];
}

/** The width of the first column. */
const FIRST = 18;
const WIDTHS = [8, 9, 9, 10, 7, 9, 9] as const;

/** The second of `cells` is a word, the others are numbers. */
const row = (first: string, cells: readonly string[]): string =>
  (
    first.padEnd(FIRST) +
    cells.map((cell, i) => (i === 1 ? `  ${cell}`.padEnd(WIDTHS[i]) : cell.padStart(WIDTHS[i] ?? 0))).join('')
  ).trimEnd();

function timeLines(name: TimeFigure, { [name]: bySeverity, overall }: Figures): readonly string[] {
  const some = SEVERITIES.filter((severity) => {
    const { count, missing, pending } = bySeverity[severity];
    return count + missing + pending > 0;
  });
  const target = clock(overall[name].target);
  return [
    `${FIGURE_TITLES[name]}, at most ${target}${name === 'mtta' ? ' for SEV-0 and SEV-1' : ''}`,
    ...some.map((severity) => row(`    ${severity}`, valueCells(bySeverity[severity]))),
    ...(some.length === 0 ? ['    not known: no incident counts'] : []),
  ];
}

const valueCells = ({ value, met, median, p90, ...counts }: TimeValues): readonly string[] => [
  clock(value),
  verdict(met),
  clock(median),
  clock(p90),
  ...[counts.count, counts.missing, counts.pending].map(String),
];

/** As many as have room. */
const WEEKS = 44;

/** One column a week; a week without a value is a gap. */
function trendLines(figures: Figures, ascii: boolean): readonly string[] {
  const weeks = figures.weeks.slice(-WEEKS);
  const [first, last] = [weeks[0], weeks.at(-1)];
  if (first === undefined || last === undefined) return [];
  type Drawn = readonly [
    title: string,
    of: (week: (typeof weeks)[number]) => number | null,
    say: (n: number) => string,
  ];
  const all: readonly Drawn[] = [
    ['incidents', ({ incidents }) => incidents, String],
    ...TIME_FIGURES.map((name): Drawn => [FIGURE_TITLES[name].split(' ')[0] ?? '', (week) => week[name], clock]),
  ];
  return [
    `by week, ${first.week} to ${last.week}`,
    ...all.flatMap(([title, of, say]) => {
      const values = weeks.map(of);
      const known = values.filter((value) => value !== null);
      const drawn = sparkline(values, values.length, { ascii });
      return known.length === 0 ? [] : [`${`    ${title}`.padEnd(FIRST)}${drawn}  up to ${say(Math.max(...known))}`];
    }),
  ];
}

/** Seconds, incidents a week, or a rate from 0 to 1; empty where nothing is known or no target is set. */
function csv(figures: Figures): readonly string[] {
  const { incidentsPerWeek, postmortemRate } = figures;
  const columns = ['value', 'median', 'p90', 'count', 'missing', 'pending', 'target', 'met'] as const;
  type Values = { readonly [K in (typeof columns)[number]]?: number | boolean | null };
  const line = (figure: string, severity: string, values: Values): string =>
    [figure, severity, ...columns.map((column) => values[column] ?? '')].join(',');
  return [
    ['figure', 'severity', ...columns].join(','),
    ...TIME_FIGURES.flatMap((name) => SEVERITIES.map((severity) => line(name, severity, figures[name][severity]))),
    line('incidents_per_week', '', incidentsPerWeek),
    line('postmortem_rate', '', postmortemRate),
  ];
}
