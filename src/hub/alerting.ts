/** Runs the alert rules: readings in, alerts out to consoles and into open records. */
import type { AlertEpisode } from '../incident/context.ts';
import type { Refusal } from '../incident/decision.ts';
import type { HubEvent } from '../incident/hub-record.ts';
import { isOn } from '../incident/incident.ts';
import type { Severity } from '../incident/severity.ts';
import { ownValue } from '../incident/topic.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { errorMessage } from '../incident/words.ts';
import type { AlertView, SilenceView } from '../protocol/messages.ts';
import type { Reading } from '../protocol/reading.ts';
import { Engine, type ActiveAlert, type RuleFault } from '../rules/engine.ts';
import { expressionKey } from '../rules/expr.ts';
import type { ReportedAlert } from '../rules/reported.ts';
import type { Rule } from '../rules/rule.ts';
import type { SavedAlert } from '../rules/saved-alert.ts';
import type { Transition } from '../rules/notification-state.ts';
import { AlertBroadcaster, asSilence, usable, type KnownAlerts } from './alert-broadcaster.ts';
import { AlertMemory, type SavedAlerts } from './alert-memory.ts';
import { AnnouncedAlerts } from './announced-alerts.ts';
import type { Connection } from './connection.ts';
import type { AlertPager } from './alert-pager.ts';
import type { Stats } from './hub-options.ts';
import type { HubParts } from './hub-parts.ts';
import { rulesFor } from './settings.ts';
import type { Batch, Subscriber } from './subscribers.ts';

type AlertingContext = HubParts & {
  readonly read: { readonly alerts: SavedAlerts | null };
  readonly pager: AlertPager;
  readonly alerting: Pick<Alerting, 'home'>;
};

/** Without saved state, an alert that still fires is found again within this long; ms. */
const SETTLE_MS = 120_000;

/** Identifies what a rule measures, without clauses such as `for 5m`. */
const asks = ({ dialect, expr }: Rule): string => `${dialect} ${expressionKey(expr)}`;

export class Alerting implements Subscriber {
  readonly name = 'alerts';
  readonly #context: AlertingContext;
  readonly #engine: Engine;
  readonly #broadcaster: AlertBroadcaster;
  readonly #memory: AlertMemory;
  #timer: NodeJS.Timeout | null = null;
  #rules: readonly Rule[];
  #readings: Reading[] = [];
  readonly #announced: AnnouncedAlerts;
  #faults: readonly RuleFault[] = [];
  #reported: readonly ReportedAlert[];
  /** When to look for recorded alerts the engine does not know; null: not needed. */
  #straysAt: number | null;
  /** The last evaluation fault; each is reported once. */
  #fault = '';

  constructor(context: AlertingContext) {
    const { clock, limits, settings, intakes, record } = context;
    const saved = context.read.alerts;
    this.#context = context;
    this.#reported = intakes.reported();
    this.#rules = rulesFor(settings.current);
    this.#broadcaster = new AlertBroadcaster(context);
    this.#memory = new AlertMemory(context, () => this.#saved());
    const { silences, acknowledgements } = record.state;
    this.#engine = new Engine(
      {
        rules: this.#rules,
        reported: this.#reported,
        silences: usable(silences),
        state: saved,
        intervalOf: (target) => settings.target(target)?.intervalMs ?? 1_000,
        tickMs: limits.stepMs,
      },
      clock.mono(),
      clock.wall(),
    );
    for (const [alert, { by, at, until }] of Object.entries(acknowledgements))
      this.#engine.acknowledge(alert, { by, at: Date.parse(at), until: Date.parse(until) });
    this.#straysAt = saved === null ? clock.mono() + SETTLE_MS : null;
    this.#announced = new AnnouncedAlerts(context, saved?.announced ?? [], () => this.#memory.changed());
    // Those whose rule is gone.
    this.#announced.endOthers(this.#ids());
  }

  start(): void {
    this.#timer ??= setInterval(() => this.step(), this.#context.limits.stepMs);
  }

  take(reading: Reading): void {
    this.#readings.push(reading);
  }

  handle(_incident: string, { events }: Batch): void {
    this.#announced.changed();
    if (events.some(({ kind }) => kind === 'declared')) this.#announced.record();
  }

  apply(events: readonly HubEvent[]): void {
    for (const event of events) this.#apply(event);
    this.#broadcaster.tell(this.#known());
  }

  #apply(event: HubEvent): void {
    switch (event.kind) {
      case 'silenced': {
        const silence = asSilence({ ...event.data, id: event.id, by: event.by.name });
        if (typeof silence !== 'string') this.#engine.addSilence(silence);
        return;
      }
      case 'silence_ended':
        return this.#engine.removeSilence(event.data.id);
      case 'alert_acknowledged': {
        const { alert, until } = event.data;
        const times = { at: Date.parse(event.at), until: Date.parse(until) };
        return this.#engine.acknowledge(alert, { by: event.by.name, ...times });
      }
      case 'acknowledgement_expired':
        return this.#engine.acknowledge(event.data.alert, null);
    }
  }

  /** Evaluates, records changes, tells consoles. Never throws: faulty rules must not stop the hub. */
  step(): void {
    const { say, pager } = this.#context;
    const readings = this.#readings.splice(0);
    try {
      this.#takeReported();
      const { transitions, clock: jumps, faults } = this.#engine.step(readings, ...this.#now);
      for (const transition of transitions) this.#announce(transition);
      for (const { kind, ms } of jumps)
        say(kind === 'slept' ? `nothing ran for ${ms} ms: pending alerts start anew` : `the clock was set by ${ms} ms`);
      this.#faults = faults;
      this.#fault = '';
    } catch (error) {
      const fault = `the rules could not be evaluated: ${errorMessage(error)}`;
      if (fault !== this.#fault) say(fault);
      this.#fault = fault;
    }
    this.#endStrays();
    this.#announced.record();
    const known = this.#known();
    const views = this.#broadcaster.views(known);
    pager.evaluate(views, this);
    for (const view of views) this.#keepAcknowledged(view);
    this.#broadcaster.tell(known, views);
    this.#memory.saveIfDue(() => this.counts().pending > 0);
  }

  #takeReported(): void {
    const reported = this.#context.intakes.reported();
    if (reported !== this.#reported) this.#engine.report(reported);
    this.#reported = reported;
  }

  greet(connection: Pick<Connection, 'send'>): void {
    connection.send(this.#broadcaster.list(this.#known()));
  }

  /** The id of the running incident that has the alert, or is about to; null: none. */
  home(alert: string): string | null {
    return this.#announced.home(alert);
  }

  /** The acknowledgement of an alert in an incident holds as long as somebody writes there. */
  #keepAcknowledged({ alert, severity, incident, acked }: AlertView): void {
    if (incident === null || acked === undefined) return;
    const written = this.#context.rooms.get(incident)?.state.lastWrittenAt;
    const until = Date.parse(written ?? '') + this.#context.policy().escalation.ackSilentMs[severity];
    if (until > Date.parse(acked.until))
      this.#engine.acknowledge(alert, { by: acked.by, at: Date.parse(acked.at), until });
  }

  isTaken(alert: string): boolean {
    return this.#announced.isTaken(alert);
  }

  firedAt(alert: string): Instant | undefined {
    return this.#announced.firedAt(alert);
  }

  /** As it is now; of one that is over, as it was announced. */
  severityOf(alert: string): Severity {
    const active = this.#active().find((one) => one.alert === alert);
    return active?.severity ?? this.#announced.of(alert)?.severity ?? 'SEV-2';
  }

  /** The alerts that fire, and since when. */
  fired(): readonly { readonly alert: string; readonly since: Instant }[] {
    return this.#announced.all().flatMap(({ alert, to, at }) => (isOn(to) ? [{ alert, since: iso(at) }] : []));
  }

  isOver(alert: string): boolean {
    // An alert nobody has seen yet may still be found again.
    const flapping = this.#engine.flapping(alert);
    return flapping === undefined ? this.#straysAt === null : !flapping;
  }

  /** What an incident declared for `alert` takes over; undefined: it does not fire. */
  episode(alert: string): AlertEpisode | undefined {
    const found = this.#active().find((active) => active.alert === alert);
    if (found === undefined || !isOn(found.phase)) return undefined;
    const { acked, route, since } = found;
    return {
      detectedAt: this.firedAt(alert) ?? iso(since),
      route,
      acked: acked && { by: acked.by, at: iso(acked.at) },
      pages: ownValue(this.#context.record.state.paging, alert)?.pages ?? [],
    };
  }

  /** Acknowledged alerts as the engine has them. */
  acknowledged() {
    return this.#active().flatMap(({ alert, acked }) =>
      acked === null ? [] : [{ alert, by: acked.by, at: iso(acked.at), until: iso(acked.until) }],
    );
  }

  /** The alert as it fires, or why nobody can act on it now. */
  firing(alert: string): ActiveAlert | Refusal {
    const found = this.#active().find((active) => active.alert === alert);
    if (found === undefined) return { refused: 'not_found', reason: `no alert "${alert}" fires` };
    if (found.phase === 'pending')
      return { refused: 'not_now', reason: `"${alert}" waits: it may be over before it fires` };
    return found;
  }

  /** Replaces the rules. Alerts of a rule whose expression is unchanged go on; those of a changed one start anew. */
  replaceRules(rules: readonly Rule[]): void {
    const before = new Map(this.#rules.map((rule) => [rule.id, asks(rule)]));
    const changed = rules.filter((rule) => before.has(rule.id) && before.get(rule.id) !== asks(rule));
    const ids = new Set(changed.map(({ id }) => id));
    // Removing the changed rules first ends their alerts.
    const unchanged = this.#rules.filter(({ id }) => !ids.has(id));
    if (ids.size > 0) this.#engine.replaceRules(unchanged, ...this.#now);
    this.#engine.replaceRules(rules, ...this.#now);
    this.#rules = rules;
    this.#memory.changed();
  }

  /** Ends the alerts of a target that is no longer polled. */
  dropTarget(target: string): void {
    this.#engine.dropTarget(target, ...this.#now);
    this.#readings = this.#readings.filter((reading) => reading.target !== target);
    this.#memory.changed();
  }

  ruleNames(): readonly string[] {
    return [...this.#rules.map(({ name }) => name), ...this.#active().map(({ rule }) => rule)];
  }

  counts(): Stats['alerts'] {
    const active = this.#active();
    const firing = active.filter(({ phase }) => isOn(phase)).length;
    return {
      firing,
      pending: active.length - firing,
      silences: this.#silences().length,
      rules: this.#rules.length,
      faults: this.#faults.length,
    };
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#memory.save();
  }

  #announce(transition: Transition): void {
    const { suppression, to } = transition;
    this.#memory.changed();
    if (suppression === null && to !== 'pending' && to !== 'inactive') this.#announced.announce(transition);
  }

  /** Without saved state: alerts that are recorded as firing and not found again have ended. */
  #endStrays(): void {
    const { clock, record } = this.#context;
    if (this.#straysAt === null || clock.mono() < this.#straysAt) return;
    this.#straysAt = null;
    const known = this.#ids();
    const ours = new Set(this.#rules.map(({ name }) => name));
    const { over } = record.state.reports;
    this.#announced.expire(({ alert, rule }) => !known.has(alert) && (ours.has(rule) || over[alert] !== undefined));
  }

  #ids(): ReadonlySet<string> {
    return new Set(this.#active().map(({ alert }) => alert));
  }

  /** The clocks, as the engine takes them. */
  get #now(): readonly [mono: number, wall: number] {
    const { clock } = this.#context;
    return [clock.mono(), clock.wall()];
  }

  #active(): readonly ActiveAlert[] {
    return this.#engine.active(...this.#now);
  }

  #known(): KnownAlerts {
    return {
      active: this.#active(),
      silences: this.#silences(),
      faults: [...this.#faults, ...this.#context.intakes.faults()],
    };
  }

  #silences(): readonly SilenceView[] {
    const { clock, record } = this.#context;
    const now = iso(clock.wall());
    return record.state.silences.filter(({ until }) => now < until);
  }

  #saved(): SavedAlerts {
    const { alerts, savedAt } = this.#engine.save(...this.#now);
    // Acknowledgements are kept in the hub's record.
    return { savedAt, alerts: alerts.map(withoutAcked), announced: this.#announced.all() };
  }
}

const withoutAcked = ({ acked: _acked, ...alert }: SavedAlert): SavedAlert => alert;
const iso = (ms: number): Instant => new Date(ms).toISOString();
