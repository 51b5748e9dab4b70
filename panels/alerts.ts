/** Alerts as the hub's rules see them now, worst first; then those of this incident that are over, and rules in doubt. */
import type { AttachedAlert } from '../src/incident/incident.ts';
import { runbookFile } from '../src/incident/runbook.ts';
import type { Severity } from '../src/incident/severity.ts';
import { age, clockTime } from '../src/incident/time.ts';
import type { AlertView } from '../src/protocol/messages.ts';
import { cut, cutLine, joinLines, lineWidth, span, type Line, type Size } from '../src/terminal/text.ts';
import { badge, mark, toneOf, worst } from './health-style.ts';
import type { Model } from './model.ts';
import type { Health, Panel } from './panel.ts';

/** An alert as the panel shows it, wherever it is known from. */
interface Shown {
  readonly rule: string;
  readonly severity: Severity;
  readonly summary: string;
  readonly runbook: string | null;
  readonly health: Health;
  /** `firing`, `no data`. */
  readonly state: string;
  /** ms since 1970. */
  readonly since: number;
  /** What else there is to know: why it is quiet, what it belongs to. */
  readonly notes: readonly string[];
  /** It calls for nobody: silenced, or another alert is its cause. */
  readonly quiet: boolean;
  /** Who is on it. */
  readonly acked: string | null;
}

/** What a state of an alert means for the panel; a state this version does not know is no good news. */
function healthOf(state: string, severity: Severity): Health {
  switch (state) {
    case 'firing':
    // It fires because nothing is known: its rule takes silence for the worst.
    case 'no_data':
      return severity === 'SEV-0' || severity === 'SEV-1' ? 'crit' : 'warn';
    case 'pending':
      return 'warn';
    case 'resolved':
    case 'expired':
    case 'inactive':
      return 'ok';
    default:
      return 'no-data';
  }
}

/** As the hub tells it. */
function current(alert: AlertView, model: Model): Shown {
  const { rule, severity, summary, runbook, state, since, silencedUntil, inhibited, flapping, unknown, ending, acked } =
    alert;
  const at = (moment: string): string => clockTime(Date.parse(moment), model.zone, false);
  const notes = [
    acked === undefined ? '' : `acked ${at(acked.at)}`,
    silencedUntil === undefined ? '' : `silenced until ${at(silencedUntil)}`,
    inhibited === undefined ? '' : `because of ${inhibited}`,
    flapping ? 'comes and goes' : '',
    unknown ? 'not known at present' : '',
    ending ? 'ending' : '',
    model.incident !== null && alert.incident === null ? 'in no incident' : '',
  ].filter((note) => note !== '');
  return {
    rule,
    severity,
    summary,
    runbook,
    health: healthOf(state, severity),
    state: state.replace('_', ' '),
    since: Date.parse(since),
    notes,
    quiet: silencedUntil !== undefined || inhibited !== undefined,
    acked: acked?.by ?? null,
  };
}

/** As the record of the incident has it. */
const recorded = ({ rule, severity, summary, state, since }: AttachedAlert): Shown => ({
  rule,
  severity,
  summary,
  runbook: null,
  health: healthOf(state, severity),
  state: state.replace('_', ' '),
  since: Date.parse(since),
  notes: [],
  quiet: false,
  acked: null,
});

/** Nobody evaluates rules for this console now: what fired when the hub was last heard may be over, or worse. */
const lastHeard = (alert: Shown): Shown =>
  alert.health === 'ok' ? alert : { ...alert, health: 'stale', state: `was ${alert.state}` };

/** What the rules see now comes from the hub; the record knows what is over, and everything while the hub is silent. */
function alertsOf(model: Model): readonly Shown[] {
  const attached = model.incident?.alerts ?? [];
  const now = new Set(model.alerts?.map(({ alert }) => alert));
  const over = attached.filter(({ alert }) => !now.has(alert));
  const all = [...(model.alerts ?? []).map((alert) => current(alert, model)), ...over.map(recorded)];
  return model.link.state === 'live' ? all : all.map(lastHeard);
}

/** One row of the panel. */
interface Row {
  readonly health: Health;
  readonly line: (cols: number) => Line;
}

const rowsOf = (model: Model): readonly Row[] => [
  ...alertsOf(model).map((alert): Row => ({ health: loud(alert), line: (cols) => row(alert, model, cols) })),
  ...(model.ruleFaults ?? []).map(({ rule, message }): Row => ({
    health: 'partial',
    line: (cols) => cutLine([mark('partial', model.ascii), span(` rule ${rule}`, 'title'), span(`  ${message}`)], cols),
  })),
];

/** Somebody has seen to those that are quiet. */
const loud = (alert: Shown): Health => (alert.quiet ? 'ok' : alert.health);

function row(alert: Shown, model: Model, cols: number): Line {
  const { health, quiet } = alert;
  const isOver = health === 'ok' || quiet;
  const tone = isOver ? 'dim' : toneOf(health);
  const sign = mark(health, model.ascii);
  // Most summaries begin with the rule's name; saying it once is enough.
  const isSaid = alert.summary.toLowerCase().startsWith(alert.rule.toLowerCase());
  const rest = isSaid ? alert.summary.slice(alert.rule.length) : `  ${alert.summary}`;
  const guide = alert.runbook === null ? '' : `  ${runbookFile(alert.runbook) ?? alert.runbook}`;
  const notes = alert.notes.length === 0 ? '' : ` (${alert.notes.join(', ')})`;
  const left: Line = [
    quiet ? span(sign.text, 'dim') : sign,
    span(' '),
    span(`${alert.severity} `, tone),
    span(alert.rule, isOver ? 'dim' : 'title'),
    span(notes, 'dim'),
    span(rest, isOver ? 'dim' : 'plain'),
    span(isOver ? '' : guide, 'dim'),
  ];
  // That it fires is seen by its sign; who is on it comes before how it was, while the hub is heard.
  const state = alert.acked === null || health === 'stale' ? alert.state : `${cut(alert.acked, 12)} on it`;
  const right: Line = [span(`${state} ${age(Math.max(0, model.now - alert.since))}`, tone)];
  return lineWidth(right) + 20 <= cols ? joinLines(left, right, cols) : cutLine(left, cols);
}

function render(model: Model, { cols, rows }: Size): readonly Line[] {
  if (cols < 1 || rows < 1) return [];
  const all = rowsOf(model);
  if (all.length === 0) return [cutLine([span(nothing(model), 'dim')], cols)];
  if (all.length <= rows) return all.map(({ line }) => line(cols));
  const hidden = all.slice(rows - 1);
  const bad = worst(hidden.map(({ health }) => health));
  const rest = [badge(bad, model.ascii), span(`  +${hidden.length} more`, toneOf(bad))];
  return [...all.slice(0, rows - 1).map(({ line }) => line(cols)), cutLine(rest, cols)];
}

function nothing({ link, alerts, incident }: Model): string {
  if (link.state === 'connecting') return 'not known yet';
  if (link.state !== 'live') return 'not known while the hub is away';
  if (alerts !== undefined) return 'no alert waits or fires';
  return incident === null ? 'not known yet' : 'no alert belongs to this incident';
}

function summary(model: Model, cols: number): Line {
  const alerts = alertsOf(model);
  const firing = alerts.filter(({ state, quiet }) => (state === 'firing' || state === 'no data') && !quiet).length;
  const quiet = alerts.filter((alert) => alert.quiet).length;
  const acked = alerts.filter((alert) => alert.acked !== null).length;
  const faults = model.ruleFaults?.length ?? 0;
  const away = model.link.state !== 'live';
  const words = away ? 'not known' : alerts.length === 0 ? 'none' : `${firing}/${alerts.length} firing`;
  const state = health(model);
  return cutLine(
    [
      span('ALERTS ', 'title'),
      ...(state === 'none' ? [] : [mark(state, model.ascii), span(' ')]),
      span(words),
      span(acked === 0 ? '' : ` · ${acked} acked`, 'info'),
      span(quiet === 0 ? '' : ` · ${quiet} quiet`, 'dim'),
      span(faults === 0 ? '' : ` · ${faults === 1 ? '1 rule' : `${faults} rules`} in doubt`, 'warn'),
    ],
    cols,
  );
}

const health = (model: Model): Health => worst(rowsOf(model).map((each) => each.health));

export const alertsPanel: Panel = {
  id: 'alerts',
  title: 'ALERTS',
  letter: 'A',
  needs: [],
  order: 55,
  wants: (model) => Math.min(8, Math.max(1, rowsOf(model).length)),
  health,
  summary,
  render,
};
