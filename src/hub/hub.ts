/** Puts the hub together: record, rooms, server, message handler, presence, readings; how it starts and ends. */
import { randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Event } from '../incident/event.ts';
import { isHubEvent } from '../incident/hub-record.ts';
import { POLICIES } from '../incident/policies/index.ts';
import type { Policy } from '../incident/policy.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { EventStore } from '../log/event-store.ts';
import type { Journal } from '../log/journal.ts';
import type { Clock } from '../protocol/clock.ts';
import type { Reading } from '../protocol/reading.ts';
import type { Rule } from '../rules/rule.ts';
import { Alerting, type AlertingOptions } from './alerting.ts';
import { readSavedAlerts } from './alert-memory.ts';
import { Authenticator } from './authenticator.ts';
import { Broadcaster } from './broadcaster.ts';
import { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { FanOut } from './fan-out.ts';
import { healthRoutes, type Stats } from './health.ts';
import { HubCommands, type Inspecting, type Reloading } from './hub-commands.ts';
import { hubFold, importSavedAlerts, openHubRecord, type HubRecordRoom } from './hub-record.ts';
import { incidentFold } from './incident-store.ts';
import { LIMITS, type Limits } from './limits.ts';
import { Maintenance } from './maintenance.ts';
import { MessageHandler } from './message-handler.ts';
import { Presence } from './presence.ts';
import { Readings } from './readings.ts';
import type { Batch } from './room.ts';
import { Rooms, type RoomsContext } from './rooms.ts';
import { RuntimeFile } from './runtime-file.ts';
import { Scheduler } from './scheduler.ts';
import { isLoopback, listen, type Listening, type Tls } from './server.ts';
import { InForce, rulesFor, told, type HubTarget, type ReadAgain, type ReadSettings } from './settings.ts';
import { Subscribers, type Subscriber } from './subscribers.ts';
import { localToken } from './tokens.ts';

/** What polls the targets; injected, so that a hub runs without. */
export interface Poller {
  latest(): readonly Reading[];
  /** A closer look at one target. */
  inspect?(target: string): Promise<Inspecting>;
  close(): Promise<void>;
}
export interface HubOptions {
  readonly dataDir: string;
  /** Port 0: any free one. */
  readonly listen: { readonly host: string; readonly port: number };
  /** Where the records are kept. */
  readonly journal: Pick<Journal, 'incidentStore' | 'hubStore' | 'close'>;
  readonly policy: Policy;
  readonly targets: readonly HubTarget[];
  /** Called once it listens, with its own addresses: a target may be the hub itself. */
  readonly poller: ((onReading: (reading: Reading) => void, hub: RuntimeFile['own']) => Poller) | null;
  readonly clock: Clock;
  /** 0 <= x < 1. */
  readonly random: () => number;
  readonly tls?: Tls;
  /** Said aloud: listen beyond this machine without TLS. */
  readonly insecure?: boolean;
  readonly allowedOrigins: readonly string[];
  /** Ends by itself when nothing is open and nobody was attached for this long; null: never. */
  readonly idleExitMs: number | null;
  readonly limits?: Partial<Limits>;
  readonly version?: string;
  /** What makes alerts; none without. */
  readonly rules?: readonly Rule[];
  readonly reload?: ReadAgain;
  /** The hub's own log: what happened to it, one line each. */
  readonly say?: (line: string) => void;
}
export interface Hub {
  /** ws://host:port */
  readonly url: string;
  readonly httpUrl: string;
  /** This machine's own token. */
  readonly token: string;
  close(reason?: string): Promise<void>;
  /** Reads the configuration again; says in the log what came of it, too. */
  reload(): Promise<Reloading>;
  /** Resolves with why, when it ended (by itself or by `close`). */
  readonly done: Promise<string>;
  stats(): Stats;
}

/**
 * Starts a hub. Rejects when it may not or cannot listen, or when the record cannot be read: then `journal` is still the
 * caller's. Once started the hub closes it when it ends.
 */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { listen, tls, insecure, dataDir } = options;
  if (!isLoopback(listen.host) && !tls && !insecure)
    throw new Error(
      `${listen.host} can be reached from other machines: give a certificate and key (TLS), or say --insecure if something else protects the line`,
    );
  const running = new RunningHub(options, await localToken(dataDir));
  await running.start();
  return running;
}

class RunningHub implements Hub {
  readonly token: string;
  readonly done: Promise<string>;
  readonly #options: HubOptions;
  readonly #limits: Limits;
  readonly #presence: Presence;
  readonly #readings: Readings;
  readonly #connections: Connections;
  readonly #startedAt: string;
  readonly #startedMono: number;
  readonly #version: string;
  readonly #settings: InForce;
  readonly #say: (line: string) => void;
  readonly #newId: (ms: number) => string;
  #store!: RoomsContext['store'];
  #rooms!: Rooms;
  #record!: HubRecordRoom;
  #subscribers!: Subscribers;
  #scheduler!: Scheduler;
  #messageHandler!: MessageHandler;
  #broadcaster!: Broadcaster;
  #alerting!: Alerting;
  #authenticator!: Authenticator;
  #server: Listening | null = null;
  #runtimeFile!: RuntimeFile;
  #poller: Poller | null = null;
  #maintenance!: Maintenance;
  #counts = { acknowledged: 0, refused: 0, events: 0 };
  #closing: Promise<void> | null = null;
  #resolveDone: (reason: string) => void = () => {};

  constructor(options: HubOptions, token: string) {
    const { policy, targets, rules = [], clock, random } = options;
    this.#options = options;
    this.#limits = { ...LIMITS, ...options.limits };
    this.#say = options.say ?? (() => {});
    this.#newId = monotonicFactory(random);
    this.#settings = new InForce(
      { policy, targets, rules },
      { read: options.reload, say: this.#say, takeOver: (read, gone) => this.#takeOver(read, gone) },
    );
    this.token = token;
    this.#version = options.version ?? '0';
    this.#presence = new Presence(clock);
    this.#connections = new Connections({
      limits: this.#limits,
      clock,
      take: (connection, message) => this.#messageHandler.handle(connection, message),
      onRefused: () => this.#counts.refused++,
      onLeft: (connection) => this.#left(connection),
      onBug: (error) => this.#bug(error),
    });
    this.#readings = new Readings(() => this.#connections.consoles(), this.#limits, clock);
    this.#startedAt = new Date(clock.wall()).toISOString();
    this.#startedMono = clock.mono();
    this.done = new Promise((resolve) => (this.#resolveDone = resolve));
  }

  async start(): Promise<void> {
    const { journal, clock, dataDir, idleExitMs } = this.#options;
    const store = journal.incidentStore(incidentFold);
    const hubStore = journal.hubStore(hubFold);
    this.#store = store;
    const settings = this.#settings;
    const fanOut = new FanOut(store, this.#limits);
    this.#authenticator = await Authenticator.open(dataDir, this.token);
    this.#rooms = await Rooms.open({
      ...this.#roomContext(store),
      store,
      policy: () => settings.current.policy,
      absentMs: (name) => this.#presence.absentMs(name),
      isFollowed: (incident) => fanOut.isFollowed(incident),
      committed: (incident, batch) => this.#subscribers.committed(incident, batch),
      onChanged: () => this.#broadcaster?.incidents(),
    });
    for (const { incident, reason } of this.#rooms.damaged())
      this.#say(`the record of ${incident}, which is over, is damaged and not served: ${reason}`);
    this.#broadcaster = new Broadcaster(() => this.#connections.consoles(), this.#presence, this.#rooms);
    this.#scheduler = new Scheduler({
      rooms: this.#rooms,
      policies: POLICIES,
      clock,
      newId: this.#newId,
      say: this.#say,
    });
    this.#record = await openHubRecord({
      ...this.#roomContext(hubStore),
      store: hubStore,
      committed: (_stream, { events }) =>
        this.#alerting?.apply(events.flatMap((event: AnyEvent) => (isHubEvent(event) ? [event] : []))),
    });
    const saved = await readSavedAlerts(dataDir, this.#say);
    const alerting: AlertingOptions = {
      dataDir,
      rules: rulesFor(settings.current),
      rooms: this.#rooms,
      hubState: () => this.#record.state,
      record: ({ incident, key, command }) => this.#scheduler.execute(incident, key, command, 'rules'),
      clock,
      limits: this.#limits,
      intervalOf: (target) => settings.target(target)?.intervalMs ?? 1_000,
      consoles: () => this.#connections.consoles(),
      say: this.#say,
    };
    this.#alerting = new Alerting(alerting, saved);
    await importSavedAlerts(saved, this.#record, this.#alerting.acknowledged(), clock, this.#newId);
    this.#subscribers = new Subscribers([fanOut, this.#scheduler, this.#alerting, ...this.#observers()], {
      store,
      say: this.#say,
      retryMs: 1_000,
    });
    this.#messageHandler = new MessageHandler({
      store,
      rooms: this.#rooms,
      fanOut,
      presence: this.#presence,
      authenticator: this.#authenticator,
      settings,
      readOnly: () => this.#maintenance.readOnly,
      hubCommands: new HubCommands({
        rooms: this.#rooms,
        record: this.#record,
        alerting: this.#alerting,
        policy: () => settings.current.policy,
        reload: () => this.reload(),
        inspect: async (target) => (await this.#poller?.inspect?.(target)) ?? NOBODY_LOOKS,
      }),
      clock,
      limits: this.#limits,
      hub: { id: randomUUID(), pid: process.pid, startedAt: this.#startedAt },
      sessions: this.#connections.sessions,
      onPeople: () => this.#broadcaster.people(),
      onAnswer: (acknowledged) => this.#counts[acknowledged ? 'acknowledged' : 'refused']++,
      onWelcome: (connection) => {
        this.#connections.welcome(connection);
        this.#alerting.greet(connection);
        if (connection.session?.live) this.#readings.greet(connection);
      },
    });
    this.#maintenance = new Maintenance({
      store,
      clock,
      limits: this.#limits,
      rooms: this.#rooms,
      connections: this.#connections,
      messageHandler: this.#messageHandler,
      authenticator: this.#authenticator,
      broadcaster: this.#broadcaster,
      idleExitMs,
      onIdle: () => void this.close('idle'),
    });
    await this.#maintenance.measure();
    await this.#open();
    this.#poller = this.#options.poller?.((reading) => this.#take(reading), this.#runtimeFile.own) ?? null;
    this.#alerting.start();
    for (const { id } of this.#rooms.open()) this.#scheduler.evaluate(id);
    this.#maintenance.start();
  }

  /** What every room needs, an incident's or that of the hub's own record. */
  #roomContext(store: Pick<EventStore<never, never>, 'readOnly'>) {
    return {
      store,
      clock: this.#options.clock,
      limits: this.#limits,
      newId: this.#newId,
      onBug: (error: unknown) => this.#bug(error),
      onFault: () => this.#maintenance.tellWritable(),
    };
  }

  /** Subscribers that only count and tell. */
  #observers(): readonly Subscriber[] {
    return [
      {
        name: 'presence',
        handle: (_incident, { events }) => {
          for (const event of events) this.#onCommander(event);
        },
      },
      {
        name: 'summaries',
        handle: (_incident, { events }: Batch) => {
          this.#counts.events += events.length;
          this.#broadcaster.incidents();
        },
      },
    ];
  }

  get url(): string {
    return this.#runtimeFile.url;
  }
  get httpUrl(): string {
    return this.#runtimeFile.httpUrl;
  }

  #take(reading: Reading): void {
    this.#readings.take(reading);
    const target = this.#settings.target(reading.target);
    // A server that was only guessed at, and is not there, raises no alerts.
    if (target && !target.own && reading.facts['absent'] === undefined) this.#alerting.take(reading);
  }

  reload(): Promise<Reloading> {
    return this.#settings.reload();
  }

  async #takeOver({ policy, targets, apply, tls }: ReadSettings, gone: readonly HubTarget[]): Promise<void> {
    for (const { name } of gone) this.#alerting.dropTarget(name);
    this.#alerting.replaceRules(rulesFor(this.#settings.current));
    this.#readings.only(new Set(targets.map(({ name }) => name)));
    apply();
    if (tls) {
      this.#server?.renew(tls);
      await this.#runtimeFile.announce(tls);
    }
    this.#broadcaster.settings({ policy, targets: told(targets) });
  }

  /** A new IC is not gone at once, even when they have no console yet. */
  #onCommander(event: Event): void {
    if (event.kind !== 'role_assigned' || event.data.role !== 'ic') return;
    this.#presence.seen(event.data.name);
    this.#broadcaster.people();
  }

  async #open(): Promise<void> {
    const { listen: where, tls, allowedOrigins, dataDir, idleExitMs } = this.#options;
    this.#server = await listen({
      ...where,
      tls: tls ?? null,
      allowedOrigins,
      limits: this.#limits,
      routes: healthRoutes(() => this.stats()),
      onSocket: (ws, socket, address) =>
        this.#connections.enter(new Connection(ws, socket, address, this.#options.clock, this.#limits)),
    });
    const { host, port } = this.#server;
    this.#runtimeFile = new RuntimeFile({
      dataDir,
      host,
      port,
      isSecure: tls !== undefined,
      startedAt: this.#startedAt,
      version: this.#version,
      background: idleExitMs !== null,
    });
    try {
      await this.#runtimeFile.announce(tls ?? null);
    } catch (error) {
      await this.#server.close();
      throw error;
    }
  }

  /** A fault of our own must not take the room away from everybody: it is written down, and the hub goes on. */
  #bug(error: unknown): void {
    this.#say(`a fault of the hub: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }

  #left(connection: Connection): void {
    this.#messageHandler.leave(connection);
    this.#presence.remove(connection);
    if (connection.session === null) return;
    this.#maintenance.left();
    this.#broadcaster.people();
  }

  stats(): Stats {
    const { open, all } = this.#rooms.count();
    return {
      readOnly: this.#maintenance.readOnly,
      connections: this.#connections.size,
      people: this.#presence.people().length,
      incidentsOpen: open,
      incidents: all,
      damaged: this.#rooms.damaged().length,
      journalLag: this.#rooms.lag + this.#record.lag,
      events: this.#counts.events,
      commands: { acknowledged: this.#counts.acknowledged, refused: this.#counts.refused },
      uptimeSeconds: Math.round((this.#options.clock.mono() - this.#startedMono) / 1000),
      version: this.#version,
      alerts: this.#alerting.counts(),
    };
  }

  close(reason = 'closed'): Promise<void> {
    return (this.#closing ??= this.#close(reason));
  }

  /** Withdraws the runtime file, says goodbye, lets what is on its way to the disk arrive, and closes the record. */
  async #close(reason: string): Promise<void> {
    this.#maintenance.stop();
    this.#scheduler.stop();
    this.#connections.shut();
    this.#broadcaster.close();
    this.#readings.close();
    await this.#runtimeFile.withdraw();
    await this.#poller?.close();
    await this.#alerting.close();
    for (let turns = 0; this.#rooms.lag + this.#record.lag > 0 && turns < 200; turns++)
      await new Promise((resolve) => setTimeout(resolve, 10));
    this.#connections.sayGoodbye();
    await new Promise((resolve) => setTimeout(resolve, this.#connections.size > 0 ? 50 : 0));
    await this.#server?.close();
    this.#connections.clear();
    await this.#store.saveSnapshots();
    await this.#options.journal.close();
    this.#resolveDone(reason);
  }
}

const NOBODY_LOOKS: Inspecting = { refused: 'this hub polls no targets' };
