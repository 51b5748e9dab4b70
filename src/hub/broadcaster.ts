/** What every live console is told besides the record: who is here, which incidents there are, whether the hub can write. */
import type { FromHub } from '../protocol/messages.ts';
import type { Connection } from './connection.ts';
import { textFrame } from './frame.ts';
import type { Presence } from './presence.ts';
import type { Rooms } from './rooms.ts';

/** People and summaries are told at most this often, ms. */
const GATHER = 500;

export class Broadcaster {
  readonly #consoles: () => Iterable<Connection>;
  readonly #presence: Presence;
  readonly #rooms: () => Rooms;
  #timer: NodeJS.Timeout | null = null;
  #people = false;
  #incidents = false;
  #toldIncidents = '';
  #toldReadOnly: string | null = null;

  constructor(consoles: () => Iterable<Connection>, presence: Presence, rooms: () => Rooms) {
    this.#consoles = consoles;
    this.#presence = presence;
    this.#rooms = rooms;
  }

  /** Somebody came, went, or looks elsewhere. */
  people(): void {
    this.#people = true;
    this.#soon();
  }

  /** Something was recorded. */
  incidents(): void {
    this.#incidents = true;
    this.#soon();
  }

  /** Tells everybody at once when the hub can write no more, or can again. */
  writable(readOnly: string | null): void {
    if (readOnly === this.#toldReadOnly) return;
    this.#toldReadOnly = readOnly;
    this.#tell({ type: 'read_only', reason: readOnly });
  }

  /** The configuration was read again. */
  settings(settings: Omit<Extract<FromHub, { type: 'settings' }>, 'type'>): void {
    this.#tell({ type: 'settings', ...settings });
  }

  close(): void {
    if (this.#timer) clearTimeout(this.#timer);
  }

  #soon(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = null;
      if (this.#people) this.#tellPeople();
      if (this.#incidents) this.#tellIncidents();
      this.#people = this.#incidents = false;
    }, GATHER);
  }

  #tellPeople(): void {
    const away = this.#presence.away(this.#rooms().commanders());
    this.#tell({ type: 'presence', people: this.#presence.people(), ...(away.length > 0 ? { away } : {}) });
  }

  /** Heads change with every entry; the list is told again when something else in it did. */
  #tellIncidents(): void {
    const incidents = this.#rooms().summaries();
    const gist = JSON.stringify(incidents.map((summary) => ({ ...summary, head: 0 })));
    if (gist === this.#toldIncidents) return;
    this.#toldIncidents = gist;
    this.#tell({ type: 'incidents', incidents });
  }

  #tell(message: FromHub): void {
    const frame = textFrame(JSON.stringify(message));
    for (const connection of this.#consoles()) connection.write(frame);
  }
}
