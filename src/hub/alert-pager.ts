/** Calls people for alerts that belong to no incident: executes in the hub's record what the policy wants. */
import type { HubRecordCommand } from '../incident/hub-record.ts';
import { isOn } from '../incident/incident.ts';
import { dueLevels, type Paging } from '../incident/paging.ts';
import { alertPaging, type FiringAlert } from '../incident/policies.ts';
import { ownValue } from '../incident/topic.ts';
import type { Instant } from '../incident/vocabulary.ts';
import type { AlertView } from '../protocol/messages.ts';
import type { HubParts } from './hub-parts.ts';
import { submissionOf, type CommandResult } from './submission.ts';

type AlertPagerContext = Pick<HubParts, 'clock' | 'newId' | 'say' | 'record' | 'rooms' | 'policy'>;
/** What the rules know of alerts besides what consoles are told. */
interface AlertFacts {
  /** An open incident has it, or is about to. */
  isTaken(alert: string): boolean;
  /** When it began to fire. */
  firedAt(alert: string): Instant | undefined;
  /** It does not fire, and is not only between two of its flaps. */
  isOver(alert: string): boolean;
}

export class AlertPager {
  readonly #context: AlertPagerContext;
  /** By key: commands on their way into the record. */
  readonly #inFlight = new Map<string, { readonly alert: string; readonly done: Promise<void> }>();
  /** Alerts for which an incident is being declared: it takes over what was paged by then. */
  readonly #declaring = new Set<string>();
  /** The last refusal, said once. */
  #refusal = '';

  constructor(context: AlertPagerContext) {
    this.#context = context;
  }

  /** Called with every step of the rules. */
  evaluate(views: readonly AlertView[], facts: AlertFacts): void {
    const { clock, policy, record } = this.#context;
    const firing = views.filter(({ state }) => isOn(state)).map((view) => firingAlert(view, facts));
    const { commands } = alertPaging(firing, (alert) => facts.isOver(alert), record.state, clock.wall(), policy());
    for (const { key, command } of commands) {
      if (this.#inFlight.has(key) || this.#declaring.has(command.alert)) continue;
      const done = this.#execute(key, command).finally(() => this.#inFlight.delete(key));
      this.#inFlight.set(key, { alert: command.alert, done });
    }
  }

  async #execute(key: string, command: HubRecordCommand): Promise<void> {
    const { record, say } = this.#context;
    const sender = { client: `policy ${key}`, name: 'hub', via: 'hub' } as const;
    const result: CommandResult = await record.execute(submissionOf(this.#context, null, command, sender));
    // Refused because it changed meanwhile: the next step knows better.
    if (!('refused' in result) || result.refused === 'conflict' || result.refused === 'not_now') return;
    if (result.reason !== this.#refusal) say(`"${key}" is not in the hub's record yet: ${result.reason}`);
    this.#refusal = result.reason;
  }

  /** Nobody is called for `alert` until the answer is called; what is on its way is recorded first. */
  async hold(alert: string): Promise<() => void> {
    this.#declaring.add(alert);
    await Promise.all([...this.#inFlight.values()].map((one) => (one.alert === alert ? one.done : undefined)));
    return () => void this.#declaring.delete(alert);
  }

  /** Who was called for `alert`, as the hub's record has it, or the incident declared for it. */
  pagingOf(alert: string): Paging | undefined {
    const { record, rooms } = this.#context;
    return (
      ownValue(record.state.paging, alert) ?? rooms.open().find(({ state }) => state.alert === alert)?.state.paging
    );
  }

  /** The same as consoles are told it. */
  view({ alert, severity }: Pick<AlertView, 'alert' | 'severity'>): Pick<AlertView, 'paged' | 'escalatesAt' | 'held'> {
    const paging = this.pagingOf(alert);
    if (paging === undefined || paging.pages.length + (paging.held ? 1 : 0) === 0) return {};
    const { nextDue } = dueLevels(
      paging,
      severity,
      this.#context.policy().escalation.l3AfterL2Ms,
      this.#context.clock.wall(),
    );
    return {
      paged: paging.pages,
      ...(nextDue === null ? {} : { escalatesAt: new Date(nextDue).toISOString() }),
      ...(paging.held === undefined ? {} : { held: paging.held }),
    };
  }
}

function firingAlert(view: AlertView, facts: AlertFacts): FiringAlert {
  const { alert, severity, summary, route = null, since, unknown, incident, silencedUntil, inhibited } = view;
  return {
    alert,
    severity,
    summary,
    route,
    since: facts.firedAt(alert) ?? since,
    isUnknown: unknown === true,
    quiet:
      incident !== null || facts.isTaken(alert)
        ? 'incident'
        : silencedUntil !== undefined
          ? 'silenced'
          : inhibited !== undefined
            ? 'inhibited'
            : null,
  };
}
