/** Alerts that people were told of, kept until every record they belong to has them. */
import { hasRoomForAlert } from '../incident/bounds.ts';
import type { Command } from '../incident/command.ts';
import { isEnded, isOn, type Incident } from '../incident/incident.ts';
import type { Instant } from '../incident/vocabulary.ts';
import type { Transition } from '../rules/notification-state.ts';
import type { HubParts } from './hub-parts.ts';
import { RateLimiter } from './rate-limiter.ts';

/** The latest announced state of an alert, and since when. */
type AnnouncedAlert = Pick<
  Transition,
  'alert' | 'rule' | 'from' | 'to' | 'severity' | 'summary' | 'labels' | 'runbook' | 'at'
>;
/** An entry that a record lacks. `key` is the same for the same change, also after a restart. */
interface AlertEntry {
  readonly incident: string;
  readonly key: string;
  readonly command: Extract<Command, { kind: 'change_alert' }>;
}

type AnnouncedAlertsContext = Pick<HubParts, 'clock' | 'rehearsal' | 'rooms' | 'scheduler'>;

/** Burst of alert entries per record; beyond it one a second, each in its state by then. */
const ENTRIES_AT_ONCE = 50;

export class AnnouncedAlerts {
  readonly #context: AnnouncedAlertsContext;
  readonly #onChanged: () => void;
  readonly #rateLimiter: RateLimiter;
  readonly #announced: Map<string, AnnouncedAlert>;
  readonly #recording = new Map<string, string>();
  #isUnrecorded = true;
  /** Asked for once per change of a record: there may be thousands of alerts to look up. */
  #open: readonly Incident[] | null = null;

  /** `onChanged`: what `all` answers is another. */
  constructor(context: AnnouncedAlertsContext, saved: readonly AnnouncedAlert[], onChanged: () => void) {
    this.#context = context;
    this.#onChanged = onChanged;
    this.#rateLimiter = new RateLimiter(1, ENTRIES_AT_ONCE, context.clock);
    this.#announced = new Map(saved.map((one) => [one.alert, one]));
  }

  all(): readonly AnnouncedAlert[] {
    return [...this.#announced.values()];
  }

  of(alert: string): AnnouncedAlert | undefined {
    return this.#announced.get(alert);
  }

  announce({ alert, rule, from, to, severity, summary, labels, runbook, at }: AnnouncedAlert): void {
    this.#announced.set(alert, { alert, rule, from, to, severity, summary, labels, runbook, at });
    this.#isUnrecorded = true;
    this.#onChanged();
  }

  /** Resolves those that are not among `known`. */
  endOthers(known: ReadonlySet<string>): void {
    for (const one of this.all())
      if (isOn(one.to) && !known.has(one.alert))
        this.announce({ ...one, from: one.to, to: 'resolved', at: this.#context.clock.wall() });
  }

  /** Expires alerts that records have as firing and whose end was missed. */
  expire(isGone: (alert: AnnouncedAlert) => boolean): void {
    for (const one of recordedAsFiring(this.#incidents(), this.#context.clock.wall()))
      if (isGone(one)) this.announce({ ...one, to: 'expired' });
  }

  /** Some record has changed. */
  changed(): void {
    this.#isUnrecorded = true;
    this.#open = null;
  }

  #incidents(): readonly Incident[] {
    return (this.#open ??= this.#context.rooms.open().map(({ state }) => state));
  }

  /** Writes missing entries, worst alert first; drops resolved alerts that are recorded everywhere. */
  record(): void {
    if (!this.#isUnrecorded) return;
    const worstFirst = [...this.#announced.values()].sort((a, b) => (a.severity < b.severity ? -1 : 1));
    this.#isUnrecorded = false;
    for (const one of worstFirst) {
      const entries = this.#missing(one);
      for (const entry of entries) this.#write(one.alert, entry);
      if (entries.length > 0) this.#isUnrecorded = true;
      else if (!isOn(one.to)) {
        this.#announced.delete(one.alert);
        this.#onChanged();
      }
    }
  }

  #missing(one: AnnouncedAlert): readonly AlertEntry[] {
    const { clock, rehearsal } = this.#context;
    return missingEntries(one, this.#incidents(), clock.wall(), rehearsal);
  }

  #write(alert: string, { incident, key, command }: AlertEntry): void {
    if (this.#recording.has(alert) || this.#rateLimiter.take(incident) > 0) return;
    this.#recording.set(alert, incident);
    const { scheduler } = this.#context;
    void scheduler.execute(incident, key, command, 'rules').finally(() => this.#recording.delete(alert));
  }

  /** The id of the running incident that has the alert, or is about to; null: none. */
  home(alert: string): string | null {
    return this.#recording.get(alert) ?? homeOf(alert, this.#incidents());
  }

  isTaken(alert: string): boolean {
    const open = this.#incidents();
    const one = this.#announced.get(alert);
    const isComing = one !== undefined && this.#missing(one).length > 0;
    const { rehearsal } = this.#context;
    const isFor = (state: Incident): boolean => state.alert === alert && state.drill === rehearsal;
    return isComing || open.some((state) => isFor(state) || stateIn(state, alert) !== null);
  }

  firedAt(alert: string): Instant | undefined {
    const one = this.#announced.get(alert);
    return one !== undefined && isOn(one.to) ? new Date(one.at).toISOString() : undefined;
  }
}

/** An incident in work takes new alerts. */
const isRunning = (state: Incident): boolean => state.status !== 'resolved' && !isEnded(state);

/** The states of a record's alerts: thousands are looked up between two changes. */
const indexes = new WeakMap<Incident['alerts'], ReadonlyMap<string, string>>();

/** The state of `alert` in the incident's record; null: not in it. */
function stateIn({ alerts }: Incident, alert: string): string | null {
  const index = indexes.get(alerts) ?? new Map(alerts.map((known) => [known.alert, known.state]));
  indexes.set(alerts, index);
  return index.get(alert) ?? null;
}

/** The id of the running incident that has `alert`; null: none. */
const homeOf = (alert: string, open: readonly Incident[]): string | null =>
  open.find((state) => isRunning(state) && stateIn(state, alert) !== null)?.id ?? null;

/** What the records of `open` (newest first) lack of `one`. `now`: ms since 1970; `rehearsal`: all is a drill. */
function missingEntries(
  one: AnnouncedAlert,
  open: readonly Incident[],
  now: number,
  rehearsal: boolean,
): readonly AlertEntry[] {
  const { alert, rule, to, severity, summary, labels, runbook } = one;
  return incidentsFor(one, open, rehearsal).flatMap((state) => {
    const from = stateIn(state, alert);
    if (from === to) return [];
    const at = new Date(Math.min(one.at, now)).toISOString();
    const command = {
      kind: 'change_alert',
      alert,
      rule,
      from: from ?? one.from,
      to,
      severity,
      summary,
      labels,
      ...(runbook === null ? {} : { runbook }),
      at,
    } as const;
    return [{ incident: state.id, key: `alert ${alert} ${command.from}-${to} ${at}`, command }];
  });
}

/** Incidents that have the alert; a firing one in no running incident also gets the one it fits best. */
function incidentsFor(
  { alert, to, runbook }: AnnouncedAlert,
  open: readonly Incident[],
  rehearsal: boolean,
): readonly Incident[] {
  const having = open.filter((state) => stateIn(state, alert) !== null);
  if (!isOn(to) || having.some(isRunning)) return having;
  const running = open.filter((state) => isRunning(state) && state.drill === rehearsal && hasRoomForAlert(state));
  const home =
    running.find((state) => state.alert === alert) ??
    (runbook === null ? undefined : running.find((state) => state.runbook === runbook)) ??
    running[0];
  return home === undefined ? having : [...having, home];
}

/** The alerts that records of `open` have as firing. */
const recordedAsFiring = (open: readonly Incident[], at: number): readonly AnnouncedAlert[] =>
  open.flatMap(({ alerts }) =>
    alerts.flatMap(({ alert, rule, state, severity, summary }) => {
      const phases = { from: 'firing', to: 'firing' } as const;
      return isOn(state) ? [{ alert, rule, severity, summary, labels: {}, runbook: null, ...phases, at }] : [];
    }),
  );
