/** Sends live consoles everything besides the record: readings, presence, incident list, write state. */
import { openOf } from '../incident/follow-up.ts';
import { writtenReading, type Reading } from '../protocol/reading.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { HubParts } from './hub-parts.ts';
import type { Batch, Subscriber } from './subscribers.ts';

/** Interval of presence and summaries, ms. */
const GATHER_MS = 500;
/** How often figures and follow-up are looked at without a change, ms: postmortems and actions fall due. */
const FIGURES_MS = 60_000;
/** Readings within this time share a frame, ms. */
const GATHER_READINGS_MS = 50;

export class Broadcaster implements Subscriber {
  readonly name = 'summaries';
  readonly #context: HubParts;
  #figuresTimer: NodeJS.Timeout | undefined;
  #timer: NodeJS.Timeout | undefined;
  #readingsTimer: NodeJS.Timeout | undefined;
  readonly #latest = new Map<string, Reading>();
  #fresh = new Map<string, Reading>();
  #people = false;
  #incidents = false;
  #toldIncidents = '';
  #toldFigures = '';
  #toldFollowUp = '';
  /** One after the other, so that the last one told is the newest. */
  #tellingFollowUp: Promise<void> = Promise.resolve();
  #toldReadOnly: string | null = null;

  constructor(context: HubParts) {
    this.#context = context;
  }

  reading(reading: Reading): void {
    this.#latest.set(reading.target, reading);
    this.#fresh.set(reading.target, reading);
    this.#readingsTimer ??= setTimeout(() => this.#tellReadings(), GATHER_READINGS_MS);
  }

  /** All current readings, the figures and the follow-up, for a new console. */
  greet(connection: Connection): void {
    this.#figuresTimer ??= setInterval(() => this.#tellStanding(), FIGURES_MS).unref();
    connection.send({ type: 'figures', figures: this.#context.figures.recent() });
    this.#tellFollowUp(connection);
    if (this.#latest.size > 0) connection.write(this.#readingsFrame(this.#latest));
  }

  keepTargets(names: ReadonlySet<string>): void {
    for (const name of this.#latest.keys()) if (!names.has(name)) this.#latest.delete(name);
  }

  people(): void {
    this.#people = true;
    this.#soon();
  }

  handle(_incident: string, { events }: Batch): void {
    this.#context.counts.events += events.length;
    this.incidents(events);
  }

  /** An incident changed, by these events; without them anything may have. */
  incidents(events?: Batch['events']): void {
    this.#context.figures.changed();
    this.#context.followUp.changed(events);
    this.#incidents = true;
    this.#soon();
  }

  /** Sends a change of the write state at once. */
  writable(readOnly: string | null): void {
    if (readOnly === this.#toldReadOnly) return;
    this.#toldReadOnly = readOnly;
    this.#context.connections.tell({ type: 'read_only', reason: readOnly });
  }

  close(): void {
    clearInterval(this.#figuresTimer);
    clearTimeout(this.#timer);
    clearTimeout(this.#readingsTimer);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (this.#people) this.#tellPeople();
      if (this.#incidents) {
        this.#tellIncidents();
        this.#tellStanding();
      }
      this.#people = this.#incidents = false;
    }, GATHER_MS);
  }

  #tellPeople(): void {
    const { presence, rooms } = this.#context;
    const away = presence.away(rooms.commanders());
    this.#context.connections.tell({
      type: 'presence',
      people: presence.people(),
      ...(away.length > 0 ? { away } : {}),
    });
  }

  #tellIncidents(): void {
    const incidents = this.#context.rooms.summaries();
    const gist = JSON.stringify(incidents.map((summary) => ({ ...summary, head: 0 })));
    if (gist === this.#toldIncidents) return;
    this.#toldIncidents = gist;
    this.#context.connections.tell({ type: 'incidents', incidents });
  }

  #tellFigures(): void {
    const figures = this.#context.figures.recent();
    const gist = JSON.stringify({ ...figures, since: null, until: '', incidentsPerWeek: null });
    if (gist === this.#toldFigures) return;
    this.#toldFigures = gist;
    this.#context.connections.tell({ type: 'figures', figures });
  }

  /** What stands on the idle screen. */
  #tellStanding(): void {
    this.#tellFigures();
    this.#tellFollowUp(null);
  }

  /** Null: all consoles, if it changed. */
  #tellFollowUp(to: Connection | null): void {
    this.#tellingFollowUp = this.#tellingFollowUp.then(async () => {
      const message = { type: 'follow_up', followUp: openOf(await this.#context.followUp.all()) } as const;
      if (to !== null) return void (to.open && to.send(message));
      const gist = JSON.stringify(message);
      if (gist === this.#toldFollowUp) return;
      this.#toldFollowUp = gist;
      this.#context.connections.tell(message);
    });
  }

  /** A console with a full queue skips readings and gets all current ones once it has room. */
  #tellReadings(): void {
    const { connections, limits } = this.#context;
    const news = this.#fresh;
    let [fresh, all]: (Buffer | null)[] = [null, null];
    this.#readingsTimer = undefined;
    this.#fresh = new Map();
    for (const connection of connections.consoles()) {
      if (connection.waiting >= limits.softBufferBytes) connection.behind = true;
      else if (connection.behind) {
        connection.behind = false;
        connection.write((all ??= this.#readingsFrame(this.#latest)));
      } else connection.write((fresh ??= this.#readingsFrame(news)));
    }
  }

  #readingsFrame(readings: ReadonlyMap<string, Reading>): Buffer {
    const written = [...readings.values()].map(writtenReading);
    return textFrame(JSON.stringify({ type: 'readings', now: this.#context.clock.wall(), readings: written }));
  }
}
