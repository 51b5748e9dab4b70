/** The figures of the last 30 days against their targets, for the idle room. Pure. */
import { TIME_FIGURES, type Figures } from '../incident/figures.ts';
import { formatDuration, runningClock } from '../incident/time.ts';
import { glyphs, span, type Line } from '../terminal/text.ts';

const TITLES = { mtta: 'MTTA', mttd: 'MTTD (diagnose)', mttr: 'MTTR' } as const;

/** From this width on there is room to say how many times were not recorded. */
const WIDE = 100;

/** Two lines; one where there is nothing to measure, none until the hub has said. */
export function idleFigures(figures: Figures | undefined, cols: number, ascii: boolean): readonly Line[] {
  if (figures === undefined) return [];
  const head = [span(' FIGURES', 'title', { bold: true }), span('  30 days', 'dim')];
  if (figures.incidents === 0) return [[...head, span('   no incident that counts', 'dim')]];
  const { overall, incidentsPerWeek, postmortemRate } = figures;
  const sign = (met: boolean | null): Line => {
    const { ok, warn } = glyphs(ascii);
    return met === null ? [] : [met ? span(` ${ok}`, 'ok') : span(` ${warn}`, 'warn')];
  };
  const missing = TIME_FIGURES.reduce((sum, name) => sum + overall[name].missing, 0);
  const { count, published, late } = postmortemRate;
  const postmortems = count === 0 ? 'none due' : `${published} of ${count}${late === 0 ? '' : `, ${late} late`}`;
  return [
    [
      ...head,
      span(`  incidents/week ${incidentsPerWeek.value?.toFixed(1) ?? 'unknown'} of ${incidentsPerWeek.target}`),
      ...sign(incidentsPerWeek.met),
      span(`  postmortems ${postmortems}`),
      ...sign(postmortemRate.met),
    ],
    [
      span(' '),
      ...TIME_FIGURES.flatMap((name): Line => {
        const { value, target, met } = overall[name];
        const found = value === null ? 'unknown' : runningClock(value * 1000);
        return [span(`  ${TITLES[name]} ${found} of ${formatDuration((target ?? 0) * 1000)}`), ...sign(met)];
      }),
      span(missing === 0 || cols < WIDE ? '' : `  ${missing} times missing`, 'dim'),
    ],
  ];
}
