/** Alerts as the hub's rules see them now, worst first; then those of this incident that are over, and rules in doubt. */
import { isOn } from '../src/incident/incident.ts';
import { runbookFile } from '../src/incident/runbook.ts';
import { isSerious, type Severity } from '../src/incident/severity.ts';
import { age, dayedTime } from '../src/incident/time.ts';
import { counted } from '../src/incident/words.ts';
import type { AlertView } from '../src/protocol/messages.ts';
import { type Line, type Size, cut, cutLine, joinLines, lineWidth, span } from '../src/terminal/text.ts';
import { badge, mark, toneOf, worst } from './health-style.ts';
import { limited, present, textRow } from './lines.ts';
import type { Model } from './model.ts';
import type { Health, Panel } from './panel.ts';

/** An alert as the hub or as the record of the incident tells it. */
interface Alert extends Omit<AlertView, 'state' | 'labels'> {
  readonly state: string;
  /** `stale`: what was known when the hub was last heard. */
  readonly health: Health;
  /** It calls for nobody: it is silenced, or another alert is its cause. */
  readonly quiet: boolean;
}

const OVER: readonly string[] = ['resolved', 'expired', 'inactive'];

function healthOf(state: string, severity: Severity): Health {
  // A rule that fires because nothing is known (`no_data`) takes silence for the worst.
  if (isOn(state)) return isSerious(severity) ? 'crit' : 'warn';
  if (state === 'pending') return 'warn';
  return OVER.includes(state) ? 'ok' : 'no-data';
}

/** The hub knows what the rules see now; the record knows what is over, and everything while the hub is silent. */
function alertsOf({ alerts = [], incident, link }: Model): readonly Alert[] {
  const now = new Set(alerts.map(({ alert }) => alert));
  const over = incident?.alerts.filter(({ alert }) => !now.has(alert)) ?? [];
  const recorded = over.map((alert) => ({ ...alert, runbook: null, incident: incident?.id ?? null }));
  return [...alerts, ...recorded].map((alert: Omit<Alert, 'health' | 'quiet'>): Alert => {
    const health = healthOf(alert.state, alert.severity);
    const quiet = alert.silencedUntil !== undefined || alert.inhibited !== undefined;
    return { ...alert, quiet, health: link.state === 'live' || health === 'ok' ? health : 'stale' };
  });
}

interface Row {
  readonly health: Health;
  readonly line: (cols: number) => Line;
}

const rowsOf = (model: Model): readonly Row[] => [
  ...alertsOf(model).map((alert): Row => ({
    health: alert.quiet ? 'none' : alert.health,
    line: (cols) => alertRow(alert, model, cols),
  })),
  ...(model.ruleFaults ?? []).map(({ rule, message }): Row => ({
    health: 'partial',
    line: (cols) => cutLine([mark('partial', model.ascii), span(` rule ${rule}`, 'title'), span(`  ${message}`)], cols),
  })),
];

function alertRow(alert: Alert, model: Model, cols: number): Line {
  const { rule, severity, summary, health, quiet, acked } = alert;
  const isOver = health === 'ok' || quiet;
  const tone = isOver ? 'dim' : toneOf(health);
  const sign = mark(health, model.ascii);
  // Most summaries begin with the rule's name.
  const isSaid = summary.toLowerCase().startsWith(rule.toLowerCase());
  const notes = notesOf(alert, model);
  const runbook = alert.runbook === null || isOver ? '' : `  ${runbookFile(alert.runbook) ?? alert.runbook}`;
  const left: Line = [
    quiet ? span(sign.text, 'dim') : sign,
    span(' '),
    span(`${severity} `, tone),
    span(rule, isOver ? 'dim' : 'title'),
    span(notes.length === 0 ? '' : ` (${notes.join(', ')})`, 'dim'),
    span(isSaid ? summary.slice(rule.length) : `  ${summary}`, isOver ? 'dim' : 'plain'),
    span(runbook, 'dim'),
  ];
  const state = `${health === 'stale' ? 'was ' : ''}${alert.state.replace('_', ' ')}`;
  const who = acked === undefined || health === 'stale' ? state : `${cut(acked.by, 12)} on it`;
  const right: Line = [span(`${who} ${age(model.now - Date.parse(alert.since))}`, tone)];
  return lineWidth(right) + 20 <= cols ? joinLines(left, right, cols) : cutLine(left, cols);
}

function notesOf(alert: Alert, { incident, zone, now }: Model): readonly string[] {
  const at = (moment: string): string => dayedTime(Date.parse(moment), now, zone);
  return present([
    alert.source && `from ${alert.source}`,
    alert.acked && `acked ${at(alert.acked.at)}`,
    alert.silencedUntil && `silenced until ${at(alert.silencedUntil)}`,
    alert.inhibited && `because of ${alert.inhibited}`,
    alert.flapping && 'comes and goes',
    alert.unknown && 'not known at present',
    alert.ending && 'ending',
    incident !== null && alert.incident === null ? 'in no incident' : '',
  ]);
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  const all = rowsOf(model);
  if (all.length === 0) return [textRow(nothing(model), cols)];
  return limited(all, rows, (hidden) => {
    const health = worst(hidden.map((row) => row.health));
    const sign = health === 'none' ? [] : [badge(health, model.ascii), span('  ')];
    const words: Line = [...sign, span(`+${hidden.length} more`, toneOf(health))];
    return { health, line: () => cutLine(words, cols) };
  }).map(({ line }) => line(cols));
}

function nothing({ link, alerts, incident }: Model): string {
  if (link.state === 'connecting') return 'not known yet';
  if (link.state !== 'live') return 'not known while the hub is away';
  if (alerts !== undefined) return 'no alert waits or fires';
  return incident === null ? 'not known yet' : 'no alert belongs to this incident';
}

function summary(model: Model, cols: number): Line {
  const alerts = alertsOf(model);
  const firing = alerts.filter(({ state, quiet }) => isOn(state) && !quiet).length;
  const quiet = alerts.filter((alert) => alert.quiet).length;
  const acked = alerts.filter((alert) => alert.acked !== undefined).length;
  const faults = model.ruleFaults?.length ?? 0;
  const known = alerts.length === 0 ? 'none' : `${firing}/${alerts.length} firing`;
  const state = health(model);
  const parts: Line = [
    span('ALERTS ', 'title'),
    ...(state === 'none' ? [] : [mark(state, model.ascii), span(' ')]),
    span(model.link.state === 'live' ? known : 'not known'),
    span(acked === 0 ? '' : ` · ${acked} acked`, 'info'),
    span(quiet === 0 ? '' : ` · ${quiet} quiet`, 'dim'),
    span(faults === 0 ? '' : ` · ${counted(faults, 'rule')} in doubt`, 'warn'),
  ];
  return cutLine(parts, cols);
}

/** While the hub is away an alarm may go off that nobody here hears of. */
function health(model: Model): Health {
  const state = worst(rowsOf(model).map((row) => row.health));
  return state === 'ok' && model.link.state !== 'live' ? 'stale' : state;
}

export const alertsPanel: Panel = {
  id: 'alerts',
  title: 'ALERTS',
  letter: 'A',
  wants: (model) => Math.min(8, Math.max(1, rowsOf(model).length)),
  health,
  summary,
  render,
};
