/** The rules at work in the hub: readings in, alerts out to every console, their transitions into the open records. */
import { randomUUID } from 'node:crypto';
import { createEngine, type Engine, type RuleFault } from '../rules/engine.ts';
import type { Refusal } from '../incident/decision.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { expressionKey } from '../rules/expr.ts';
import type { Rule } from '../rules/rule.ts';
import type { Transition } from '../rules/transition.ts';
import type { Reading } from '../protocol/reading.ts';
import type { SilenceView } from '../protocol/messages.ts';
import { AlertBroadcaster, asSilence, usable, type AlertBroadcasterContext, type Known } from './alert-broadcaster.ts';
import { AlertKeeper } from './alertkeeper.ts';
import { readRemembered, type Remembered } from './alertsfile.ts';
import { isOn, AlertRecorder, type Announced, type AlertRecorderContext } from './alert-recorder.ts';
import type { Connection } from './connection.ts';

export interface AlertingOptions extends Omit<AlertRecorderContext, 'run'>, AlertBroadcasterContext {
  readonly dataDir: string;
  readonly rules: readonly Rule[];
  /** How long somebody who acknowledged an alert is taken to be on it. */
  readonly ackExpiresMs: () => number;
  /** How often a target is polled, ms. */
  readonly intervalOf: (target: string) => number;
}
export interface AlertCounts {
  readonly firing: number;
  readonly pending: number;
  readonly silences: number;
  readonly rules: number;
  readonly faults: number;
}

/** Without a memory, an alert that still fires is found again within this long; ms. */
const SETTLE_MS = 120_000;
/** A silence that ended is remembered for so long, so that a command sent again does not begin it anew; ms. */
const REMEMBER_MS = 86_400_000;

/** What a rule asks of its metrics, without its clauses: `for 5m` may stand in the condition or beside it. */
const asks = ({ dialect, expr }: Rule): string => `${dialect} ${expressionKey(expr)}`;

const clockOf = (ms: number): string => `${new Date(ms).toISOString().slice(11, 19)}Z`;

export class Alerting {
  readonly #options: AlertingOptions;
  readonly #alertRecorder: AlertRecorder;
  readonly #engine: Engine;
  readonly #broadcaster: AlertBroadcaster;
  readonly #keeper: AlertKeeper;
  #timer: NodeJS.Timeout | null = null;
  #rules: readonly Rule[];
  #readings: Reading[] = [];
  #announced: Map<string, Announced>;
  #silences: readonly SilenceView[];
  #faults: readonly RuleFault[] = [];
  /** When records are searched for alerts nobody remembers; null: there is no need to. */
  #straysAt: number | null;
  /** Why the rules could not be evaluated, last; said once. */
  #trouble: string | null = null;

  /** Takes up what a hub before this one knew. */
  static async open(options: AlertingOptions): Promise<Alerting> {
    return new Alerting(options, await readRemembered(options.dataDir, options.say));
  }

  private constructor(options: AlertingOptions, known: Remembered | null) {
    const { clock, rules, intervalOf, limits } = options;
    this.#options = options;
    this.#rules = rules;
    this.#alertRecorder = new AlertRecorder({ ...options, run: randomUUID() });
    this.#broadcaster = new AlertBroadcaster(options, (alert) => this.#alertRecorder.home(alert));
    this.#keeper = new AlertKeeper(options, () => this.#remembered());
    this.#silences = known?.silences ?? [];
    const state = known === null ? null : { ...known, silences: [] };
    const silences = usable(this.#silences);
    this.#engine = createEngine(
      { rules, silences, state, intervalOf, tickMs: limits.stepMs },
      clock.mono(),
      clock.wall(),
    );
    this.#straysAt = known === null ? clock.mono() + SETTLE_MS : null;
    this.#announced = new Map(known?.announced.map((one) => [one.alert, one]));
    this.#endOrphans();
  }

  start(): void {
    this.#timer ??= setInterval(() => this.step(), this.#options.limits.stepMs);
  }

  /** What was polled; looked at with the next step. */
  take(reading: Reading): void {
    this.#readings.push(reading);
  }

  /** Evaluates everything, writes down what changed, tells the consoles. Never throws: a hub outlives its rules. */
  step(): void {
    const { clock, say } = this.#options;
    const readings = this.#readings;
    this.#readings = [];
    try {
      const { transitions, clock: jumps, faults } = this.#engine.step(readings, clock.mono(), clock.wall());
      for (const transition of transitions) this.#hear(transition);
      for (const { kind, ms } of jumps)
        say(
          kind === 'slept'
            ? `nothing ran for ${ms} ms: what waited begins to wait again`
            : `the clock was set by ${ms} ms`,
        );
      this.#faults = faults;
      this.#trouble = null;
    } catch (error) {
      const why = `the rules could not be evaluated: ${error instanceof Error ? error.message : String(error)}`;
      if (why !== this.#trouble) say(why);
      this.#trouble = why;
    }
    this.#endStrays();
    this.attach();
    this.#broadcaster.tell(this.#known());
    this.#keeper.keep(() => this.counts().pending > 0);
  }

  /** Brings every alert into the record it belongs to: after each step, and when an incident began. */
  attach(): void {
    const worstFirst = [...this.#announced.values()].sort((a, b) => (a.severity < b.severity ? -1 : 1));
    for (const one of worstFirst)
      if (this.#alertRecorder.write(one)) {
        this.#announced.delete(one.alert);
        this.#keeper.changed();
      }
  }

  /** Everything there is, for a console that just came in. */
  greet(connection: Connection): void {
    connection.send(this.#broadcaster.list(this.#known()));
  }

  /**
   * `by` is on this alert from now on, and still when asked again; on disk when it resolves. Answers until when, and the
   * incident it belongs to.
   */
  async acknowledge(
    id: string,
    by: string,
  ): Promise<{ readonly until: Instant; readonly home: string | null } | Refusal> {
    const { clock, ackExpiresMs } = this.#options;
    const [mono, wall] = [clock.mono(), clock.wall()];
    const found = this.#engine.active(mono, wall).find(({ alert }) => alert === id);
    if (found === undefined) return { refused: 'not_found', reason: `no alert "${id}" fires` };
    if (found.phase === 'pending')
      return { refused: 'not_now', reason: `"${id}" waits: it may be over before it fires` };
    const { acked } = found;
    if (acked !== null && acked.by !== by)
      return { refused: 'conflict', reason: `${acked.by} acknowledged it at ${clockOf(acked.at)}` };
    const until = wall + ackExpiresMs();
    this.#engine.acknowledge(id, { by, at: acked?.at ?? wall, until });
    const fault = await this.#keeper.save();
    if (fault !== null) this.#engine.acknowledge(id, acked);
    this.#broadcaster.tell(this.#known());
    if (fault !== null) throw new Error(fault);
    return { until: new Date(until).toISOString(), home: this.#alertRecorder.home(id) };
  }

  /** A silence from now on; on disk when it resolves. The same id again changes nothing. Answers what is wrong, or null. */
  async silence(asked: SilenceView): Promise<string | null> {
    if (this.#silences.some(({ id }) => id === asked.id)) return null;
    const silence = asSilence(asked);
    if (typeof silence === 'string') return silence;
    this.#silences = [...this.#silences, asked];
    this.#engine.addSilence(silence);
    this.#broadcaster.tell(this.#known());
    return this.#keeper.save();
  }

  /** Ends a silence now; on disk when it resolves. */
  async unsilence(id: string): Promise<SilenceView | null> {
    const found = this.#current().find((silence) => silence.id === id);
    if (found === undefined) return null;
    const until = new Date(this.#options.clock.wall()).toISOString();
    this.#silences = this.#silences.map((silence) => (silence === found ? { ...silence, until } : silence));
    this.#engine.removeSilence(id);
    this.#broadcaster.tell(this.#known());
    await this.#keeper.save();
    return found;
  }

  /**
   * Other rules from now on: alerts of a rule that asks what it asked go on, for how long and what for it may be; those of
   * others begin anew.
   */
  replaceRules(rules: readonly Rule[]): void {
    const { clock } = this.#options;
    const before = new Map(this.#rules.map((rule) => [rule.id, asks(rule)]));
    const changed = rules.filter((rule) => before.has(rule.id) && before.get(rule.id) !== asks(rule));
    const ids = new Set(changed.map(({ id }) => id));
    // Without the changed ones first: their alerts end there.
    if (ids.size > 0)
      this.#engine.replaceRules(
        this.#rules.filter(({ id }) => !ids.has(id)),
        clock.mono(),
        clock.wall(),
      );
    this.#engine.replaceRules(rules, clock.mono(), clock.wall());
    this.#rules = rules;
    this.#keeper.changed();
  }

  /** A target that is not polled any more. */
  dropTarget(target: string): void {
    const { clock } = this.#options;
    this.#engine.dropTarget(target, clock.mono(), clock.wall());
    this.#readings = this.#readings.filter((reading) => reading.target !== target);
    this.#keeper.changed();
  }

  counts(): AlertCounts {
    const { clock } = this.#options;
    const active = this.#engine.active(clock.mono(), clock.wall());
    const firing = active.filter(({ phase }) => isOn(phase)).length;
    return {
      firing,
      pending: active.length - firing,
      silences: this.#current().length,
      rules: this.#rules.length,
      faults: this.#faults.length,
    };
  }

  /** Stops, and puts what is known on disk. */
  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    await this.#keeper.save();
  }

  /** A change that people are to know: kept until every record it belongs to has it. */
  #hear(transition: Transition): void {
    this.#keeper.changed();
    const { alert, rule, from, to, severity, summary, labels, runbook, at, suppression } = transition;
    if (suppression !== null || to === 'pending' || to === 'inactive') return;
    this.#announced.set(alert, { alert, rule, from, to, severity, summary, labels, runbook, at });
  }

  /** Alerts people were told of, of rules that are gone since. */
  #endOrphans(): void {
    const { clock } = this.#options;
    const known = new Set(this.#engine.active(clock.mono(), clock.wall()).map(({ alert }) => alert));
    for (const one of this.#announced.values())
      if (isOn(one.to) && !known.has(one.alert))
        this.#announced.set(one.alert, { ...one, from: one.to, to: 'resolved', at: clock.wall() });
  }

  /** Alerts that open records say fire, of rules of ours, and that do not: without a memory nobody saw them end. */
  #endStrays(): void {
    const { clock, rooms } = this.#options;
    if (this.#straysAt === null || clock.mono() < this.#straysAt) return;
    this.#straysAt = null;
    const known = new Set(this.#engine.active(clock.mono(), clock.wall()).map(({ alert }) => alert));
    const ours = new Set(this.#rules.map(({ name }) => name));
    for (const { state } of rooms.open())
      for (const { alert, rule, state: from, severity, summary } of state.alerts) {
        if (!isOn(from) || known.has(alert) || !ours.has(rule)) continue;
        const stray = { alert, rule, severity, summary, labels: {}, runbook: null, at: clock.wall() };
        this.#announced.set(alert, { ...stray, from: 'firing', to: 'expired' });
      }
  }

  #known(): Known {
    const { clock } = this.#options;
    const active = this.#engine.active(clock.mono(), clock.wall());
    return { active, silences: this.#current(), faults: this.#faults };
  }

  #current(): readonly SilenceView[] {
    const now = new Date(this.#options.clock.wall()).toISOString();
    return this.#silences.filter(({ until }) => now < until);
  }

  #remembered(): Remembered {
    const { clock } = this.#options;
    const [mono, wall] = [clock.mono(), clock.wall()];
    this.#silences = this.#silences.filter(({ until }) => Date.parse(until) + REMEMBER_MS > wall);
    const { alerts } = this.#engine.save(mono, wall);
    return { version: 1, savedAt: wall, alerts, silences: this.#silences, announced: [...this.#announced.values()] };
  }
}
