/** All incidents of this hub: their rooms, their summaries, and the declaring of new ones. */
import { blankIncident, isEnded, leadOf, type Incident } from '../incident/incident.ts';
import { incidentId } from '../incident/incident-id.ts';
import { LogFault } from '../log/log.ts';
import type { IncidentSummary } from '../protocol/messages.ts';
import { cannotStart, isDispensable, type Damaged } from './damage.ts';
import { foldVersion, keep, recall, SNAPSHOT_EVERY } from './recall.ts';
import { nack, type Submission } from './submission.ts';
import { refusalOf, Room, type RoomContext } from './room.ts';

/** Ended incidents told to a console that connects; the rest is asked for by name. */
const TOLD = 500;

interface Opening {
  readonly room: Room;
  /** The record exists. */
  readonly ready: Promise<void>;
}

export class Rooms {
  readonly #context: RoomContext;
  readonly #rooms = new Map<string, Room>();
  /** Records opened for a declaration that is not durable yet, by who asked: a retry goes to the same one. */
  readonly #opening = new Map<string, Opening>();

  readonly #dataDir: string;
  readonly #version = foldVersion();
  /** Seq of the last snapshot, by incident. */
  readonly #kept = new Map<string, number>();
  readonly #damaged = new Map<string, Damaged>();

  private constructor(context: RoomContext, dataDir: string) {
    this.#context = context;
    this.#dataDir = dataDir;
  }

  /** Folds every record there is. Rejects, saying what to do, when one is damaged that is needed. */
  static async open(context: RoomContext, dataDir: string): Promise<Rooms> {
    const rooms = new Rooms(context, dataDir);
    const all = new Set(context.log.incidents());
    for (const id of all) await rooms.#recall(id);
    const needed = [...rooms.#damaged.values()].filter(({ incident }) => !isDispensable(dataDir, incident, all));
    if (needed.length > 0) throw new Error(cannotStart(dataDir, needed));
    return rooms;
  }

  async #recall(id: string): Promise<void> {
    try {
      const { state, from } = await recall(id, this.#context.log, this.#dataDir, this.#version);
      this.#rooms.set(id, new Room(state, this.#context));
      this.#kept.set(id, from);
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      if (!(error instanceof LogFault))
        throw new Error(`the record of ${id} cannot be read: ${reason}`, { cause: error });
      this.#damaged.set(id, { incident: id, reason });
    }
  }

  /** Records that are not served. */
  damaged(): readonly Damaged[] {
    return [...this.#damaged.values()];
  }

  /** Why there is no room for `id`, in words. */
  whyNone(id: string): string {
    const damaged = this.#damaged.get(id);
    if (damaged === undefined) return `there is no incident ${id}`;
    return `the record of ${id} is damaged and not served: ${damaged.reason}`;
  }

  /** Keeps a snapshot of every incident that grew much since its last one, so that the next start is quick. */
  async keep(): Promise<void> {
    for (const [id, { state }] of this.#rooms) {
      if (state.head - (this.#kept.get(id) ?? 0) < SNAPSHOT_EVERY) continue;
      this.#kept.set(id, state.head);
      await keep(state, this.#context.log, this.#dataDir, this.#version);
    }
  }

  get(id: string): Room | undefined {
    const room = this.#rooms.get(id);
    return room && room.state.head > 0 ? room : undefined;
  }

  /** Commands taken and not yet durable, over all incidents. */
  get lag(): number {
    let lag = 0;
    for (const room of this.#rooms.values()) lag += room.lag;
    return lag;
  }

  /** Those of incidents that have not ended, the one declared last first. */
  open(): readonly Room[] {
    return [...this.#rooms.values()]
      .filter(({ state }) => state.head > 0 && !isEnded(state))
      .sort((a, b) => (declaredAt(a.state) < declaredAt(b.state) ? 1 : -1));
  }

  /** Newest first; the open ones and the latest of the ended. */
  summaries(): readonly IncidentSummary[] {
    const all = [...this.#rooms.values()].map(({ state }) => state).filter(({ head }) => head > 0);
    all.sort((a, b) => (declaredAt(a) < declaredAt(b) ? 1 : -1));
    const ended = new Set(all.filter(isEnded).slice(TOLD));
    return all.filter((state) => !ended.has(state)).map(summaryOf);
  }

  /** Who commands an open incident. */
  commanders(): ReadonlySet<string> {
    const names = new Set<string>();
    for (const { state } of this.#rooms.values())
      if (state.roles.ic !== null && !isEnded(state)) names.add(state.roles.ic);
    return names;
  }

  count(): { open: number; all: number } {
    const states = [...this.#rooms.values()].map(({ state }) => state).filter(({ head }) => head > 0);
    return { open: states.filter((state) => !isEnded(state)).length, all: states.length };
  }

  /** Hands a declaration to the record it opens, or to the one it opened already when it is a retry. */
  async declare(submission: Submission, title: string): Promise<void> {
    const { log } = this.#context;
    const { client, n } = submission.origin;
    const known = log.incidents().find((id) => log.find(id, client, n)?.seq === 1);
    const room = known === undefined ? undefined : this.#rooms.get(known);
    if (room) return room.submit(submission);
    const refusal = refusalOf(blankIncident('none'), submission, this.#context);
    if (refusal) return nack(submission, refusal.refused, refusal.reason);
    const opening = this.#opening.get(`${client} ${n}`) ?? this.#create(`${client} ${n}`, title, submission);
    await opening.ready;
    opening.room.submit(submission);
  }

  #create(key: string, title: string, { command }: Submission): Opening {
    const { log, clock } = this.#context;
    for (const [other, { room }] of this.#opening) if (room.state.head > 0) this.#opening.delete(other);
    const claimed = new Set([...this.#opening.values()].map(({ room }) => room.id));
    const id = incidentId(
      title,
      new Date(('at' in command ? command.at : undefined) ?? clock.wall()),
      (id) => claimed.has(id) || this.#damaged.has(id) || (this.#rooms.get(id)?.state.head ?? 0) > 0,
    );
    const room = this.#rooms.get(id) ?? new Room(blankIncident(id), this.#context);
    this.#rooms.set(id, room);
    const ready = log.incidents().includes(id) ? Promise.resolve() : log.create(id);
    ready.catch(() => this.#opening.delete(key));
    const opening = { room, ready };
    this.#opening.set(key, opening);
    return opening;
  }
}

const declaredAt = (state: Incident): string => state.timestamps.declaredAt ?? '';

/** One line about an incident. */
const summaryOf = (state: Incident): IncidentSummary => ({
  id: state.id,
  title: state.title ?? '',
  severity: state.severity,
  status: state.status,
  drill: state.drill,
  declaredAt: declaredAt(state),
  lead: leadOf(state),
  head: state.head,
});
