/** Who is connected, counted by connection so that a late close of an old socket does no harm. */
import type { Away, Person } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import type { HubContext } from './hub-context.ts';
import type { Batch, Subscriber } from './subscribers.ts';

interface PresenceContext extends Pick<HubContext, 'clock'> {
  readonly broadcaster: { people(): void };
}

export class Presence implements Subscriber {
  readonly name = 'presence';
  readonly #context: PresenceContext;
  readonly #here = new Set<Connection>();
  /** Connections by name. */
  readonly #counts = new Map<string, number>();
  readonly #gone = new Map<string, number>();
  readonly #started: number;

  constructor(context: PresenceContext) {
    this.#context = context;
    this.#started = context.clock.mono();
  }

  /** A new IC counts as just seen, even without a console. */
  handle(_incident: string, { events }: Batch): void {
    for (const event of events) {
      if (event.kind !== 'role_assigned' || event.data.role !== 'ic') continue;
      this.#seen(event.data.name);
      this.#context.broadcaster.people();
    }
  }

  add(connection: Connection): void {
    this.#here.add(connection);
    const name = connection.session?.name ?? '';
    this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
  }

  remove(connection: Connection): void {
    if (!this.#here.delete(connection) || connection.session === null) return;
    const { name } = connection.session;
    const left = (this.#counts.get(name) ?? 1) - 1;
    if (left > 0) return void this.#counts.set(name, left);
    this.#counts.delete(name);
    this.#seen(name);
  }

  names(): Iterable<string> {
    return [...this.#counts.keys(), ...this.#gone.keys()];
  }

  #seen(name: string): void {
    this.#gone.set(name, this.#context.clock.mono());
  }

  /** How long `name` has been absent, ms; at most since the start. */
  absentMs(name: string): number {
    if (this.#counts.has(name)) return 0;
    return this.#context.clock.mono() - (this.#gone.get(name) ?? this.#started);
  }

  away(names: Iterable<string>): Away[] {
    return [...names].flatMap((name) => {
      const ms = this.absentMs(name);
      return ms === 0 ? [] : [{ name, since: new Date(this.#context.clock.wall() - ms).toISOString() }];
    });
  }

  /** Live consoles by name; two sockets of one console count once. */
  people(): Person[] {
    const byName = new Map<
      string,
      { clients: Set<string>; observer: boolean; incident: string | null; since: number; typing: boolean }
    >();
    const now = this.#context.clock.mono();
    for (const { session, incident, typingUntil } of this.#here) {
      if (session === null || !session.live) continue;
      const known = byName.get(session.name);
      const clients = (known?.clients ?? new Set()).add(session.client);
      byName.set(session.name, {
        clients,
        observer: session.observer && (known?.observer ?? true),
        incident: incident ?? known?.incident ?? null,
        since: Math.min(session.since, known?.since ?? Infinity),
        typing: typingUntil > now || (known?.typing ?? false),
      });
    }
    return [...byName]
      .map(([name, { clients, observer, incident, since, typing }]) => ({
        name,
        consoles: clients.size,
        observer,
        incident,
        since: new Date(since).toISOString(),
        ...(typing ? ({ typing } as const) : {}),
      }))
      .sort((a, b) => (a.name < b.name ? -1 : 1));
  }
}
