/** The figures against their targets, with the weeks they are of, for the idle room. Pure. */
import { FIGURE_TITLES, TIME_FIGURES, type Figures } from '../incident/figures.ts';
import { DAY, formatDuration, runningClock } from '../incident/time.ts';
import { sparkline } from '../terminal/chart.ts';
import { glyphs, padLine, span, type Line } from '../terminal/text.ts';
import { heading, type IdlePart } from './idle-part.ts';

/** Cells of a title and of a value, where each figure has a row of its own. */
const TITLE_COLS = 18;
const VALUE_COLS = 20;

/** `isTall`: each figure has a row of its own, with its trend. */
export function idleFigures(figures: Figures, { ascii, isTall }: { ascii: boolean; isTall: boolean }): IdlePart {
  const { overall, incidentsPerWeek, postmortemRate, incidents, weeks, since, until } = figures;
  const days = since === null ? 'all' : `${Math.round((Date.parse(until) - Date.parse(since)) / DAY)} days`;
  if (incidents === 0) return { head: heading('FIGURES', `${days}, no incident that counts`) };
  const sign = (met: boolean | null): Line => {
    const { ok, warn } = glyphs(ascii);
    return met === null ? [] : [met ? span(` ${ok}`, 'ok') : span(` ${warn}`, 'warn')];
  };
  const trend = (values: readonly (number | null)[]): string => sparkline(values, weeks.length, { ascii });
  const perWeek = weeks.map((week) => week.incidents);
  const { count, published, late, pending } = postmortemRate;
  const none = pending === 0 ? 'none due' : 'none due yet';
  const rated = count === 0 ? none : `${published} of ${count}${late === 0 ? '' : `, ${late} late`}`;
  const rows: readonly Row[] = [
    ...TIME_FIGURES.map((name): Row => {
      const { value, target, met, missing } = overall[name];
      const found = value === null ? 'unknown' : runningClock(value * 1000);
      return {
        title: FIGURE_TITLES[name],
        value: [span(`${found} of ${formatDuration((target ?? 0) * 1000)}`), ...sign(met)],
        trend: trend(weeks.map((week) => week[name])),
        also: missing === 0 ? '' : `${missing} not recorded`,
      };
    }),
    {
      title: 'incidents/week',
      value: [
        span(`${incidentsPerWeek.value?.toFixed(1) ?? 'unknown'} of ${incidentsPerWeek.target}`),
        ...sign(incidentsPerWeek.met),
      ],
      trend: trend(perWeek),
      also: `${perWeek.at(-1) ?? 0} this week`,
    },
    {
      title: 'postmortems',
      value: [span(rated), ...sign(postmortemRate.met)],
      trend: '',
      also: pending === 0 ? '' : `${pending} not due yet`,
    },
  ];
  if (isTall)
    return {
      head: heading('FIGURES', `${days}, by week`),
      rows: rows.map(({ title, value, trend: drawn, also }) => [
        span(`   ${title.padEnd(TITLE_COLS)}`),
        ...padLine(value, VALUE_COLS),
        span(drawn.padEnd(weeks.length + 3), 'info'),
        span(also, 'dim'),
      ]),
    };
  const short = (part: readonly Row[]): Line => [
    span(' '),
    ...part.flatMap(({ title, value }): Line => [span(`  ${title} `), ...value]),
  ];
  const times = TIME_FIGURES.length;
  return {
    head: [...heading('FIGURES', `${days}   incidents by week `), span(trend(perWeek), 'info')],
    rows: [short(rows.slice(times)), short(rows.slice(0, times))],
    least: 2,
  };
}

interface Row {
  readonly title: string;
  readonly value: Line;
  /** By week, the oldest first. */
  readonly trend: string;
  readonly also: string;
}
