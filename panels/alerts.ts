/** The alerts of this incident, each in its last known state, in the order they came. */
import type { AttachedAlert } from '../src/incident/incident.ts';
import { cutLine, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import type { Line, Size } from '../src/terminal/text.ts';
import { badge, mark, toneOf, worst } from './condition.ts';
import type { Model } from './model.ts';
import { span as age } from './numbers.ts';
import type { Health, Panel } from './panel.ts';

/** What a state of an alert means for the panel; a state this version does not know is no good news. */
function healthOf({ state, severity }: AttachedAlert): Health {
  switch (state) {
    case 'firing':
      return severity === 'SEV-0' || severity === 'SEV-1' ? 'crit' : 'warn';
    case 'no_data':
      return 'no-data';
    case 'pending':
      return 'warn';
    case 'resolved':
    case 'inactive':
      return 'ok';
    default:
      return 'no-data';
  }
}

function row(alert: AttachedAlert, model: Model, cols: number): Line {
  const health = healthOf(alert);
  const since = age(Math.max(0, model.now - Date.parse(alert.since)));
  const left: Line = [
    mark(health, model.ascii),
    span(' '),
    span(`${alert.severity} `, health === 'ok' ? 'dim' : toneOf(health)),
    span(alert.rule, 'title'),
    span(`  ${alert.summary}`, health === 'ok' ? 'dim' : 'plain'),
  ];
  const right: Line = [span(`${alert.state.replace('_', ' ')} ${since}`, health === 'ok' ? 'dim' : toneOf(health))];
  return lineWidth(right) + 20 <= cols ? joinLines(left, right, cols) : cutLine(left, cols);
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  if (cols < 1 || rows < 1) return [];
  const alerts = model.incident?.alerts ?? [];
  if (alerts.length === 0) return [cutLine([span('no alert belongs to this incident', 'dim')], cols)];
  if (alerts.length <= rows) return alerts.map((alert) => row(alert, model, cols));
  const hidden = alerts.slice(rows - 1);
  const bad = worst(hidden.map(healthOf));
  const rest = [badge(bad, model.ascii), span(`  +${hidden.length} more`, toneOf(bad))];
  return [...alerts.slice(0, rows - 1).map((alert) => row(alert, model, cols)), cutLine(rest, cols)];
}

const health = (model: Model): Health => worst((model.incident?.alerts ?? []).map(healthOf));

function summary(model: Model, cols: number): Line {
  const alerts = model.incident?.alerts ?? [];
  const firing = alerts.filter(({ state }) => state === 'firing').length;
  const words = alerts.length === 0 ? 'none' : `${firing}/${alerts.length} firing`;
  const state = health(model);
  return cutLine(
    [span('ALERTS ', 'title'), ...(state === 'none' ? [] : [mark(state, model.ascii), span(' ')]), span(words)],
    cols,
  );
}

export const alerts: Panel = {
  id: 'alerts',
  title: 'ALERTS',
  letter: 'A',
  needs: [],
  order: 55,
  wants: (model) => Math.min(8, Math.max(1, model.incident?.alerts.length ?? 0)),
  health,
  summary,
  render,
};
