/** Sends the list of alerts to consoles when it changes, worst first. */
import type { AlertView, FromHub, SilenceView } from '../protocol/messages.ts';
import type { ActiveAlert, RuleFault } from '../rules/engine.ts';
import { parseMatchers, silencedBy, type Silence } from '../rules/inhibition.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { AlertPager } from './alert-pager.ts';
import type { Connections } from './connections.ts';
import type { HubContext } from './hub-context.ts';
import type { Recorder } from './recorder.ts';

type Told = Extract<FromHub, { type: 'alerts' }>;
export interface KnownAlerts {
  readonly active: readonly ActiveAlert[];
  readonly silences: readonly SilenceView[];
  readonly faults: readonly RuleFault[];
}
interface AlertBroadcasterContext extends Pick<HubContext, 'clock' | 'limits'> {
  readonly connections: Pick<Connections, 'consoles'>;
  readonly recorder: Pick<Recorder, 'told'>;
  readonly pager: Pick<AlertPager, 'view'>;
  readonly alerting: { home(alert: string): string | null };
}

const TOLD = 200;
const SAME_MS = 2_000;
/** Extra wait per alert when only numbers changed: 200 alerts every second would be 70 KB/s per console. */
const NUMBERS_MS = 50;

export class AlertBroadcaster {
  readonly #context: AlertBroadcasterContext;
  /** Start times as sent before: clocks jitter between steps, and that must not count as a change. */
  #since = new Map<string, number>();
  /** The last list sent, the same without summaries (which hold the numbers), and when. */
  #told = { text: '', form: '', at: -Infinity };
  /** Consoles whose queue was full for the last list. */
  readonly #late = new Set<Connection>();

  constructor(context: AlertBroadcasterContext) {
    this.#context = context;
  }

  /** All of them, worst first. */
  views({ active, silences }: KnownAlerts): readonly AlertView[] {
    const quiet = usable(silences);
    this.#since = new Map(active.map(({ alert, since }) => [alert, steady(this.#since.get(alert), since)]));
    return active
      .map((alert) => this.#view(alert, quiet))
      .sort((a, b) => rank(a) - rank(b) || (a.since < b.since ? -1 : 1));
  }

  list(known: KnownAlerts, alerts = this.views(known)): Told {
    const { silences, faults } = known;
    return { type: 'alerts', alerts: alerts.slice(0, TOLD), total: alerts.length, silences, faults };
  }

  /** Sends changes only; a console with a full queue gets the list once it has room. */
  tell(known: KnownAlerts, views?: readonly AlertView[]): void {
    const { limits, connections, clock, recorder } = this.#context;
    const list = this.list(known, views);
    const text = JSON.stringify(list);
    const form = JSON.stringify({ ...list, alerts: list.alerts.map((alert) => ({ ...alert, summary: '' })) });
    const waits = form === this.#told.form && clock.mono() < this.#told.at + list.alerts.length * NUMBERS_MS;
    const changed = text !== this.#told.text && !waits;
    if (!changed && this.#late.size === 0) return;
    if (changed) {
      this.#told = { text, form, at: clock.mono() };
      recorder.told(list, text);
    }
    const frame = textFrame(text);
    const late = new Set(this.#late);
    this.#late.clear();
    for (const connection of connections.consoles()) {
      if (!changed && !late.has(connection)) continue;
      if (connection.waiting >= limits.softBufferBytes) this.#late.add(connection);
      else connection.write(frame);
    }
  }

  #view(active: ActiveAlert, silences: readonly Silence[]): AlertView {
    const { alert, rule, source, phase, severity, summary, runbook, route, labels } = active;
    const { unknown, ending, flapping, suppression, acked } = active;
    const { clock, alerting, pager } = this.#context;
    const silenced = silencedBy(silences, { ...labels, alertname: rule, severity }, clock.wall());
    return {
      alert,
      rule,
      state: phase === 'firing' || phase === 'no_data' ? phase : 'pending',
      severity,
      summary,
      since: iso(this.#since.get(alert) ?? active.since),
      runbook,
      labels,
      incident: alerting.home(alert),
      ...(silenced?.kind === 'silenced' ? { silencedUntil: iso(silenced.until) } : {}),
      ...(suppression?.kind === 'inhibited' ? { inhibited: suppression.by } : {}),
      ...(flapping ? { flapping } : {}),
      ...(unknown ? { unknown } : {}),
      ...(ending ? { ending } : {}),
      ...(source === undefined ? {} : { source }),
      ...(route === null ? {} : { route }),
      ...pager.view(active),
      ...(acked === null ? {} : { acked: { by: acked.by, at: iso(acked.at), until: iso(acked.until) } }),
    };
  }
}

/** The engine's form of a silence, or what is wrong with its matcher. */
export function asSilence({ id, matcher, by, why, until }: SilenceView): Silence | string {
  const matchers = parseMatchers(matcher);
  if (typeof matchers === 'string') return matchers;
  return { id, matchers, author: by, reason: why, until: Date.parse(until) };
}

export const usable = (silences: readonly SilenceView[]): readonly Silence[] =>
  silences.map((silence) => asSilence(silence)).filter((one) => typeof one !== 'string');

const iso = (ms: number): string => new Date(ms).toISOString();

/** Keeps the start time sent before unless it moved by more than clock jitter; ms since 1970. */
const steady = (before: number | undefined, now: number): number =>
  before !== undefined && Math.abs(before - now) < SAME_MS ? before : now;

/** Sort key: severity, then firing before pending. */
const rank = ({ severity, state }: AlertView): number => Number(severity.slice(-1)) + (state === 'pending' ? 10 : 0);
