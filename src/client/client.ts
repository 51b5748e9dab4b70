/** The console's side of the connection: the known state (`view`), its changes, and commands, also while offline. */
import { monotonicFactory } from 'ulid';
import type { Model } from '../../panels/model.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Event } from '../incident/event.ts';
import { isEnded } from '../incident/incident.ts';
import type { Outbox } from '../log/outbox.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { Asking } from './asking.ts';
import { Following } from './replica.ts';
import { OrphanedOutboxes } from './orphaned-outboxes.ts';
import { Link, type LinkOptions } from './link.ts';
import { memoryStore, pendingOf, Sender, type OwnPending, type Settled } from './sender.ts';
import { TargetSeries } from './series.ts';
import { BLANK_VIEW, MOST, OUTPUT_KEPT, type Changed, type ClientView } from './view.ts';

export interface ClientOptions extends Omit<LinkOptions, 'client'> {
  /** Null: commands are kept in memory only. */
  readonly outbox: Outbox | null;
  /** Which incident to follow; null: none; undefined: the newest open one, or the one declared here. */
  readonly incident?: string | null | undefined;
}
/** Connects in the background: the constructor never waits and nothing throws; see `onChange`. */
export class Client {
  #view: ClientView;
  readonly #options: ClientOptions;
  readonly #link: Link;
  readonly #sender: Sender;
  readonly #series: TargetSeries;
  readonly #newId: () => string;
  readonly #listeners = new Set<(what: ReadonlySet<Changed>) => void>();
  readonly #orphans: OrphanedOutboxes;
  readonly #following: Following;
  readonly #asking = new Asking((message) => this.#link.send(message));
  /** No incident was named: follows the newest open one, or the one declared here. */
  #auto: boolean;
  #readOnly: string | null = null;
  #wasLive = false;
  #news = new Set<Changed>();

  constructor(options: ClientOptions) {
    const { clock, random, outbox, incident } = options;
    this.#options = options;
    const ulid = monotonicFactory(random);
    this.#newId = () => ulid(clock.wall());
    const store = outbox ?? memoryStore(this.#newId(), () => clock.wall());
    this.#auto = incident === undefined;
    this.#following = new Following(
      incident ?? null,
      (message) => this.#link.send(message),
      (what) => this.#changed(what),
    );
    this.#series = new TargetSeries(clock);
    this.#link = new Link(
      { ...options, client: store.client },
      { onMessage: (message) => this.#onMessage(message), onState: () => this.#onState() },
    );
    this.#sender = new Sender(
      store,
      (message) => this.#link.send(message),
      () => this.#changed('pending'),
    );
    this.#orphans = new OrphanedOutboxes(outbox, options, () => this.#changed('pending'));
    this.#view = { ...BLANK_VIEW, link: this.#linkView(), pending: this.#pending() };
    this.#link.start();
    this.#orphans.start();
  }

  get view(): ClientView {
    return this.#view;
  }

  /** Calls `cb` after each change; returns how to unsubscribe. */
  onChange(cb: (what: ReadonlySet<Changed>) => void): () => void {
    this.#listeners.add(cb);
    return () => this.#listeners.delete(cb);
  }

  /** Resolves once the command is on disk here and shown as pending; rejects when it could not be stored. */
  submit(command: ConsoleCommand, incident: string | null): Promise<{ readonly n: number; readonly id: string }> {
    return this.#sender.submit({ incident, command, id: this.#newId() }, this.#options.clock.wall());
  }

  /** The hub's final answer to command `n`, however long it takes. */
  settled(n: number): Promise<Settled> {
    return this.#sender.settled(n);
  }

  dismiss(id: string): void {
    this.#sender.dismiss(id);
    this.#orphans.dismiss(id);
  }

  follow(incident: string | null): void {
    this.#auto = false;
    if (incident !== this.#following.replica?.incident) this.#update('outputs', { outputs: new Map() });
    this.#following.follow(incident);
  }

  typing(on: boolean): void {
    this.#link.send({ type: 'typing', on });
  }

  /** Fetches entries `from` to `to`, or the newest that fit; they join the view where contiguous. Empty when offline. */
  page(from: number, to: number): Promise<readonly Event[]> {
    return this.#following.page(from, to);
  }

  /** Asks the hub what is not part of the record; the answer is for this console alone. Never rejects. */
  ask(about: Question): Promise<Answer> {
    return this.#asking.ask(about);
  }

  /** Hub time, ms since 1970. */
  now(): number {
    return this.#link.time.now();
  }

  async close(): Promise<void> {
    this.#listeners.clear();
    this.#following.close();
    this.#sender.close();
    this.#asking.drop();
    await Promise.all([this.#link.close(), this.#orphans.close()]);
  }

  #onState(): void {
    const live = this.#link.status.state === 'live';
    if (this.#wasLive && !live) {
      this.#sender.suspend();
      this.#following.dropPages();
      this.#asking.drop();
    }
    this.#wasLive = live;
    this.#changed('link');
  }

  #onMessage(message: FromHub): void {
    switch (message.type) {
      case 'welcome':
        return this.#onWelcome(message);
      case 'following':
      case 'events':
        this.#following.take(message);
        return this.#forgetShown();
      case 'ack':
        this.#sender.answered(message);
        this.#offer(message.incident);
        return this.#forgetShown();
      case 'nack':
      case 'done':
        return this.#sender.answered(message);
      case 'readings':
        this.#series.add(message.readings, this.now());
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
      case 'answer':
        return this.#asking.answered(message);
      case 'step_output':
        return this.#onOutput(message);
      case 'settings':
        return this.#onSettings(message);
      case 'recording':
        return this.#update('link', { leftOut: message.fault });
      case 'ping':
        return this.#following.seeHead(message.head);
      case 'read_only':
        this.#readOnly = message.reason;
        return this.#changed('link');
      case 'fault':
        return this.#following.refuse(message);
      case 'challenge':
        return;
      default:
        return message satisfies never;
    }
  }

  #onWelcome(welcome: Extract<FromHub, { type: 'welcome' }>): void {
    this.#readOnly = welcome.readOnly;
    this.#onSettings(welcome);
    this.#following.ask();
    this.#onIncidents(welcome.incidents);
    this.#sender.resume();
    this.#update('link', {
      you: welcome.you,
      rehearsal: welcome.hub.drill === true,
      damaged: welcome.damaged ?? [],
    });
  }

  #onSettings({ policy, targets, templates, links }: Extract<FromHub, { type: 'welcome' | 'settings' }>): void {
    this.#series.targets(this.#most('targets', targets));
    this.#update('readings', { policy, ...(templates && { templates }), ...(links && { links }) });
  }

  #onIncidents(all: readonly IncidentSummary[]): void {
    const incidents = this.#most('incidents', all);
    this.#update('incidents', { incidents });
    const open = incidents.find((summary) => !isEnded(summary));
    if (open) this.#offer(open.id);
  }

  #onOutput({ incident, ref, text }: Extract<FromHub, { type: 'step_output' }>): void {
    const { outputs } = this.#view;
    if (incident !== this.#following.replica?.incident) return;
    const others = [...outputs].filter(([seq]) => seq !== ref).slice(1 - MOST.outputs);
    const all = `${outputs.get(ref) ?? ''}${text}`.slice(-OUTPUT_KEPT);
    this.#update('outputs', { outputs: new Map([...others, [ref, all]]) });
  }

  #update(what: Changed, part: Partial<ClientView>): void {
    this.#view = { ...this.#view, ...part };
    this.#changed(what);
  }

  /** The beginning of a list; `leftOut` says that there is more. */
  #most<T>(name: keyof typeof MOST, all: readonly T[]): readonly T[] {
    const most = MOST[name];
    if (all.length <= most) return all;
    this.#view = { ...this.#view, leftOut: `the hub tells of ${all.length} ${name}: the first ${most} are shown` };
    return all.slice(0, most);
  }

  #offer(incident: string): void {
    if (this.#auto && this.#following.replica === null) this.#following.follow(incident);
  }

  /** An acknowledged command stays pending on the screen until its entry has arrived, so that it never flickers. */
  #forgetShown(): void {
    const { replica } = this.#following;
    this.#sender.seen(({ n, incident }) => {
      if (incident === null || incident !== replica?.incident) return true;
      const seq = this.#sender.seqOf(n);
      return seq === null || seq <= replica.last;
    });
  }

  #pending(): readonly OwnPending[] {
    return [...this.#orphans.items(), ...this.#sender.items()].map(pendingOf);
  }

  #linkView(): Model['link'] {
    const { status, time, silentMs } = this.#link;
    return { ...status, rttMs: time.rttMs, silentMs, readOnly: this.#readOnly, hub: this.#options.url };
  }

  /** Combines the changes of one turn, so that an entry never appears beside its own pending line. */
  #changed(what: Changed): void {
    if (this.#news.size === 0) queueMicrotask(() => this.#tell());
    this.#news.add(what);
  }

  #tell(): void {
    const { replica } = this.#following;
    const changed = this.#news;
    this.#news = new Set();
    this.#view = {
      ...this.#view,
      ...(changed.has('link') ? { link: this.#linkView() } : {}),
      ...(changed.has('pending') ? { pending: this.#pending() } : {}),
      ...(changed.has('readings') ? { readings: this.#series.readings(), targets: this.#series.views() } : {}),
      ...(changed.has('record')
        ? {
            incident:
              replica !== null && replica.state.head > 0
                ? { ...replica.state, annotations: replica.annotations }
                : null,
            epoch: replica?.epoch ?? null,
            events: replica?.events ?? [],
            unserved: this.#following.unserved,
          }
        : {}),
    };
    for (const listener of this.#listeners) listener(changed);
  }
}
