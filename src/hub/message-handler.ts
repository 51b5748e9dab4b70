/** What each message of a console does. Everything here answers at once or hands the work to a room. */
import type { Log } from '../log/log.ts';
import type { Clock } from '../protocol/clock.ts';
import { isHubCommand, stamped, type ConsoleCommand, type HubCommand } from '../protocol/command.ts';
import { agreed, PROTOCOL, versionsDiffer, type FromHub, type ToHub } from '../protocol/messages.ts';
import { RateLimiter } from './rate-limiter.ts';
import { commandHash } from './commandhash.ts';
import type { Connection, Session } from './connection.ts';
import type { Admission, Authenticator } from './authenticator.ts';
import type { HubCommands } from './hub-commands.ts';
import { Subscription } from './subscription.ts';
import { eventsFrame, lastThatFit } from './frame.ts';
import type { Limits } from './limits.ts';
import type { Presence } from './presence.ts';
import { ReadQueue } from './read-queue.ts';
import { nack, type Submission } from './submission.ts';
import type { Room } from './room.ts';
import type { Rooms } from './rooms.ts';
import { told, type InForce } from './settings.ts';

export interface MessageHandlerContext {
  readonly log: Log;
  readonly rooms: Rooms;
  readonly presence: Presence;
  readonly authenticator: Authenticator;
  readonly settings: InForce;
  /** Why the hub cannot write; null: it can. */
  readonly readOnly: () => string | null;
  readonly clock: Clock;
  readonly limits: Limits;
  readonly hub: { readonly id: string; readonly pid: number; readonly startedAt: string };
  /** Connections of people who said hello. */
  readonly sessions: ReadonlySet<Connection>;
  /** Somebody came in, or looks at another incident. */
  readonly onPeople: () => void;
  readonly hubCommands: HubCommands;
  readonly onAnswer: (acknowledged: boolean) => void;
  readonly onWelcome: (connection: Connection) => void;
}
type Message<T extends ToHub['type']> = Extract<ToHub, { type: T }>;

export class MessageHandler {
  readonly #context: MessageHandlerContext;
  readonly #rateLimiter: RateLimiter;
  readonly #reads = new WeakMap<Connection, ReadQueue>();

  constructor(context: MessageHandlerContext) {
    this.#context = context;
    this.#rateLimiter = new RateLimiter(context.limits.perSecond, context.limits.burst, context.clock);
  }

  /** Forgets what is not needed any more; called now and then. */
  tidy(): void {
    this.#rateLimiter.prune();
  }

  take(connection: Connection, message: ToHub): void {
    const { session } = connection;
    if (session === null) {
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
        return this.#command(connection, session, message);
      case 'typing':
        return this.#typing(connection, session, message.on);
      case 'pong':
        return;
      default:
        return message satisfies never;
    }
  }

  /** Told when it begins and when it ends; in between a console says it again, and nobody hears of that. */
  #typing(connection: Connection, { observer }: Session, on: boolean): void {
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
    const questions = this.#reads.get(connection) ?? new ReadQueue(connection, this.#context.limits);
    this.#reads.set(connection, questions);
    questions.ask(answer);
  }

  /** A token nobody knows may be an invitation of this very second: the file is looked at once more. */
  #hello(connection: Connection, hello: Message<'hello'>): void {
    const { authenticator, clock } = this.#context;
    const admission = authenticator.admit(hello.token, clock.wall());
    if (admission) return this.#admit(connection, hello, admission);
    void authenticator.refresh().then(() => {
      const second = authenticator.admit(hello.token, clock.wall());
      if (second === null) connection.end('unauthorized');
      else if (connection.open && connection.session === null) this.#admit(connection, hello, second);
    });
  }

  #admit(connection: Connection, hello: Message<'hello'>, admission: Admission): void {
    const { name, client, via, live } = hello;
    const { clock, sessions, limits, presence, rooms, settings } = this.#context;
    const theirs = { min: hello.min ?? hello.version, max: hello.max ?? hello.version };
    const version = agreed(PROTOCOL, theirs);
    if (version === null) return connection.end('version', versionsDiffer(PROTOCOL, theirs));
    const invite = admission.local ? null : admission.invite;
    if (invite && invite.name !== name) return connection.end('forbidden', `this token is ${invite.name}'s`);
    const same = [...sessions].filter(({ session }) => session?.name === name).length;
    if (sessions.size >= limits.connections || (invite && same >= limits.perPerson)) return connection.end('crowded');
    const session: Session = {
      name,
      observer: invite?.observer ?? false,
      origin: invite ? `${invite.name}:${client}` : client,
      client,
      via,
      live,
      since: clock.wall(),
      invite: invite?.hash ?? null,
    };
    connection.session = session;
    presence.add(connection);
    connection.send({
      type: 'welcome',
      version,
      ...PROTOCOL,
      you: { name, observer: session.observer },
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
    const subscription = new Subscription(
      connection,
      incident,
      resumes ? after : whole ? 0 : tailFrom - 1,
      log,
      limits,
    );
    room.subscriptions.set(connection, subscription);
    subscription.pump();
    this.#context.onPeople();
  }

  /** Stops following; also when the connection is gone. */
  leave(connection: Connection): void {
    const room = connection.incident === null ? undefined : this.#context.rooms.get(connection.incident);
    room?.subscriptions.get(connection)?.stop();
    room?.subscriptions.delete(connection);
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

  #command(connection: Connection, session: Session, message: Message<'command'>): void {
    const { n, id, incident, command: asked, typedAt } = message;
    const command = stamped(asked, typedAt, this.#context.clock.wall());
    const answer = (reply: FromHub): void => {
      if (reply.type === 'nack' && reply.retryAfter !== undefined) this.#hold(connection, n, reply.retryAfter);
      this.#context.onAnswer(reply.type !== 'nack');
      connection.send(reply);
    };
    const submission: Submission<ConsoleCommand> = {
      origin: { client: session.origin, n, hash: commandHash(incident, asked) },
      id,
      command,
      actor: { name: session.name, observer: session.observer, via: session.via },
      answer,
      from: connection,
    };
    if (session.observer) return nack(submission, 'observer', 'observers read; ask for an invitation that may write');
    const wait = this.#mustWait(connection, session, n);
    if (wait > 0) return nack(submission, 'rate_limited', 'too many entries at once', wait);
    if (isHubCommand(command)) {
      const trusted = session.invite === null || this.#context.rooms.commanders().has(session.name);
      return this.#hubCommand(submission, command, incident, trusted);
    }
    if (command.kind === 'declare') return this.#declare({ ...submission, command }, command.title);
    const room: Room | undefined = incident === null ? undefined : this.#context.rooms.get(incident);
    if (room) return room.submit({ ...submission, command });
    nack(submission, 'not_found', incident === null ? 'say which incident' : this.#context.rooms.whyNone(incident));
  }

  #hubCommand(
    submission: Submission<ConsoleCommand>,
    command: HubCommand,
    incident: string | null,
    trusted: boolean,
  ): void {
    this.#context.hubCommands.take(submission, command, incident, trusted).catch((error: unknown) => {
      nack(submission, 'read_only', error instanceof Error ? error.message : 'the hub cannot do that now', 10_000);
    });
  }

  #declare(submission: Submission, title: string): void {
    this.#context.rooms.declare(submission, title).catch((error: unknown) => {
      nack(submission, 'read_only', error instanceof Error ? error.message : 'the hub cannot write', 10_000);
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
  #mustWait(connection: Connection, session: Session, n: number): number {
    const now = this.#context.clock.mono();
    const held = connection.heldFrom;
    if (held && n > held.n && now < held.until + HOLD) return Math.max(RETRY, Math.ceil(held.until - now));
    connection.heldFrom = null;
    return this.#rateLimiter.take(session.origin);
  }
}

/** How long later commands are held back for one that was told to wait, beyond that wait, ms. */
const HOLD = 30_000;
/** The shortest wait that is told, ms. */
const RETRY = 50;
