/** How many letters wait to be sent: `mail_queue_length`, from whichever health endpoint tells it. */
import { sparkline } from '../../src/terminal/chart.ts';
import { cutLine, joinLines, span, type Line, type Size } from '../../src/terminal/text.ts';
import { badge } from '../../panels/health-style.ts';
import { valueIn } from '../../panels/measure.ts';
import type { Model, TargetView } from '../../panels/model.ts';
import { countText } from '../../panels/numbers.ts';
import type { Health, Panel } from '../../panels/panel.ts';
import { freshness } from '../../panels/probe-failure.ts';

const METRIC = 'mail_queue_length';
const MANY = 1000;

const waiting = (target: TargetView): number | null =>
  target.reading === null ? null : valueIn(target.reading, METRIC);
const source = (model: Model): TargetView | undefined =>
  model.targets.find(({ lastGood }) => lastGood !== null && valueIn(lastGood, METRIC) !== null);

function health(model: Model): Health {
  const target = source(model);
  if (target === undefined) return 'none';
  const value = waiting(target);
  if (freshness(target, model.mono) === 'stale') return 'stale';
  return value === null ? 'no-data' : value > MANY ? 'warn' : 'ok';
}

function words(model: Model): string {
  const target = source(model);
  const value = target === undefined ? null : waiting(target);
  return value === null ? 'not told' : `${countText(value)} waiting`;
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const target = source(model);
  if (target === undefined) return [cutLine([span(`no target tells ${METRIC}`, 'dim')], cols)].slice(0, rows);
  const past = sparkline(target.history(METRIC, cols, model.mono), cols, { ascii: model.ascii });
  const head = joinLines([badge(health(model), model.ascii)], [span(words(model))], cols);
  return [head, [span(past, 'info')]].slice(0, rows);
}

export const mail: Panel = {
  id: 'mail',
  title: 'MAIL',
  letter: 'M',
  needs: ['http'],
  wants: () => 2,
  health,
  summary: (model, cols) => cutLine([span('MAIL ', 'title'), span(words(model))], cols),
  render,
};
