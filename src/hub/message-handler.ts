/** Handles the messages of a console: answers at once, queues a read, or submits to a room. */
import { errorMessage } from '../incident/words.ts';
import { randomUUID } from 'node:crypto';
import { isHubCommand, stamped, type ConsoleCommand } from '../protocol/command.ts';
import { isSameProof, newNonce, proofOf } from '../protocol/handshake.ts';
import { agreed, PROTOCOL, versionsDiffer, type FromHub, type ToHub } from '../protocol/messages.ts';
import type { Admission, Holder } from './authenticator.ts';
import type { Connection, PersonSession } from './connection.ts';
import { eventsFrame, lastThatFit, textFrame } from './frame.ts';
import { Questions, type QuestionsContext } from './questions.ts';
import { RateLimiter } from './rate-limiter.ts';
import { toldSettings } from './settings.ts';
import type { Alerting } from './alerting.ts';
import type { Broadcaster } from './broadcaster.ts';
import type { HubDeliveries } from './deliveries.ts';
import type { HubCommands } from './hub-commands.ts';
import type { Maintenance } from './maintenance.ts';
import type { Subscriber } from './subscribers.ts';
import { commandHash, refused, retryLater, type CommandResult, type Submission } from './submission.ts';

interface MessageHandlerContext extends QuestionsContext {
  readonly alerting: Alerting;
  readonly deliveries: HubDeliveries;
  readonly broadcaster: Broadcaster;
  readonly hubCommands: HubCommands;
  readonly maintenance: Maintenance;
}
type Message<T extends ToHub['type']> = Extract<ToHub, { type: T }>;

interface Challenged extends Pick<Holder, 'admission'> {
  readonly hello: Message<'hello'>;
  readonly version: number;
  readonly proof: string;
}

/** Later commands are held back this long beyond the wait of an earlier one, ms. */
const HOLD_MS = 30_000;
/** For an older console, which takes corrections from the state alone; the state is bounded. */
const TOO_MANY_CORRECTIONS =
  'more was corrected here than this version of warroom can show truly: upgrade warroom where the console runs';
const MIN_WAIT_MS = 50;

export class MessageHandler implements Subscriber {
  readonly name = 'acknowledgements';
  readonly #context: MessageHandlerContext;
  readonly #rateLimiter: RateLimiter;
  readonly #perPerson: RateLimiter;
  readonly #declarations: RateLimiter;
  readonly #questions: Questions;
  readonly #hub: Extract<FromHub, { type: 'welcome' }>['hub'];
  readonly #acknowledged = new Set<Connection>();
  /** Snapshot answers by state: normal, and for a console whose record went back. */
  readonly #snapshots = [new WeakMap<object, Buffer>(), new WeakMap<object, Buffer>()] as const;
  /** Consoles that must prove their token; null: the challenge is being prepared. */
  readonly #challenged = new WeakMap<Connection, Challenged | null>();

  constructor(context: MessageHandlerContext) {
    const { limits, clock, startedAt, rehearsal } = context;
    this.#context = context;
    this.#questions = new Questions(context);
    this.#hub = {
      id: randomUUID(),
      pid: process.pid,
      startedAt: new Date(startedAt.wall).toISOString(),
      ...(rehearsal && { drill: true }),
    };
    this.#rateLimiter = new RateLimiter(limits.perSecond, limits.burst, clock);
    this.#perPerson = new RateLimiter(limits.perSecond * 2, limits.burst * 2, clock);
    this.#declarations = new RateLimiter(limits.declarationsPerMinute / 60, limits.declarationsAtOnce, clock);
  }

  take(connection: Connection, message: ToHub): void {
    const { session } = connection;
    if (session === null) {
      const challenged = this.#challenged.get(connection);
      if (message.type === 'hello' && challenged === undefined) return this.#hello(connection, message);
      if (message.type === 'proof' && challenged) {
        const { hello, admission, version, proof } = challenged;
        return this.#admit(connection, hello, isSameProof(message.proof, proof) ? admission : null, version);
      }
      return connection.end('malformed', 'say hello first');
    }
    switch (message.type) {
      case 'hello':
      case 'proof':
        return connection.end('malformed', 'hello is said once');
      case 'follow':
        return connection.read(() => this.#follow(connection, message));
      case 'unfollow':
        return connection.read(() => this.#context.fanOut.unfollow(connection));
      case 'page':
        return connection.read(() => this.#page(connection, message));
      case 'command':
        return this.#command(connection, session, message);
      case 'typing':
        return this.#typing(connection, session, message.on);
      case 'ask':
        return void this.#questions.ask(connection, message.n, message.about);
      case 'pong':
        return;
      default:
        return message satisfies never;
    }
  }

  /** After a commit: consoles that do not follow the incident get their answers before the fan-out. */
  handle(incident: string): void {
    for (const connection of this.#acknowledged) if (connection.incident !== incident) connection.flush();
    this.#acknowledged.clear();
  }

  /** Start and end are broadcast, repeats are not. */
  #typing(connection: Connection, { observer }: PersonSession, on: boolean): void {
    if (observer) return;
    const { clock, limits, broadcaster } = this.#context;
    const was = connection.typingUntil > clock.mono();
    connection.typingUntil = on ? clock.mono() + limits.typingMs : 0;
    if (was !== on) broadcaster.people();
    clearTimeout(connection.typingEnds);
    // Timers may fire slightly early.
    const end = (): void => void (connection.open && broadcaster.people());
    if (on) connection.typingEnds = setTimeout(end, limits.typingMs + 50).unref();
  }

  /** Older consoles send the token. An unknown one may be a brand-new invitation: the file is reread once. */
  #hello(connection: Connection, hello: Message<'hello'>): void {
    const { authenticator } = this.#context;
    const { version: oldest, min = oldest, max = oldest, token, auth } = hello;
    const version = agreed(PROTOCOL, { min, max });
    if (version === null) return connection.end('version', versionsDiffer(PROTOCOL, { min, max }));
    if (auth) return this.#challenge(connection, hello, auth, version);
    if (token === undefined) return connection.end('malformed', 'a hello has a token or the id of its key');
    const admission = authenticator.admit(token);
    if (admission) return this.#admit(connection, hello, admission, version);
    void authenticator.refresh().then(() => this.#admit(connection, hello, authenticator.admit(token), version));
  }

  /** The hub proves first that it knows the token. The file is always reread, so that timing reveals nothing. */
  #challenge(connection: Connection, hello: Message<'hello'>, { key: id }: { key: string }, version: number): void {
    const { authenticator } = this.#context;
    this.#challenged.set(connection, null);
    void authenticator.refresh().then(() => {
      const { key, admission } = authenticator.holder(id);
      const challenge = { version, ...PROTOCOL, nonce: newNonce() };
      const proof = proofOf('console', key, hello, challenge);
      this.#challenged.set(connection, { admission, hello, version, proof });
      connection.send({ type: 'challenge', ...challenge, proof: proofOf('hub', key, hello, challenge) });
    });
  }

  /** `admission` null: unknown token. */
  #admit(connection: Connection, hello: Message<'hello'>, admission: Admission | null, version: number): void {
    if (!connection.open || connection.session !== null) return;
    if (admission === null) return connection.end('unauthorized');
    const { name, client, via, live } = hello;
    const { authenticator, clock, connections, limits, presence, rooms, settings, maintenance } = this.#context;
    const invite = admission.local ? null : admission.invite;
    if (invite && !authenticator.stands(invite.hash, clock.wall()))
      return connection.end('unauthorized', authenticator.whyEnded(invite.name, invite.hash));
    if (invite && invite.name !== name) return connection.end('forbidden', `this token is ${invite.name}'s`);
    const here = connections.sessions;
    const same = [...here].filter(({ session }) => session?.name === name).length;
    if (here.size >= limits.connections || (invite && same >= limits.perPerson)) return connection.end('crowded');
    const session: PersonSession = {
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
      hub: this.#hub,
      now: clock.wall(),
      ...toldSettings(settings.current),
      incidents: rooms.summaries(),
      readOnly: maintenance.readOnly,
      ...(rooms.damaged().length > 0 ? { damaged: rooms.damaged() } : {}),
    });
    this.#greet(connection, live);
  }

  #greet(connection: Connection, live: boolean): void {
    const { connections, alerting, oncall, deliveries, broadcaster, recorder } = this.#context;
    connections.welcome(connection);
    for (const part of [alerting, oncall, deliveries]) part.greet(connection);
    if (live) broadcaster.greet(connection);
    if (recorder.fault !== null) connection.send({ type: 'recording', fault: recorder.fault });
    broadcaster.people();
  }

  /** Takes the head and subscribes in the same turn as the last read, so that no event is missed. */
  async #follow(connection: Connection, message: Message<'follow'>): Promise<void> {
    const { rooms, limits, fanOut, store } = this.#context;
    const { incident, epoch, after, last, corrects = false } = message;
    const room = await rooms.load(incident);
    if (room === undefined) return connection.send({ type: 'fault', reason: rooms.whyNone(incident), incident });
    // After a restored backup, the same seq may hold another event.
    const [held] = last === undefined || after === 0 ? [] : await store.read(incident, after - 1, 1);
    const isSame = last === undefined || after === 0 || (held !== undefined && idOf(held) === last);
    const { state } = room;
    const continues = epoch === room.epoch && isSame && after <= state.head;
    const resumes = continues && state.head - after <= limits.resume;
    const whole = !resumes && state.head <= limits.resume;
    const tailFrom = Math.max(1, state.head - limits.tail + 1);
    const wentBack = epoch !== null && !continues;
    const answer = {
      type: 'following',
      incident,
      epoch: room.epoch,
      head: state.head,
      mode: resumes ? 'resume' : 'reset',
      ...(wentBack ? { wentBack } : {}),
    } as const;
    if (resumes || whole) connection.send({ ...answer, snapshot: null });
    else {
      if (!corrects && (state.more?.annotatedFrom ?? 0) > 0)
        return connection.send({ type: 'fault', reason: TOO_MANY_CORRECTIONS, incident });
      const made = this.#snapshots[wentBack ? 1 : 0];
      const frame =
        made.get(state) ??
        textFrame(JSON.stringify({ ...answer, snapshot: { seq: state.head, state, tailFrom } } satisfies FromHub));
      made.set(state, frame);
      connection.write(frame);
    }
    fanOut.follow(connection, room, resumes ? after : whole ? 0 : tailFrom - 1);
    this.#context.broadcaster.people();
  }

  /** As many of the newest events asked for as fit. */
  async #page(connection: Connection, { incident, from, to }: Message<'page'>): Promise<void> {
    const { rooms, store, limits } = this.#context;
    const room = await rooms.load(incident);
    if (room === undefined) return connection.send({ type: 'fault', reason: rooms.whyNone(incident) });
    const last = Math.min(to, room.state.head);
    const first = Math.max(from, last - limits.chunk + 1);
    const texts = await lastThatFit((after, limit) => store.read(incident, after, limit), first, last, limits.frame);
    connection.write(eventsFrame(incident, last - texts.length + 1, texts, true));
  }

  #command(connection: Connection, session: PersonSession, message: Message<'command'>): void {
    const { n, id, incident, command: asked, typedAt } = message;
    const { rooms, hubCommands, clock } = this.#context;
    const command = stamped(asked, typedAt, clock.wall());
    const submission = <C extends ConsoleCommand>(command: C): Submission<C> => ({
      origin: { client: session.origin, n, hash: commandHash(incident, asked) },
      id,
      command,
      actor: { name: session.name, observer: session.observer, via: session.via },
    });
    const answer = (result: CommandResult): void => this.#answer(connection, n, id, result);
    if (session.observer) return answer(refused('observer', 'observers read; ask for an invitation that may write'));
    const waitMs = this.#mustWait(connection, session, n, command.kind === 'declare');
    if (waitMs > 0) return answer(refused('rate_limited', 'too many entries at once', waitMs));
    if (!isHubCommand(command)) return rooms.submit(incident, submission(command), answer);
    const isTrusted = session.invite === null || rooms.commanders().has(session.name);
    void hubCommands
      .execute(submission(command), incident, isTrusted)
      .catch((error: unknown) => retryLater('read_only', errorMessage(error)))
      .then(answer);
  }

  #answer(connection: Connection, n: number, id: string, result: CommandResult): void {
    this.#context.counts['refused' in result ? 'refused' : 'acknowledged']++;
    if ('event' in result) {
      const { incident, seq, at } = result.event;
      connection.acknowledged = Math.max(connection.acknowledged, n);
      this.#acknowledged.add(connection);
      // Ids and times are validated: nothing needs escaping.
      const ack = `{"type":"ack","n":${n},"id":"${id}","incident":"${incident}","seq":${seq},"at":"${at}"`;
      return connection.acknowledge(`${ack}${result.dup ? ',"dup":true' : ''}}`);
    }
    if ('said' in result) return connection.send({ type: 'done', n, id, said: result.said });
    const { refused: code, reason, retryAfter } = result;
    if (retryAfter === undefined) return connection.send({ type: 'nack', n, id, code, reason });
    this.#hold(connection, n, retryAfter);
    connection.send({ type: 'nack', n, id, code, reason, retryAfter });
  }

  #hold(connection: Connection, n: number, ms: number): void {
    // An acknowledged command is not sent again, so nothing may wait for it.
    if (n <= connection.acknowledged || (connection.heldFrom && connection.heldFrom.n <= n)) return;
    connection.heldFrom = { n, until: this.#context.clock.mono() + ms };
  }

  /** Wait of a command, ms; 0: none. Later ones wait for a refused one to come again, which keeps their order. */
  #mustWait(connection: Connection, session: PersonSession, n: number, isDeclaration: boolean): number {
    const now = this.#context.clock.mono();
    const held = connection.heldFrom;
    if (held && n > held.n && now < held.until + HOLD_MS) return Math.max(MIN_WAIT_MS, Math.ceil(held.until - now));
    connection.heldFrom = null;
    const waitMs = this.#rateLimiter.take(session.origin, now) || this.#perPerson.take(session.name, now);
    return waitMs || !isDeclaration ? waitMs : this.#declarations.take(session.name, now);
  }
}

function idOf(text: string): string | null {
  const entry: unknown = JSON.parse(text);
  const id: unknown = typeof entry === 'object' && entry !== null && 'id' in entry ? entry.id : null;
  return typeof id === 'string' ? id : null;
}
