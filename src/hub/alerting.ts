/** Runs the alert rules: readings in, alerts out to consoles and into open records. */
import type { AlertEpisode } from '../incident/context.ts';
import type { Refusal } from '../incident/decision.ts';
import type { HubEvent } from '../incident/hub-record.ts';
import type { HubState } from '../incident/hub-state.ts';
import { isOn } from '../incident/incident.ts';
import type { Policy } from '../incident/policy.ts';
import type { Severity } from '../incident/severity.ts';
import type { Instant } from '../incident/vocabulary.ts';
import type { AlertView, SilenceView } from '../protocol/messages.ts';
import type { Reading } from '../protocol/reading.ts';
import { Engine, type ActiveAlert, type RuleFault } from '../rules/engine.ts';
import { expressionKey } from '../rules/expr.ts';
import type { Rule } from '../rules/rule.ts';
import type { SavedAlert } from '../rules/saved-alert.ts';
import type { Transition } from '../rules/notification-state.ts';
import { AlertBroadcaster, asSilence, usable, type KnownAlerts } from './alert-broadcaster.ts';
import type { AlertPager } from './alert-pager.ts';
import { AlertMemory, type SavedAlerts } from './alert-memory.ts';
import { homeOf, missingEntries, stateIn, type AlertEntry, type AnnouncedAlert } from './alert-recorder.ts';
import type { Connection } from './connection.ts';
import type { HubContext } from './hub-context.ts';
import { RateLimiter } from './rate-limiter.ts';
import type { Rooms } from './rooms.ts';
import { messageOf } from './submission.ts';
import type { Batch, Subscriber } from './subscribers.ts';

export interface AlertingOptions extends Pick<HubContext, 'dataDir' | 'clock' | 'limits' | 'consoles' | 'say'> {
  readonly rules: readonly Rule[];
  readonly rooms: Pick<Rooms, 'open'>;
  readonly hubState: () => HubState;
  readonly pager: AlertPager;
  readonly policy: () => Policy;
  /** Resolves to true once the entry is recorded. */
  readonly record: (entry: AlertEntry) => Promise<boolean>;
  readonly intervalOf: (target: string) => number;
}
export interface AlertCounts {
  readonly firing: number;
  readonly pending: number;
  readonly silences: number;
  readonly rules: number;
  readonly faults: number;
}

/** Without saved state, an alert that still fires is found again within this long; ms. */
const SETTLE_MS = 120_000;
/** Burst of alert entries per record; beyond it one a second, each in its state by then. */
const ENTRIES_AT_ONCE = 50;

/** Identifies what a rule measures, without clauses such as `for 5m`. */
const asks = ({ dialect, expr }: Rule): string => `${dialect} ${expressionKey(expr)}`;

export class Alerting implements Subscriber {
  readonly name = 'alerts';
  readonly #options: AlertingOptions;
  readonly #engine: Engine;
  readonly #broadcaster: AlertBroadcaster;
  readonly #memory: AlertMemory;
  readonly #rateLimiter: RateLimiter;
  #timer: NodeJS.Timeout | null = null;
  #rules: readonly Rule[];
  #readings: Reading[] = [];
  readonly #announced: Map<string, AnnouncedAlert>;
  readonly #recording = new Map<string, string>();
  #isUnrecorded = true;
  #faults: readonly RuleFault[] = [];
  /** When to look for recorded alerts the engine does not know; null: not needed. */
  #straysAt: number | null;
  /** The last evaluation fault; each is reported once. */
  #fault = '';

  /** `saved`: state of an earlier run. */
  constructor(options: AlertingOptions, saved: SavedAlerts | null) {
    const { clock, rules, intervalOf, limits, hubState } = options;
    this.#options = options;
    this.#rules = rules;
    this.#rateLimiter = new RateLimiter(1, ENTRIES_AT_ONCE, clock);
    this.#broadcaster = new AlertBroadcaster(
      options,
      (alert) => this.home(alert),
      (view) => options.pager.view(view),
    );
    this.#memory = new AlertMemory(options, () => this.#saved());
    const { silences, acknowledgements } = hubState();
    const state = saved === null ? null : { ...saved, version: 1 as const, silences: [] };
    this.#engine = new Engine(
      { rules, silences: usable(silences), state, intervalOf, tickMs: limits.stepMs },
      clock.mono(),
      clock.wall(),
    );
    for (const [alert, { by, at, until }] of Object.entries(acknowledgements))
      this.#engine.acknowledge(alert, { by, at: Date.parse(at), until: Date.parse(until) });
    this.#straysAt = saved === null ? clock.mono() + SETTLE_MS : null;
    this.#announced = new Map(saved?.announced.map((one) => [one.alert, one]));
    this.#endOrphans();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.step(), this.#options.limits.stepMs);
  }

  take(reading: Reading): void {
    this.#readings.push(reading);
  }

  handle(_incident: string, { events }: Batch): void {
    this.#isUnrecorded = true;
    if (events.some(({ kind }) => kind === 'declared')) this.#record();
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
    const { say } = this.#options;
    const readings = this.#readings.splice(0);
    try {
      const { transitions, clock: jumps, faults } = this.#engine.step(readings, ...this.#now);
      for (const transition of transitions) this.#announce(transition);
      for (const { kind, ms } of jumps)
        say(kind === 'slept' ? `nothing ran for ${ms} ms: pending alerts start anew` : `the clock was set by ${ms} ms`);
      this.#faults = faults;
      this.#fault = '';
    } catch (error) {
      const fault = `the rules could not be evaluated: ${messageOf(error)}`;
      if (fault !== this.#fault) say(fault);
      this.#fault = fault;
    }
    this.#endStrays();
    if (this.#isUnrecorded) this.#record();
    const known = this.#known();
    const views = this.#broadcaster.views(known);
    this.#options.pager.evaluate(views, this);
    for (const view of views) this.#keepAcknowledged(view);
    this.#broadcaster.tell(known, views);
    this.#memory.saveIfDue(() => this.counts().pending > 0);
  }

  greet(connection: Connection): void {
    connection.send(this.#broadcaster.list(this.#known()));
  }

  /** The id of the running incident that has the alert, or is about to; null: none. */
  home(alert: string): string | null {
    return this.#recording.get(alert) ?? homeOf(alert, this.#open());
  }

  /** The acknowledgement of an alert in an incident holds as long as somebody writes there. */
  #keepAcknowledged({ alert, severity, incident, acked }: AlertView): void {
    if (incident === null || acked === undefined) return;
    const written = this.#open().find(({ id }) => id === incident)?.lastWrittenAt;
    const until = Date.parse(written ?? '') + this.#options.policy().escalation.ackSilentMs[severity];
    if (until > Date.parse(acked.until))
      this.#engine.acknowledge(alert, { by: acked.by, at: Date.parse(acked.at), until });
  }

  isTaken(alert: string): boolean {
    const open = this.#open();
    const one = this.#announced.get(alert);
    const isComing = one !== undefined && missingEntries(one, open, this.#options.clock.wall()).length > 0;
    return isComing || open.some((state) => (state.alert === alert && !state.drill) || stateIn(state, alert) !== null);
  }

  firedAt(alert: string): Instant | undefined {
    const one = this.#announced.get(alert);
    return one !== undefined && isOn(one.to) ? new Date(one.at).toISOString() : undefined;
  }

  /** As it is now; of one that is over, as it was announced. */
  severityOf(alert: string): Severity {
    const active = this.#active().find((one) => one.alert === alert);
    return active?.severity ?? this.#announced.get(alert)?.severity ?? 'SEV-2';
  }

  /** The alerts that fire, and since when. */
  fired(): readonly { readonly alert: string; readonly since: Instant }[] {
    return [...this.#announced.keys()].flatMap((alert) => {
      const since = this.firedAt(alert);
      return since === undefined ? [] : [{ alert, since }];
    });
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
    const iso = (ms: number): Instant => new Date(ms).toISOString();
    return {
      detectedAt: this.firedAt(alert) ?? iso(since),
      route,
      acked: acked && { by: acked.by, at: iso(acked.at) },
      pages: this.#options.hubState().paging[alert]?.pages ?? [],
    };
  }

  /** Acknowledged alerts as the engine has them. */
  acknowledged() {
    const iso = (ms: number): string => new Date(ms).toISOString();
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

  counts(): AlertCounts {
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

  /** Keeps a change until every record it belongs to has it. */
  #announce({ suppression, alert, rule, from, to, severity, summary, labels, runbook, at }: Transition): void {
    this.#memory.changed();
    if (suppression !== null || to === 'pending' || to === 'inactive') return;
    this.#announced.set(alert, { alert, rule, from, to, severity, summary, labels, runbook, at });
    this.#isUnrecorded = true;
  }

  /** Writes missing entries, worst alert first; drops resolved alerts that are recorded everywhere. */
  #record(): void {
    const open = this.#open();
    const worstFirst = [...this.#announced.values()].sort((a, b) => (a.severity < b.severity ? -1 : 1));
    this.#isUnrecorded = false;
    for (const one of worstFirst) {
      const entries = missingEntries(one, open, this.#options.clock.wall());
      for (const entry of entries) this.#write(one.alert, entry);
      if (entries.length > 0) this.#isUnrecorded = true;
      else if (!isOn(one.to)) {
        this.#announced.delete(one.alert);
        this.#memory.changed();
      }
    }
  }

  #write(alert: string, entry: AlertEntry): void {
    if (this.#recording.has(alert) || this.#rateLimiter.take(entry.incident) > 0) return;
    this.#recording.set(alert, entry.incident);
    void this.#options.record(entry).finally(() => this.#recording.delete(alert));
  }

  /** Resolves announced alerts whose rule is gone. */
  #endOrphans(): void {
    const known = new Set(this.#active().map(({ alert }) => alert));
    for (const one of this.#announced.values())
      if (isOn(one.to) && !known.has(one.alert))
        this.#announced.set(one.alert, { ...one, from: one.to, to: 'resolved', at: this.#options.clock.wall() });
  }

  /** Expires alerts that are recorded as firing and unknown to the engine: their end was missed. */
  #endStrays(): void {
    const { clock } = this.#options;
    if (this.#straysAt === null || clock.mono() < this.#straysAt) return;
    this.#straysAt = null;
    this.#isUnrecorded = true;
    const known = new Set(this.#active().map(({ alert }) => alert));
    const ours = new Set(this.#rules.map(({ name }) => name));
    for (const { alerts } of this.#open())
      for (const { alert, rule, state: from, severity, summary } of alerts) {
        if (!isOn(from) || known.has(alert) || !ours.has(rule)) continue;
        const stray = { alert, rule, severity, summary, labels: {}, runbook: null, at: clock.wall() };
        this.#announced.set(alert, { ...stray, from: 'firing', to: 'expired' });
      }
  }

  /** The clocks, as the engine takes them. */
  get #now(): readonly [mono: number, wall: number] {
    const { clock } = this.#options;
    return [clock.mono(), clock.wall()];
  }

  #open() {
    return this.#options.rooms.open().map(({ state }) => state);
  }

  #active(): readonly ActiveAlert[] {
    return this.#engine.active(...this.#now);
  }

  #known(): KnownAlerts {
    return { active: this.#active(), silences: this.#silences(), faults: this.#faults };
  }

  #silences(): readonly SilenceView[] {
    const now = new Date(this.#options.clock.wall()).toISOString();
    return this.#options.hubState().silences.filter(({ until }) => now < until);
  }

  #saved(): SavedAlerts {
    const { alerts, savedAt } = this.#engine.save(...this.#now);
    // Acknowledgements are kept in the hub's record.
    return { savedAt, alerts: alerts.map(withoutAcked), announced: [...this.#announced.values()] };
  }
}

const withoutAcked = ({ acked: _acked, ...alert }: SavedAlert): SavedAlert => alert;
