/** Who is connected, counted by connection so that a late close of an old socket does no harm. */
import type { Clock } from '../protocol/clock.ts';
import type { Away, Person } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';

export class Presence {
  readonly #clock: Clock;
  readonly #here = new Set<Connection>();
  /** Connections by name. */
  readonly #counts = new Map<string, number>();
  readonly #gone = new Map<string, number>();
  readonly #started: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#started = clock.mono();
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
    this.seen(name);
  }

  names(): Iterable<string> {
    return [...this.#counts.keys(), ...this.#gone.keys()];
  }

  seen(name: string): void {
    this.#gone.set(name, this.#clock.mono());
  }

  /** How long `name` has been absent, ms; at most since the start. */
  absentMs(name: string): number {
    if (this.#counts.has(name)) return 0;
    return this.#clock.mono() - (this.#gone.get(name) ?? this.#started);
  }

  away(names: Iterable<string>): Away[] {
    return [...names].flatMap((name) => {
      const ms = this.absentMs(name);
      return ms === 0 ? [] : [{ name, since: new Date(this.#clock.wall() - ms).toISOString() }];
    });
  }

  /** Live consoles by name; two sockets of one console count once. */
  people(): Person[] {
    const byName = new Map<
      string,
      { clients: Set<string>; observer: boolean; incident: string | null; since: number; typing: boolean }
    >();
    const now = this.#clock.mono();
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
