/** The console's side of the connection: the known state (`view`), its changes, and commands, also while offline. */
import { monotonicFactory } from 'ulid';
import type { Model } from '../../panels/model.ts';
import type { ConsoleCommand } from '../protocol/command.ts';
import type { Event } from '../incident/event.ts';
import { isEnded } from '../incident/incident.ts';
import type { Outbox } from '../log/outbox.ts';
import type { FromHub, ToHub } from '../protocol/messages.ts';
import type { Answer, Question } from '../protocol/questions.ts';
import { HubView } from './hub-view.ts';
import { OrphanedOutboxes } from './orphaned-outboxes.ts';
import { Link, type LinkOptions } from './link.ts';
import { memoryStore, pendingOf, Sender, type OwnPending, type Settled } from './sender.ts';
import { BLANK_VIEW, type Changed, type ClientView } from './view.ts';

/** Longer than the hub takes for any question, ms. */
const PATIENCE_MS = 20_000;

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
  readonly #newId: () => string;
  readonly #listeners = new Set<(what: ReadonlySet<Changed>) => void>();
  readonly #orphans: OrphanedOutboxes;
  readonly #known: HubView;
  readonly #asking = new Asking((message) => this.#link.send(message));
  /** No incident was named: follows the newest open one, or the one declared here. */
  #auto: boolean;
  #you: ClientView['you'] = null;
  #wasLive = false;
  #news = new Set<Changed>();

  constructor(options: ClientOptions) {
    const { clock, random, outbox, incident } = options;
    this.#options = options;
    const ulid = monotonicFactory(random);
    this.#newId = () => ulid(clock.wall());
    const store = outbox ?? memoryStore(this.#newId(), () => clock.wall());
    this.#auto = incident === undefined;
    this.#known = new HubView(
      clock,
      incident ?? null,
      (message) => this.#link.send(message),
      (what) => this.#changed(what),
    );
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
    if (incident !== this.#known.following.replica?.incident) this.#known.forgetOutputs();
    this.#known.following.follow(incident);
  }

  typing(on: boolean): void {
    this.#link.send({ type: 'typing', on });
  }

  /** Fetches entries `from` to `to`, or the newest that fit; they join the view where contiguous. Empty when offline. */
  page(from: number, to: number): Promise<readonly Event[]> {
    return this.#known.following.page(from, to);
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
    this.#known.following.close();
    this.#sender.close();
    this.#asking.drop();
    await Promise.all([this.#link.close(), this.#orphans.close()]);
  }

  #onState(): void {
    const live = this.#link.status.state === 'live';
    if (this.#wasLive && !live) {
      this.#sender.suspend();
      this.#known.following.dropPages();
      this.#asking.drop();
    }
    this.#wasLive = live;
    this.#changed('link');
  }

  #onMessage(message: FromHub): void {
    if (message.type === 'answer') return this.#asking.answered(message);
    if (message.type === 'nack' || message.type === 'done') return this.#sender.answered(message);
    if (message.type === 'ack') {
      this.#sender.answered(message);
      this.#offer(message.incident);
      return this.#forgetShown();
    }
    this.#known.take(message, this.now());
    if (message.type === 'following' || message.type === 'events') this.#forgetShown();
    if (message.type === 'welcome') {
      this.#you = message.you;
      this.#known.following.ask();
    }
    if (message.type === 'welcome' || message.type === 'incidents') {
      const open = this.#known.view.incidents.find((summary) => !isEnded(summary));
      if (open) this.#offer(open.id);
    }
    if (message.type === 'welcome') this.#sender.resume();
  }

  #offer(incident: string): void {
    if (this.#auto && this.#known.following.replica === null) this.#known.following.follow(incident);
  }

  /** An acknowledged command stays pending on the screen until its entry has arrived, so that it never flickers. */
  #forgetShown(): void {
    const { replica } = this.#known.following;
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
    return { ...status, rttMs: time.rttMs, silentMs, readOnly: this.#known.readOnly, hub: this.#options.url };
  }

  /** Combines the changes of one turn, so that an entry never appears beside its own pending line. */
  #changed(what: Changed): void {
    if (this.#news.size === 0) queueMicrotask(() => this.#tell());
    this.#news.add(what);
  }

  #tell(): void {
    const changed = this.#news;
    this.#news = new Set();
    this.#view = {
      ...this.#known.settle(changed),
      you: this.#you,
      link: changed.has('link') ? this.#linkView() : this.#view.link,
      pending: changed.has('pending') ? this.#pending() : this.#view.pending,
    };
    for (const listener of this.#listeners) listener(changed);
  }
}

/** Questions to the hub that wait for their answers. */
class Asking {
  readonly #send: (message: ToHub) => boolean;
  readonly #waiting = new Map<number, (answer: Answer) => void>();
  #n = 0;

  constructor(send: (message: ToHub) => boolean) {
    this.#send = send;
  }

  /** Never rejects: why there is no answer is its `fault`. */
  ask(about: Question): Promise<Answer> {
    const n = ++this.#n;
    if (!this.#send({ type: 'ask', n, about })) return Promise.resolve({ fault: 'the hub does not answer now' });
    return new Promise((resolve) => {
      const timer = setTimeout(
        () => this.answered({ type: 'answer', n, fault: 'the hub does not answer this; it may be an older version' }),
        PATIENCE_MS,
      );
      this.#waiting.set(n, (answer) => {
        clearTimeout(timer);
        resolve(answer);
      });
    });
  }

  answered({ n, ...answer }: Extract<FromHub, { type: 'answer' }>): void {
    this.#waiting.get(n)?.(answer);
    this.#waiting.delete(n);
  }

  /** The connection ended: its questions will not be answered. */
  drop(): void {
    for (const n of this.#waiting.keys())
      this.answered({ type: 'answer', n, fault: 'the connection to the hub was lost' });
  }
}
