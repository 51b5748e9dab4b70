/**
 * What a hub has said of the room: the fold of its messages, which the live console and replay share. Only the link and
 * what this console asked for itself are not part of it.
 */
import type { Clock } from '../protocol/clock.ts';
import type { FromHub, ToHub } from '../protocol/messages.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { Following } from './replica.ts';
import { TargetSeries } from './series.ts';
import { BLANK_VIEW, MOST, OUTPUT_KEPT, type Changed, type ClientView } from './view.ts';

/** `pending` and the link are the client's, and so is who this person is. */
type RoomView = Omit<ClientView, 'link' | 'pending' | 'you'>;

export class HubView {
  view: RoomView = BLANK_VIEW;
  readonly following: Following;
  readonly #series: TargetSeries;
  readonly #changed: (what: Changed) => void;
  /** What is not shown or kept, in words. */
  readonly #leftOut = new Map<string, string>();
  /** Why the hub cannot write. */
  readOnly: string | null = null;

  /** `changed`: what of the view is another; `settle` makes it. */
  constructor(
    clock: Clock,
    incident: string | null,
    send: (message: ToHub) => boolean,
    changed: (what: Changed) => void,
  ) {
    this.#changed = changed;
    this.#series = new TargetSeries(clock);
    this.following = new Following(incident, send, changed);
  }

  /** `now`: hub time, ms since 1970. */
  take(message: FromHub, now: number): void {
    switch (message.type) {
      case 'welcome':
        this.readOnly = message.readOnly;
        this.#onSettings(message);
        this.#onIncidents(message.incidents);
        return this.#update('link', { rehearsal: message.hub.drill === true, damaged: message.damaged ?? [] });
      case 'following':
      case 'events':
        return this.following.take(message);
      case 'readings':
        this.#series.add(message.readings, now);
        return this.#changed('readings');
      case 'presence':
        return this.#update('people', {
          people: this.#most('people', message.people),
          away: (message.away ?? []).slice(0, MOST.people),
        });
      case 'incidents':
        return this.#onIncidents(message.incidents);
      case 'alerts':
        return this.#update('alerts', {
          alerts: this.#most('alerts', message.alerts),
          silences: this.#most('silences', message.silences),
          ruleFaults: this.#most('faults', message.faults),
        });
      case 'oncall':
        return this.#update('oncall', { oncall: message.table });
      case 'deliveries':
        return this.#update('deliveries', { deliveries: this.#most('deliveries', message.deliveries) });
      case 'figures':
        return this.#update('figures', { figures: message.figures });
      case 'follow_up':
        return this.#update('followUp', { followUp: message.followUp });
      case 'step_output':
        return this.#onOutput(message);
      case 'settings':
        return this.#onSettings(message);
      case 'recording':
        this.#leaveOut('recording', message.fault);
        return this.#changed('link');
      case 'ping':
        return this.following.seeHead(message.head);
      case 'read_only':
        this.readOnly = message.reason;
        return this.#changed('link');
      case 'fault':
        return this.following.refuse(message);
      default:
      // What this console asked for itself.
    }
  }

  forgetOutputs(): void {
    this.#update('outputs', { outputs: new Map() });
  }

  /** The view after these changes. */
  settle(changed: ReadonlySet<Changed>): RoomView {
    const { replica, unserved } = this.following;
    if (changed.has('readings'))
      this.view = { ...this.view, readings: this.#series.readings(), targets: this.#series.views() };
    if (changed.has('record'))
      this.view = {
        ...this.view,
        incident:
          replica !== null && replica.state.head > 0 ? { ...replica.state, annotations: replica.annotations } : null,
        epoch: replica?.epoch ?? null,
        events: replica?.events ?? [],
        unserved,
      };
    return this.view;
  }

  #onSettings({ policy, targets, templates, links }: Extract<FromHub, { type: 'welcome' | 'settings' }>): void {
    this.#series.targets(this.#most('targets', targets));
    this.#update('readings', { policy, ...(templates && { templates }), ...(links && { links }) });
  }

  #onIncidents(all: readonly IncidentSummary[]): void {
    this.#update('incidents', { incidents: this.#most('incidents', all) });
  }

  #onOutput({ incident, ref, text }: Extract<FromHub, { type: 'step_output' }>): void {
    const { outputs } = this.view;
    if (incident !== this.following.replica?.incident) return;
    const others = [...outputs].filter(([seq]) => seq !== ref).slice(1 - MOST.outputs);
    const all = `${outputs.get(ref) ?? ''}${text}`.slice(-OUTPUT_KEPT);
    this.#update('outputs', { outputs: new Map([...others, [ref, all]]) });
  }

  #update(what: Changed, part: Partial<RoomView>): void {
    this.view = { ...this.view, ...part };
    this.#changed(what);
  }

  /** The beginning of a list; `leftOut` says that there is more. */
  #most<T>(name: keyof typeof MOST, all: readonly T[]): readonly T[] {
    const most = MOST[name];
    const isLong = all.length > most;
    this.#leaveOut(name, isLong ? `the hub tells of ${all.length} ${name}: the first ${most} are shown` : null);
    return isLong ? all.slice(0, most) : all;
  }

  /** `words`: null, when nothing is left out any more. */
  #leaveOut(what: string, words: string | null): void {
    if (words === null && !this.#leftOut.delete(what)) return;
    if (words !== null) this.#leftOut.set(what, words);
    this.view = { ...this.view, leftOut: [...this.#leftOut.values()].at(-1) ?? null };
  }
}
