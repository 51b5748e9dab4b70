/** The incidents of a hub: open ones are rooms in memory, ended ones a summary until asked for. */
import type { Command } from '../incident/command.ts';
import { withRequests } from '../incident/delivery-routing.ts';
import { isRefusal } from '../incident/decision.ts';
import { blankIncident, isEnded, type Incident } from '../incident/incident.ts';
import { idBegins, incidentId } from '../incident/incident-id.ts';
import { advance, decide } from '../incident/topics/index.ts';
import { errorMessage } from '../incident/words.ts';
import { StoreFault, type Served } from '../log/event-store.ts';
import type { IncidentSummary } from '../protocol/summary.ts';
import { Room, type Core, type RoomContext } from './room.ts';
import { storedSummaryOf, type StoredSummary } from './incident-store.ts';
import type { AlertEpisode } from '../incident/context.ts';
import type { HubContext } from './hub-context.ts';
import type { Oncall } from './oncall.ts';
import type { Presence } from './presence.ts';
import type { Subscribers } from './subscribers.ts';
import { refused, retryLater, type CommandResult, type Submission } from './submission.ts';

export type IncidentRoom = Room<Incident, Command>;

interface RoomsContext extends Pick<
  HubContext,
  'clock' | 'limits' | 'newId' | 'onBug' | 'rehearsal' | 'store' | 'policy' | 'receivers'
> {
  readonly knownNames: () => readonly string[];
  readonly presence: Pick<Presence, 'absentMs'>;
  readonly fanOut: { isFollowed(incident: string): boolean };
  readonly oncall: Pick<Oncall, 'at'>;
  readonly alerting: { episode(alert: string): AlertEpisode | undefined };
  readonly pager: { hold(alert: string): Promise<() => void> };
  /** The records in the archive, by id. */
  readonly archived: ReadonlyMap<string, unknown>;
  readonly broadcaster: { incidents(): void };
  readonly maintenance: { tellWritable(): void };
  readonly subscribers: Subscribers;
}
/** Its summary is read when it is looked at; null: the index is wrong about it. */
export type Stored = Pick<Served<StoredSummary>, 'summary'>;

/** Ended incidents listed to a new console, and incidents in one answer to a question. */
const ENDED_TOLD = 500;

export class Rooms {
  readonly #context: RoomsContext;
  readonly #roomContext: RoomContext<Incident, Command>;
  readonly #rooms = new Map<string, IncidentRoom>();
  readonly #opening = new Map<string, Promise<IncidentRoom | undefined>>();
  /** Incidents asked for since `closeIdle` was called last. */
  #used = new Set<string>();
  readonly #ended = new Map<string, Stored>();
  /** Those told to a new console; null: to be found again. */
  #latestEnded: readonly IncidentSummary[] | null = null;
  /** Imported ones that did not end where they ran: shown, and not continued. */
  readonly #imported = new Set<string>();
  /** Why a record is not served, by incident. */
  readonly #damaged = new Map<string, string>();
  /** Rooms of declarations in flight, by origin: a retry goes to the same one. */
  readonly #declaring = new Map<string, IncidentRoom>();

  constructor(context: RoomsContext) {
    this.#context = context;
    const core: Core<Incident, Command> = {
      advance,
      decide: (state, { command, actor }, { now, target }) => {
        const { ic } = state.roles;
        const icAbsentMs = ic === null ? 0 : context.presence.absentMs(ic);
        const knownNames = (): Iterable<string> => [
          ...context.knownNames(),
          ...[...Object.values(state.roles), state.ackedBy, state.declaredBy ?? null].filter((name) => name !== null),
        ];
        const { onCall, onCallName } = context.oncall.at(now);
        const drafts = decide(state, command, {
          now,
          actor,
          target,
          policy: context.policy(),
          icAbsentMs,
          knownNames,
          alertEpisode: (alert) => context.alerting.episode(alert),
          rehearsal: context.rehearsal,
          onCall,
          onCallName,
        });
        return isRefusal(drafts) ? drafts : withRequests(state, drafts, context.receivers(), now);
      },
    };
    const { clock, limits, newId, onBug, store } = context;
    this.#roomContext = {
      clock,
      limits,
      newId,
      onBug,
      store,
      core,
      committed: (incident, batch) => {
        this.#update(incident);
        context.subscribers.committed(incident, batch);
      },
      onFault: () => context.maintenance.tellWritable(),
    };
  }

  /** Opens the incidents that have not ended. Rejects, saying what to do, if a damaged record may be one of them. */
  async start(): Promise<void> {
    const { store, broadcaster } = this.#context;
    store.onListed((listed) => {
      this.#list(listed);
      broadcaster.incidents();
    });
    store.subscribe((stream, appended) => {
      const head = appended.at(-1)?.events.at(-1)?.seq;
      if (head !== undefined) this.#rooms.get(stream)?.noticed(head);
    });
    for (const listed of await store.list()) {
      this.#list(listed);
      if (!('damaged' in listed) && !listed.cold && !listed.imported) await this.load(listed.stream);
    }
  }

  #list(listed: Awaited<ReturnType<RoomsContext['store']['list']>>[number]): void {
    const { stream } = listed;
    this.#latestEnded = null;
    this.#ended.delete(stream);
    if ('damaged' in listed) return void this.#damaged.set(stream, listed.damaged);
    this.#damaged.delete(stream);
    // The summary of a cold one is read when somebody asks for it: there may be many thousands.
    if (listed.imported) {
      this.#imported.add(stream);
      this.#ended.set(stream, { summary: listed.summary && { ...listed.summary, imported: true } });
    } else if (listed.cold || (listed.summary !== null && isEnded(listed.summary))) this.#ended.set(stream, listed);
  }

  /** Declares an incident, or submits to the room of `incident`. See `Room.submit`. */
  submit(incident: string | null, submission: Submission, settle: (result: CommandResult) => void): void {
    const isDeclaration = submission.command.kind === 'declare';
    if (incident !== null && !isDeclaration && this.#imported.has(incident))
      return settle(refused('not_now', `${incident} was imported while it still ran elsewhere: here it is only read`));
    const room = incident === null || isDeclaration ? undefined : this.get(incident);
    if (room) return room.submit(submission, settle);
    void this.#execute(incident, submission)
      .catch((error: unknown) => retryLater('read_only', errorMessage(error)))
      .then(settle);
  }
  execute(incident: string | null, submission: Submission): Promise<CommandResult> {
    return new Promise((resolve) => this.submit(incident, submission, resolve));
  }

  async #execute(incident: string | null, submission: Submission): Promise<CommandResult> {
    if (submission.command.kind === 'declare') return this.#declare({ ...submission, command: submission.command });
    if (incident === null) return refused('not_found', 'say which incident');
    const room = await this.load(incident);
    return room ? room.execute(submission) : refused('not_found', this.whyNone(incident));
  }

  /** The room of `id` if it is in memory. */
  get(id: string): IncidentRoom | undefined {
    const room = this.#rooms.get(id);
    if (room === undefined || room.state.head === 0) return undefined;
    this.#used.add(id);
    return room;
  }

  /** The room of `id`, opened if needed. Undefined: see `whyNone`. */
  load(id: string): Promise<IncidentRoom | undefined> {
    const room = this.get(id);
    if (room && room.epoch !== '') return Promise.resolve(room);
    const opening = this.#opening.get(id) ?? this.#open(id).finally(() => this.#opening.delete(id));
    this.#opening.set(id, opening);
    return opening;
  }

  async #open(id: string): Promise<IncidentRoom | undefined> {
    if (this.#damaged.has(id)) return undefined;
    try {
      const opened = await this.#context.store.open(id);
      if (opened === null || opened.head === 0) return undefined;
      const room = this.#rooms.get(id) ?? new Room(id, opened, this.#roomContext);
      room.epoch = opened.epoch;
      this.#rooms.set(id, room);
      return this.get(id);
    } catch (error) {
      if (!(error instanceof StoreFault) || error.code !== 'corrupt') throw error;
      this.#list({ stream: id, damaged: error.message });
      return undefined;
    }
  }

  /** Is there an incident of that name, served or damaged? */
  has(id: string): boolean {
    return this.#rooms.has(id) || this.#ended.has(id) || this.#damaged.has(id);
  }

  whyNone(id: string): string {
    const reason = this.#damaged.get(id);
    if (reason === undefined) return `there is no incident ${id}`;
    return `the record of ${id} is damaged and not served: ${reason}`;
  }

  damaged(): readonly { readonly incident: string; readonly reason: string }[] {
    return [...this.#damaged].map(([incident, reason]) => ({ incident, reason }));
  }

  /** Closes ended incidents not used since the last call; called periodically. */
  async closeIdle(): Promise<void> {
    const { fanOut, store } = this.#context;
    const used = this.#used;
    this.#used = new Set();
    for (const [id, room] of this.#rooms) {
      const isUsed =
        used.has(id) || this.#used.has(id) || fanOut.isFollowed(id) || room.state.deliveries.open.length > 0;
      if (isUsed || room.lag > 0 || !isEnded(room.state)) continue;
      this.#rooms.delete(id);
      await store.release(id);
    }
  }

  saveSnapshots(): Promise<void> {
    return this.#context.store.saveSnapshots((id) => {
      const state = this.#rooms.get(id)?.state;
      return state && { seq: state.head, state };
    });
  }

  /** Commands not yet durable, over all incidents. */
  get lag(): number {
    let lag = 0;
    for (const room of this.#rooms.values()) lag += room.lag;
    return lag;
  }

  /** Open incidents, and ended ones that somebody asked for lately or that still have something to deliver. */
  inMemory(): readonly IncidentRoom[] {
    return [...this.#rooms.values()].filter(({ id, state }) => state.head > 0 && !this.#imported.has(id));
  }

  /** Rooms of incidents that have not ended, newest first. */
  open(): readonly IncidentRoom[] {
    return this.inMemory()
      .filter(({ state }) => !isEnded(state))
      .sort((a, b) => ((a.state.timestamps.declaredAt ?? '') < (b.state.timestamps.declaredAt ?? '') ? 1 : -1));
  }

  /** The open and the latest ended incidents, newest first. */
  summaries(): readonly IncidentSummary[] {
    // An id begins with the day of the declaration, so that the others' summaries need not be read.
    const latest = (): readonly string[] => [...this.#ended.keys()].sort().slice(-ENDED_TOLD);
    this.#latestEnded ??= latest().flatMap((id) => {
      const stored = this.#ended.get(id)?.summary ?? null;
      return stored === null ? [] : [told(stored)];
    });
    return [...this.open().map(({ state }) => told(storedSummaryOf(state))), ...this.#latestEnded].sort(newestFirst);
  }

  /** Those whose id, with or without its date, begins so, in the order of their ids, from after `after` on. */
  find(begins: string, after: string): { readonly found: readonly IncidentSummary[]; readonly more: boolean } {
    const open = new Map(this.open().map(({ id, state }) => [id, state]));
    const ids = [...open.keys(), ...this.#ended.keys()].filter((id) => id > after && idBegins(id, begins)).sort();
    const found = ids.slice(0, ENDED_TOLD).flatMap((id) => {
      const state = open.get(id);
      const stored = state === undefined ? this.#ended.get(id)?.summary : storedSummaryOf(state);
      return stored ? [told(stored)] : [];
    });
    return { found, more: ids.length > ENDED_TOLD };
  }

  /** Closes the room of an ended incident at once. False: it is in use. */
  async unload(id: string): Promise<boolean> {
    const room = this.#rooms.get(id);
    const isUsed = room !== undefined && (room.lag > 0 || !isEnded(room.state));
    if (isUsed || this.#opening.has(id) || this.#context.fanOut.isFollowed(id)) return false;
    this.#rooms.delete(id);
    await this.#context.store.release(id);
    return true;
  }

  /** Its record was moved away. */
  forget(id: string): void {
    this.#ended.delete(id);
    this.#latestEnded = null;
    this.#context.broadcaster.incidents();
  }

  /** Every incident that is served, by id. */
  *stored(): Iterable<readonly [id: string, stored: Stored]> {
    for (const { id, state } of this.open()) yield [id, { summary: storedSummaryOf(state) }];
    yield* this.#ended;
  }

  /** The ICs of open incidents. */
  commanders(): ReadonlySet<string> {
    return new Set(this.open().flatMap(({ state }) => state.roles.ic ?? []));
  }

  count(): { open: number; all: number } {
    const open = this.open().length;
    return { open, all: open + this.#ended.size };
  }

  #update(id: string): void {
    const state = this.#rooms.get(id)?.state;
    if (state === undefined || !(isEnded(state) || this.#ended.has(id))) return;
    if (isEnded(state)) this.#ended.set(id, { summary: storedSummaryOf(state) });
    else this.#ended.delete(id);
    this.#latestEnded = null;
  }

  /** A retry goes to the incident it created. */
  async #declare(submission: Submission<Extract<Command, { kind: 'declare' }>>): Promise<CommandResult> {
    const { client, n } = submission.origin;
    const key = `${client} ${n}`;
    const known = await this.#context.store.createdBy(client, n);
    const mine = this.open().filter(({ state }) => state.declaredBy === submission.actor.name).length;
    const { openPerPerson } = this.#context.limits;
    if (known === undefined && mine >= openPerPerson)
      return refused('not_now', `${mine} incidents that you declared are open; end some of them first`);
    const room = (known === undefined ? this.#declaring.get(key) : await this.load(known)) ?? this.#create(submission);
    this.#declaring.set(key, room);
    const { alert } = submission.command;
    const release = alert === undefined ? null : await this.#context.pager.hold(alert);
    const result = await room.execute(submission);
    release?.();
    this.#declaring.delete(key);
    // Opened again while the record is short: followers need its epoch.
    if ('event' in result && room.epoch === '') await this.load(room.id);
    if (room.state.head === 0 && room.lag === 0) this.#rooms.delete(room.id);
    return result;
  }

  #create({ command }: Submission<Extract<Command, { kind: 'declare' }>>): IncidentRoom {
    const day = new Date(command.at ?? this.#context.clock.wall());
    const id = incidentId(command.title, day, (each) => this.has(each) || this.#context.archived.has(each));
    const room = new Room(id, { epoch: '', head: 0, state: blankIncident(id) }, this.#roomContext);
    this.#rooms.set(id, room);
    return room;
  }
}

/** What consoles are told of an incident. */
function told(stored: StoredSummary): IncidentSummary {
  const { facts, followUp: _, ...summary } = stored;
  return { ...summary, ...(facts.resolvedAt && { resolvedAt: facts.resolvedAt }) };
}
const newestFirst = (a: IncidentSummary, b: IncidentSummary): number => (a.declaredAt < b.declaredAt ? 1 : -1);
