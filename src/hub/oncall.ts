/** Who is on call: the plan of the configuration with the overrides people made, told to every console. */
import type { OnCall } from '../incident/paging.ts';
import type { Instant } from '../incident/vocabulary.ts';
import { nextHandOffAt, personOf, type OncallPlan, type Override } from '../oncall/plan.ts';
import { routeAt, tableFrom } from '../oncall/shifts.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import type { HubState } from '../incident/hub-state.ts';
import type { Connections } from './connections.ts';
import type { HubContext } from './hub-context.ts';

interface OncallContext extends Pick<HubContext, 'clock' | 'say' | 'settings'> {
  readonly connections: Connections;
  /** Overrides made by command, the newest first. */
  readonly record: { readonly state: Pick<HubState, 'overrides'> };
}

/** The table is told again after this long at the latest; ms. Timers do not reach further than 24 days. */
const REFRESH_MS = 24 * 3_600_000;

export class Oncall {
  readonly #context: OncallContext;
  #plan: OncallPlan | null = null;
  #told: FromHub = { type: 'oncall', table: null };
  #timer: NodeJS.Timeout | undefined;

  constructor(context: OncallContext) {
    this.#context = context;
    this.#refresh();
  }

  /** With the overrides made by command, which go before those of the configuration. Null: there is no on-call. */
  get plan(): OncallPlan | null {
    return this.#plan;
  }

  /** Who stands on each level of `route` at `at`, ms since 1970; null: nobody. */
  route(route: string, at: number): OnCall {
    return routeAt(this.#plan ?? NOBODY, route, at);
  }

  /** The part of a decision's context that says who is on call `now`; empty without on-call. */
  at(now: Instant): { readonly onCall?: (route: string) => OnCall; readonly onCallName?: (alias: string) => string } {
    const plan = this.#plan;
    if (plan === null) return {};
    return {
      onCall: (route) => this.route(route, Date.parse(now)),
      onCallName: (alias) => personOf(plan, alias)?.name ?? alias,
    };
  }

  /** For a console that just came in. */
  greet(connection: Pick<Connection, 'send'>): void {
    connection.send(this.#told);
  }

  /** The configuration or an override changed: everybody is told. */
  changed(): void {
    this.#refresh();
    const { connections } = this.#context;
    connections.tell(this.#told, connections.sessions);
  }

  close(): void {
    clearTimeout(this.#timer);
  }

  /** Makes the table again, and once more when somebody hands off. */
  #refresh(): void {
    const now = this.#context.clock.wall();
    this.#plan = this.#whole();
    const table = this.#plan === null ? null : tableFrom(this.#plan, now);
    this.#told = { type: 'oncall', table };
    clearTimeout(this.#timer);
    if (table === null) return;
    const next = nextHandOffAt(table, now) ?? Infinity;
    this.#timer = setTimeout(() => this.changed(), Math.max(1, Math.min(next - now, REFRESH_MS))).unref();
  }

  #whole(): OncallPlan | null {
    const plan = this.#context.settings.current.oncall ?? null;
    if (plan === null) return null;
    const made = this.#context.record.state.overrides.flatMap(({ id, by, ...override }): Override[] => {
      const { rotation, name } = override;
      if (personOf(plan, name) !== null && plan.rotations.some((one) => one.name === rotation))
        return [{ ...override, made: { id, by } }];
      this.#context.say(
        `the override of ${rotation} by ${name} does not count: oncall.yaml has no such rotation or person`,
      );
      return [];
    });
    return { ...plan, overrides: [...made, ...plan.overrides] };
  }
}

const NOBODY: OncallPlan = { people: [], rotations: [], overrides: [], routes: {} };
