/** The alerts that are reported from outside now, as the engine takes them. */
import type { HubState } from '../incident/hub-state.ts';
import type { ReportedAlert } from '../rules/reported.ts';
import type { Heartbeats } from './heartbeats.ts';

export class ReportedAlerts {
  readonly #state: () => Pick<HubState, 'reports' | 'intakes'>;
  readonly #heartbeats: Pick<Heartbeats, 'overdue'>;
  #list: readonly ReportedAlert[] = [];
  /** What the list was made of. */
  #from: readonly unknown[] = [];

  constructor(state: () => Pick<HubState, 'reports' | 'intakes'>, heartbeats: Pick<Heartbeats, 'overdue'>) {
    this.#state = state;
    this.#heartbeats = heartbeats;
  }

  /** The same list as long as nothing changed. */
  now(): readonly ReportedAlert[] {
    const { reports, intakes } = this.#state();
    const overdue = this.#heartbeats.overdue();
    const from = [reports, intakes, ...overdue];
    if (from.length === this.#from.length && from.every((one, i) => one === this.#from[i])) return this.#list;
    const reported = Object.entries(reports.firing).map(([alert, { intake, startsAt, runbook, route, ...rest }]) => ({
      ...rest,
      alert,
      runbook: runbook ?? null,
      route: route ?? null,
      since: Date.parse(startsAt),
      isKnown: Object.hasOwn(intakes, intake),
    }));
    this.#from = from;
    this.#list = [...reported, ...overdue];
    return this.#list;
  }
}
