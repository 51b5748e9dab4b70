/** Evaluates all rules: readings and times in, transitions out. Reads no clock. */
import { isActive, type Alert, type AlertPhase } from './alert.ts';
import { lookback, selectors } from './expr.ts';
import { keyOf } from './labels.ts';
import { alertId, detailsOf, NotificationState, type Transition } from './notification-state.ts';
import type { Silence } from './inhibition.ts';
import type { Rule } from './rule.ts';
import { doubtsOf } from './lint.ts';
import { ReportedTracker, type ReportedAlert } from './reported.ts';
import { NEVER_TOLD, restoreAlert, saveAlert, type Acked, type EngineState, type Notification } from './saved-alert.ts';
import { Store, type RuleReading } from './store.ts';
import { JUMP_MS, ClockMonitor, type ClockEvent } from './clock-monitor.ts';
import { Tracker } from './tracker.ts';

export interface EngineOptions {
  readonly rules: readonly Rule[];
  readonly silences?: readonly Silence[];
  /** What is reported from outside. */
  readonly reported?: readonly ReportedAlert[];
  /** From `save`. */
  readonly state?: EngineState | null;
  /** How often `step` is called; default 1 s. */
  readonly tickMs?: number;
  /** How often a target is polled, ms. */
  readonly intervalOf: (target: string) => number;
}
export interface RuleFault {
  readonly rule: string;
  readonly message: string;
}
export interface EngineResult {
  readonly transitions: readonly Transition[];
  readonly clock: readonly ClockEvent[];
  /** Rules that failed to evaluate or do not suit the metrics. */
  readonly faults: readonly RuleFault[];
}
/** A pending or firing alert, for the screen. */
export interface ActiveAlert extends Omit<Transition, 'from' | 'to' | 'reason' | 'value' | 'at'> {
  /** What outside reports it; absent: a rule of ours. */
  readonly source?: string;
  readonly phase: AlertPhase;
  /** The value is the last known one. */
  readonly unknown: boolean;
  /** The condition is false; the alert ends after the rule's `keep`. */
  readonly ending: boolean;
  /** Who acknowledged it, until the acknowledgement expires. */
  readonly acked: Acked | null;
}

/** After a start or sleep Prometheus rules take no series for gone for this long: some metrics come once a minute. */
const SETTLE_MS = 90_000;
const FORGET_EVERY_MS = 60_000;
/** Least time between two lints, ms. */
const DOUBT_EVERY_MS = 10_000;

export class Engine {
  readonly store: Store;
  private silences: readonly Silence[];
  private trackers: readonly Tracker[] = [];
  /** By alert. */
  private reported: ReadonlyMap<string, ReportedTracker> = new Map();
  private readonly notifications = new NotificationState();
  /** Final transitions of alerts whose rule or target was removed. */
  private readonly ended: Transition[] = [];
  private readonly options: EngineOptions;
  private keep: ReadonlyMap<string, number> = new Map();
  private kinds: ReadonlyMap<string, string | null> = new Map();
  private readonly ticks: ClockMonitor;
  private forgotAt: number;
  private doubted: { readonly metrics: number; readonly at: number; readonly faults: readonly RuleFault[] } | null =
    null;

  constructor(options: EngineOptions, nowMono: number, nowWall: number) {
    this.options = options;
    this.store = new Store({
      keepMs: (metric) => this.keep.get(metric) ?? this.keep.get('') ?? null,
      kindOf: (metric) => this.kinds.get(metric) ?? null,
    });
    this.replaceRules(options.rules, nowMono, nowWall);
    this.report(options.reported ?? []);
    this.silences = options.silences ?? [];
    this.ticks = new ClockMonitor(options.tickMs ?? 1000, nowMono, nowWall);
    this.forgotAt = nowMono;
    if (options.state) this.restore(options.state, nowMono, nowWall);
  }

  /** Adds the readings since the last step and evaluates every rule. `nowMono` never goes back. */
  step(readings: readonly RuleReading[], nowMono: number, nowWall: number): EngineResult {
    const clock = this.ticks.look(nowMono, nowWall);
    const awoke = clock.some(({ kind }) => kind === 'slept');
    if (awoke) for (const tracker of this.all()) tracker.wake(nowMono);
    const { since } = this.ticks;
    for (const reading of readings) {
      if (awoke && reading.at < nowWall - JUMP_MS) continue;
      this.store.ingest(reading, this.options.intervalOf(reading.target), nowMono);
    }
    const changed = new Map<string, AlertPhase>();
    const faults: RuleFault[] = [];
    for (const tracker of this.all()) {
      const moment = { source: this.store, now: nowMono, wall: nowWall, since, lookbackMs: null };
      const frozen = nowMono - since < SETTLE_MS + lookback(tracker.rule.expr);
      const changes = tracker.step(moment, frozen, (target) => this.store.readAt(target));
      for (const { key, before } of changes) changed.set(alertId(tracker.rule, key), before.phase);
      if (tracker.fault !== null) faults.push({ rule: tracker.rule.name, message: tracker.fault });
    }
    const news = this.notifications.tell(this.all(), changed, this.silences, nowMono, nowWall);
    const transitions = [...this.ended.splice(0), ...news];
    for (const tracker of this.all()) tracker.sweep(nowMono);
    if (nowMono - this.forgotAt >= FORGET_EVERY_MS) {
      this.store.forget(nowMono);
      this.silences = this.silences.filter(({ until }) => nowWall < until);
      this.forgotAt = nowMono;
    }
    return { transitions, clock, faults: [...faults, ...this.doubtful(nowMono)] };
  }

  active(nowMono: number, nowWall: number): ActiveAlert[] {
    const found: ActiveAlert[] = [];
    for (const { rule, alerts, since } of this.all()) {
      for (const [key, alert] of alerts) {
        if (!isActive(alert) && alert.phase !== 'pending') continue;
        const id = alertId(rule, key);
        const { flapping, suppression, acked } = this.notifications.of(id) ?? NEVER_TOLD;
        found.push({
          ...detailsOf(rule, id, alert),
          ...(rule.source === undefined ? {} : { source: rule.source }),
          phase: alert.phase,
          since: Math.min(nowWall, since ?? Math.round(nowWall - (nowMono - alert.activeAt))),
          unknown: alert.unknownSince !== null,
          ending: alert.falseSince !== null,
          flapping,
          suppression,
          acked: acked !== null && nowWall < acked.until ? acked : null,
        });
      }
    }
    return found;
  }

  /** What is reported from outside now; whatever is missing is over with the next step. */
  report(alerts: readonly ReportedAlert[]): void {
    const reported = new Map(alerts.map((one) => [one.alert, new ReportedTracker(one, this.reported.get(one.alert))]));
    for (const [alert, tracker] of this.reported)
      if (!reported.has(alert) && tracker.end()) reported.set(alert, tracker);
    this.reported = reported;
  }

  private all(): readonly Tracker[] {
    return [...this.trackers, ...this.reported.values()];
  }

  /** Null takes the acknowledgement back. */
  acknowledge(alert: string, acked: Acked | null): void {
    this.notifications.acknowledge(alert, acked);
  }

  /** Is `alert` known, and if so, does it come and go, so that not firing now is not its end? */
  flapping(alert: string): boolean | undefined {
    return this.notifications.of(alert)?.flapping;
  }

  addSilence(silence: Silence): void {
    this.silences = [...this.silences.filter(({ id }) => id !== silence.id), silence];
  }

  removeSilence(id: string): void {
    this.silences = this.silences.filter((silence) => silence.id !== id);
  }

  /** Alerts go on under the rule of the same id; the others end with the next step. */
  replaceRules(rules: readonly Rule[], nowMono: number, nowWall: number): void {
    const next = new Map(rules.map((rule) => [rule.id, new Tracker(rule)]));
    for (const { rule, alerts } of this.trackers) {
      const heir = next.get(rule.id);
      for (const [key, alert] of alerts)
        if (heir !== undefined) heir.alerts.set(key, alert);
        else this.end(rule, key, alert, 'its rule was removed', nowMono, nowWall);
    }
    this.keep = lookbacks(rules);
    this.kinds = kindsOf(rules);
    this.doubted = null;
    this.trackers = [...next.values()];
  }

  /** Forgets a target that is not polled any more; its alerts end with the next step. */
  dropTarget(target: string, nowMono: number, nowWall: number): void {
    this.store.drop(target);
    for (const { rule, alerts } of this.trackers) {
      for (const [key, alert] of alerts) {
        if (alert.labels['target'] !== target) continue;
        this.end(rule, key, alert, 'its target is watched no more', nowMono, nowWall);
        alerts.delete(key);
      }
    }
  }

  private end(rule: Rule, key: string, alert: Alert, why: string, nowMono: number, nowWall: number): void {
    const last = this.notifications.end(rule, key, alert, why, nowMono, nowWall);
    if (last !== null) this.ended.push(last);
  }

  /** What must survive a restart. */
  save(nowMono: number, nowWall: number): EngineState {
    const told = (rule: Rule, key: string): Notification => this.notifications.of(alertId(rule, key)) ?? NEVER_TOLD;
    const alerts = this.all().flatMap(({ rule, alerts }) =>
      [...alerts].map(([key, alert]) => saveAlert(rule.id, alert, told(rule, key), nowMono)),
    );
    return { savedAt: nowWall, alerts };
  }

  private doubtful(now: number): readonly RuleFault[] {
    const { doubted } = this;
    const { types } = this.store;
    if (doubted !== null && (doubted.metrics === types.size || now - doubted.at < DOUBT_EVERY_MS))
      return doubted.faults;
    const rules = this.trackers.map(({ rule }) => rule);
    const faults = doubtsOf(rules, types).map(({ rule, message }) => ({ rule: rule.name, message }));
    this.doubted = { metrics: types.size, at: now, faults };
    return faults;
  }

  private restore(state: EngineState, nowMono: number, nowWall: number): void {
    const trackers = new Map(this.all().map((tracker) => [tracker.rule.id, tracker]));
    const downMs = Math.max(0, nowWall - state.savedAt);
    for (const saved of state.alerts) {
      const tracker = trackers.get(saved.rule);
      const restored = tracker === undefined ? null : restoreAlert(saved, downMs, nowMono);
      if (tracker === undefined || restored === null) continue;
      const key = keyOf(saved.labels);
      tracker.alerts.set(key, restored.alert);
      this.notifications.restore(alertId(tracker.rule, key), restored.notification);
    }
  }
}

/** The kind of target of each metric; null: any. */
const kindsOf = (rules: readonly Rule[]): Map<string, string | null> =>
  new Map(rules.flatMap(({ metrics }) => metrics.map(({ name, kind }) => [name, kind] as const)));

/** How far back the rules look at each metric, ms; '' stands for selectors without a name. */
function lookbacks(rules: readonly Rule[]): Map<string, number> {
  const keep = new Map<string, number>();
  for (const rule of rules) {
    // A rate per hour looks back an hour.
    const least = /\/\s*h\b/.test(rule.text) ? 3_600_000 : 60_000;
    for (const selector of selectors(rule.expr)) {
      const back = Math.max(least, lookback(selector));
      keep.set(selector.name, Math.max(keep.get(selector.name) ?? 0, back));
    }
  }
  const all = keep.get('') ?? 0;
  for (const [name, back] of keep) keep.set(name, Math.max(back, all));
  return keep;
}
