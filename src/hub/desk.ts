/** What each message of a console does. Everything here answers at once or hands the work to a room. */
import type { Log } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import { PROTOCOL_VERSION, type FromHub, type ToHub } from '../protocol/messages.ts';
import { Buckets } from './buckets.ts';
import { commandHash } from './commandhash.ts';
import type { Connection, Guest } from './connection.ts';
import type { Admission, Doorkeeper } from './doorkeeper.ts';
import { isErrand, type Errand, type Errands } from './errands.ts';
import { Follower } from './follower.ts';
import { eventsFrame, lastThatFit } from './frame.ts';
import type { Limits } from './limits.ts';
import type { Presence } from './presence.ts';
import { Questions } from './questions.ts';
import { nack, type Job } from './job.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';
import { told, type InForce } from './settings.ts';

export interface DeskContext {
  readonly log: Log;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly doorkeeper: Doorkeeper;
  readonly settings: InForce;
  /** Why the hub cannot write; null: it can. */
  readonly readOnly: () => string | null;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly hub: { readonly id: string; readonly pid: number; readonly startedAt: string };
  /** Connections of people who said hello. */
  readonly guests: ReadonlySet<Connection>;
  /** Somebody came in, or looks at another incident. */
  readonly onPeople: () => void;
  readonly errands: Errands;
  readonly onAnswer: (acknowledged: boolean) => void;
  readonly onWelcome: (connection: Connection) => void;
}
type Message<T extends ToHub['type']> = Extract<ToHub, { type: T }>;

export class Desk {
  readonly #context: DeskContext;
  readonly #buckets: Buckets;
  readonly #questions = new WeakMap<Connection, Questions>();

  constructor(context: DeskContext) {
    this.#context = context;
    this.#buckets = new Buckets(context.limits.perSecond, context.limits.burst, context.clock);
  }

  /** Forgets what is not needed any more; called now and then. */
  tidy(): void {
    this.#buckets.prune();
  }

  take(connection: Connection, message: ToHub): void {
    const { guest } = connection;
    if (guest === null) {
      if (message.type === 'hello') return this.#hello(connection, message);
      return connection.end('malformed', 'say hello first');
    }
    switch (message.type) {
      case 'hello':
        return connection.end('malformed', 'hello is said once');
      case 'follow':
        return this.#ask(connection, () => this.#follow(connection, message));
      case 'unfollow':
        return this.#ask(connection, () => this.leave(connection));
      case 'page':
        return this.#ask(connection, () => this.#page(connection, message));
      case 'command':
        return this.#command(connection, guest, message);
      case 'typing':
        return this.#typing(connection, guest, message.on);
      case 'pong':
        return;
      default:
        return message satisfies never;
    }
  }

  /** Told when it begins and when it ends; in between a console says it again, and nobody hears of that. */
  #typing(connection: Connection, { observer }: Guest, on: boolean): void {
    if (observer) return;
    const { clock, limits, onPeople } = this.#context;
    const was = connection.typingUntil > clock.mono();
    connection.typingUntil = on ? clock.mono() + limits.typingMs : 0;
    if (was !== on) onPeople();
    clearTimeout(connection.typingEnds);
    // A timer may fire a little early, by the clock's count.
    const end = (): void => void (connection.open && onPeople());
    if (on) connection.typingEnds = setTimeout(end, limits.typingMs + 50).unref();
  }

  /** What a console asks to read waits for its turn. */
  #ask(connection: Connection, answer: () => void): void {
    const questions = this.#questions.get(connection) ?? new Questions(connection, this.#context.limits);
    this.#questions.set(connection, questions);
    questions.ask(answer);
  }

  /** A token nobody knows may be an invitation of this very second: the file is looked at once more. */
  #hello(connection: Connection, hello: Message<'hello'>): void {
    const { doorkeeper, clock } = this.#context;
    const admission = doorkeeper.admit(hello.token, clock.wall());
    if (admission) return this.#admit(connection, hello, admission);
    void doorkeeper.refresh().then(() => {
      const second = doorkeeper.admit(hello.token, clock.wall());
      if (second === null) connection.end('unauthorized');
      else if (connection.open && connection.guest === null) this.#admit(connection, hello, second);
    });
  }

  #admit(connection: Connection, hello: Message<'hello'>, admission: Admission): void {
    const { version, name, client, via, live } = hello;
    const { clock, guests, limits, presence, rooms, settings } = this.#context;
    if (version !== PROTOCOL_VERSION)
      return connection.end('version', `the hub speaks version ${PROTOCOL_VERSION}, you speak ${version}`);
    const invite = admission.local ? null : admission.invite;
    if (invite && invite.name !== name) return connection.end('forbidden', `this token is ${invite.name}'s`);
    const same = [...guests].filter(({ guest }) => guest?.name === name).length;
    if (guests.size >= limits.connections || (invite && same >= limits.perPerson)) return connection.end('crowded');
    const guest: Guest = {
      name,
      observer: invite?.observer ?? false,
      origin: invite ? `${invite.name}:${client}` : client,
      client,
      via,
      live,
      since: clock.wall(),
      invite: invite?.hash ?? null,
    };
    connection.guest = guest;
    presence.add(connection);
    connection.send({
      type: 'welcome',
      version: PROTOCOL_VERSION,
      you: { name, observer: guest.observer },
      hub: this.#context.hub,
      now: clock.wall(),
      policy: settings.current.policy,
      incidents: rooms.summaries(),
      targets: told(settings.current.targets),
      readOnly: this.#context.readOnly(),
      ...(rooms.damaged().length > 0 ? { damaged: rooms.damaged() } : {}),
    });
    this.#context.onWelcome(connection);
    this.#context.onPeople();
  }

  /** The head is taken and the console joins the live ones in this one turn, so nothing falls in between. */
  #follow(connection: Connection, { incident, epoch, after, last }: Message<'follow'>): void {
    const { rooms, log, limits } = this.#context;
    const room = rooms.get(incident);
    if (room === undefined) return connection.send({ type: 'fault', reason: rooms.whyNone(incident), incident });
    this.leave(connection);
    connection.incident = incident;
    const head = log.head(incident);
    const current = log.epoch(incident);
    // After an older backup was restored the numbers may fit again and the entries differ.
    const isSame = last === undefined || after === 0 || log.get(incident, after)?.id === last;
    const continues = epoch === current && isSame && after <= head;
    const resumes = continues && head - after <= limits.resume;
    const whole = !resumes && room.state.head <= limits.resume;
    const seq = room.state.head;
    const tailFrom = Math.max(1, seq - limits.tail + 1);
    connection.send({
      type: 'following',
      incident,
      epoch: current,
      head,
      mode: resumes ? 'resume' : 'reset',
      ...(epoch !== null && !continues ? { wentBack: true } : {}),
      snapshot: resumes || whole ? null : { seq, state: room.state, tailFrom },
    });
    const follower = new Follower(connection, incident, resumes ? after : whole ? 0 : tailFrom - 1, log, limits);
    room.followers.set(connection, follower);
    follower.pump();
    this.#context.onPeople();
  }

  /** Stops following; also when the connection is gone. */
  leave(connection: Connection): void {
    const room = connection.incident === null ? undefined : this.#context.rooms.get(connection.incident);
    room?.followers.get(connection)?.stop();
    room?.followers.delete(connection);
    connection.incident = null;
  }

  /** The newest of those asked for, as many as fit: they join what the console holds already. */
  #page(connection: Connection, { incident, from, to }: Message<'page'>): void {
    const { rooms, log, limits } = this.#context;
    if (rooms.get(incident) === undefined) return connection.send({ type: 'fault', reason: rooms.whyNone(incident) });
    const last = Math.min(to, log.head(incident));
    const first = Math.max(from, last - limits.chunk + 1);
    const read = (after: number, limit: number): readonly string[] => log.texts(incident, after, limit);
    const texts = lastThatFit(read, first, last, limits.frame);
    connection.write(eventsFrame(incident, last - texts.length + 1, texts, true));
  }

  #command(connection: Connection, guest: Guest, message: Message<'command'>): void {
    const { n, id, incident, command } = message;
    const answer = (reply: FromHub): void => {
      if (reply.type === 'nack' && reply.retryAfter !== undefined) this.#hold(connection, n, reply.retryAfter);
      this.#context.onAnswer(reply.type !== 'nack');
      connection.send(reply);
    };
    const job: Job = {
      origin: { client: guest.origin, n, hash: commandHash(incident, command) },
      id,
      command,
      actor: { name: guest.name, observer: guest.observer, via: guest.via },
      answer,
      from: connection,
    };
    if (guest.observer) return nack(job, 'observer', 'observers read; ask for an invitation that may write');
    const wait = this.#mustWait(connection, guest, n);
    if (wait > 0) return nack(job, 'rate_limited', 'too many entries at once', wait);
    if (isErrand(command)) {
      const trusted = guest.invite === null || this.#context.rooms.commanders().has(guest.name);
      return this.#errand(job, command, incident, trusted);
    }
    if (command.kind === 'declare') return this.#declare(job, command.title);
    const room: Room | undefined = incident === null ? undefined : this.#context.rooms.get(incident);
    if (room) return room.submit(job);
    nack(job, 'not_found', incident === null ? 'say which incident' : this.#context.rooms.whyNone(incident));
  }

  #errand(job: Job, errand: Errand, incident: string | null, trusted: boolean): void {
    this.#context.errands.take(job, errand, incident, trusted).catch((error: unknown) => {
      nack(job, 'read_only', error instanceof Error ? error.message : 'the hub cannot do that now', 10_000);
    });
  }

  #declare(job: Job, title: string): void {
    this.#context.rooms.declare(job, title).catch((error: unknown) => {
      nack(job, 'read_only', error instanceof Error ? error.message : 'the hub cannot write', 10_000);
    });
  }

  #hold(connection: Connection, n: number, ms: number): void {
    if (connection.heldFrom && connection.heldFrom.n <= n) return;
    connection.heldFrom = { n, until: this.#context.clock.mono() + ms };
  }

  /**
   * Once a command was told to wait, those after it wait too until it came again, so that the order of a console is
   * kept. A console that never sends it again is let off after a while.
   */
  #mustWait(connection: Connection, guest: Guest, n: number): number {
    const now = this.#context.clock.mono();
    const held = connection.heldFrom;
    if (held && n > held.n && now < held.until + HOLD) return Math.max(RETRY, Math.ceil(held.until - now));
    connection.heldFrom = null;
    return this.#buckets.take(guest.origin);
  }
}

/** How long later commands are held back for one that was told to wait, beyond that wait, ms. */
const HOLD = 30_000;
/** The shortest wait that is told, ms. */
const RETRY = 50;
