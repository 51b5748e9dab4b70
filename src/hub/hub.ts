/** Assembles, starts and ends a hub. */
import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { monotonicFactory } from 'ulid';
import { isLoopback } from '../delivery/connection-settings.ts';
import type { Event } from '../incident/event.ts';
import { isHubEvent } from '../incident/hub-record.ts';
import type { AnyEvent } from '../incident/topic.ts';
import { namesOf } from '../oncall/plan.ts';
import { atHub } from '../probes/hub-target.ts';
import type { Target } from '../probes/probe.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Answer } from '../protocol/questions.ts';
import type { Reading } from '../protocol/reading.ts';
import { AcknowledgeLinks } from './acknowledge-links.ts';
import { archivedSummaries } from './archive.ts';
import { AlertPager } from './alert-pager.ts';
import { Alerting } from './alerting.ts';
import { readSavedAlerts } from './alert-memory.ts';
import { Authenticator } from './authenticator.ts';
import { Broadcaster } from './broadcaster.ts';
import { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { HubDeliveries } from './deliveries.ts';
import { Digests } from './digests.ts';
import { ChangeIntake } from './change-intake.ts';
import { FanOut } from './fan-out.ts';
import { HubFigures } from './figures.ts';
import { HubFollowUp } from './follow-up.ts';
import { healthRoutes, type Stats } from './health.ts';
import { HubCommands, type InspectionResult } from './hub-commands.ts';
import { hubFold, importSavedAlerts, openHubRecord } from './hub-record.ts';
import { Intakes } from './intakes.ts';
import { incidentFold } from './incident-store.ts';
import { Heartbeats } from './heartbeats.ts';
import { HttpBodies } from './http-body.ts';
import { HUB_LIMITS } from './limits.ts';
import { Maintenance } from './maintenance.ts';
import type { Hub, HubOptions } from './hub-options.ts';
import { MessageHandler } from './message-handler.ts';
import { Oncall } from './oncall.ts';
import { outsideRoutes } from './outside-routes.ts';
import { Presence } from './presence.ts';
import type { Answering, ConfigQuestion } from './questions.ts';
import { recordTransfer } from './record-transfer.ts';
import { Recorder } from './recorder.ts';
import { ReportedAlerts } from './reported-alerts.ts';
import { Rooms } from './rooms.ts';
import { RuntimeFile } from './runtime-file.ts';
import { Scheduler } from './scheduler.ts';
import { listenForConsoles } from './server.ts';
import { CurrentSettings, rulesFor, toldSettings, type HubTarget, type ReadSettings } from './settings.ts';
import { StepRuns } from './step-runs.ts';
import { Subscribers } from './subscribers.ts';
import { localToken } from './tokens.ts';

/** Starts a hub, which closes `journal` at its end. When it rejects, `journal` is still the caller's. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, clock, journal, tls = null, idleExitMs, version = '0', say = () => {} } = options;
  if (!isLoopback(options.listen.host) && !tls && !options.insecure)
    throw new Error(
      `${options.listen.host} can be reached from other machines: give a certificate and key (TLS), or say --insecure if something else protects the line`,
    );
  const token = await localToken(dataDir);
  const limits = { ...HUB_LIMITS, ...options.limits };
  const newId = monotonicFactory(options.random);
  const startedAt = new Date(clock.wall()).toISOString();
  const startedMono = clock.mono();
  const counts = { acknowledged: 0, refused: 0, events: 0 };
  const store = journal.incidentStore(incidentFold);
  const hubStore = journal.hubStore(hubFold);
  /** An unexpected error is logged and must not end the hub. */
  const onBug = (error: unknown): void =>
    say(`a fault of the hub: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  const recorder = new Recorder({
    dataDir,
    clock,
    say,
    room: (incident) => rooms.get(incident),
    onFault: (fault) => broadcaster.recording(fault),
  });
  let isServing = false;

  const settings = new CurrentSettings(
    { ...options, rules: options.rules ?? [] },
    { read: options.reload, say, takeOver },
  );
  const shared = { dataDir, clock, limits, newId, say, onBug, store, hubStore, settings };
  const hub = {
    ...shared,
    consoles: () => connections.consoles(),
    told: (message: FromHub, text?: string) => recorder.told(message, text),
    sessions: () => connections.sessions,
    policy: () => settings.current.policy,
    receivers: () => settings.current.receivers ?? [],
    knownNames: () => [
      ...presence.names(),
      ...authenticator.invited(),
      ...(oncall.plan?.people ?? []).flatMap(namesOf),
    ],
  };
  const roomContext = { ...hub, oncall: () => oncall, onFault: () => isServing && maintenance.tellWritable() };
  const presence = new Presence(clock);
  const fanOut = new FanOut(hub);
  const connections = new Connections({
    ...hub,
    take: (connection, message) => messageHandler.take(connection, message),
    onRefused: () => counts.refused++,
    onLeft,
  });
  const authenticator = await Authenticator.open(dataDir, token);
  let archived = archivedSummaries(dataDir);
  const figures = new HubFigures({ ...hub, rooms: () => rooms, archived: () => archived });
  const followUp = new HubFollowUp({ ...hub, rooms: () => rooms });
  const broadcaster = new Broadcaster({ ...hub, presence, figures, followUp, rooms: () => rooms });
  const rooms = await Rooms.open({
    ...roomContext,
    absentMs: (name) => presence.absentMs(name),
    alertEpisode: (alert) => alerting.episode(alert),
    holdPages: (alert) => pager.hold(alert),
    isFollowed: (incident) => fanOut.isFollowed(incident),
    committed: (incident, batch) => subscribers.committed(incident, batch),
    onChanged: tellIncidents,
    isArchived: (id) => archived.has(id),
  });
  for (const { incident, reason } of rooms.damaged())
    say(`the record of ${incident}, which is over, is damaged and not served: ${reason}`);
  const scheduler = new Scheduler({ ...hub, rooms });
  const record = await openHubRecord({
    ...roomContext,
    store: hubStore,
    severityOf: (alert) => alerting.severityOf(alert),
    committed(stream, { events }) {
      deliveries.handle(stream, { events });
      const known = events.flatMap((event: AnyEvent) => (isHubEvent(event) ? [event] : []));
      alerting.apply(known);
      changes.apply(known);
      if (!known.some(({ kind }) => kind.startsWith('oncall_'))) return;
      oncall.changed();
      digests.changed();
    },
  });
  const oncall = new Oncall({ ...hub, overrides: () => record.state.overrides });
  const links = new AcknowledgeLinks(token, options.publicUrl ?? null);
  const { random, publicUrl = null } = options;
  const deliveries = new HubDeliveries({ ...hub, random, publicUrl, links, rooms, record, oncall });
  const intakes = new Intakes({ ...hub, record });
  const heartbeats = await Heartbeats.open({ ...hub, intakes, record });
  const reported = new ReportedAlerts(() => record.state, heartbeats);
  const changes = new ChangeIntake({ ...hub, intakes, record, rooms, scheduler });
  const pager = new AlertPager({ ...hub, record, rooms });
  const saved = await readSavedAlerts(dataDir, say);
  const alerting = new Alerting(
    {
      ...hub,
      rules: rulesFor(settings.current),
      rooms,
      hubState: () => record.state,
      pager,
      reported: () => reported.now(),
      reportFaults: () => intakes.faults(),
      record: ({ incident, key, command }) => scheduler.execute(incident, key, command, 'rules'),
      intervalOf: (target) => settings.target(target)?.intervalMs ?? 1_000,
    },
    saved,
  );
  await importSavedAlerts(saved, record, alerting.acknowledged(), clock, newId);
  const digests = new Digests({
    ...hub,
    rooms,
    record,
    oncall,
    firing: () => alerting.fired(),
    severityOf: (alert) => alerting.severityOf(alert),
  });
  const steps = new StepRuns({
    ...hub,
    runbooks: options.runbooks ?? null,
    rooms,
    targets: () => atHub(settings.current.targets.map(withSettings), runtimeFile.own),
    secrets: [token],
  });
  const subscribers = new Subscribers(
    [
      { name: 'acknowledgements', handle: (incident) => messageHandler.sendAcknowledgements(incident) },
      fanOut,
      scheduler,
      alerting,
      deliveries,
      changes,
      steps,
      recorder,
      { name: 'presence', handle: (_incident, { events }) => events.forEach(onCommander) },
      {
        name: 'summaries',
        handle(_incident, { events }) {
          counts.events += events.length;
          figures.changed();
          followUp.changed(events);
          broadcaster.incidents();
        },
      },
    ],
    { ...hub, retryMs: 1_000 },
  );
  const hubCommands = new HubCommands({
    ...hub,
    rooms,
    record,
    alerting,
    oncall,
    deliveries,
    steps,
    inspect: async (target) => (await poller?.inspect?.(target)) ?? NOBODY_LOOKS,
  });
  const messageHandler = new MessageHandler({
    ...hub,
    rooms,
    fanOut,
    presence,
    authenticator,
    readOnly: () => maintenance.readOnly,
    hubCommands,
    answering,
    records: recordTransfer({
      ...hub,
      rooms,
      recorder,
      archived: () => archived,
      onArchive: () => (archived = archivedSummaries(dataDir)),
    }),
    hub: { id: randomUUID(), pid: process.pid, startedAt },
    onPeople: () => broadcaster.people(),
    onAnswer: (isAcknowledged) => counts[isAcknowledged ? 'acknowledged' : 'refused']++,
    onWelcome(connection) {
      connections.welcome(connection);
      alerting.greet(connection);
      oncall.greet(connection);
      deliveries.greet(connection);
      if (connection.session?.live) broadcaster.greet(connection);
      if (recorder.fault !== null) connection.send({ type: 'recording', fault: recorder.fault });
    },
  });
  const bodies = new HttpBodies(hub);
  const maintenance = new Maintenance({
    ...hub,
    bodies,
    rooms,
    connections,
    messageHandler,
    authenticator,
    broadcaster,
    isBusy: () =>
      deliveries.isBusy ||
      digests.isBusy ||
      steps.isBusy ||
      settings.hasSecrets ||
      Object.keys(record.state.intakes).length > 0,
    idleExitMs,
    onIdle: () => void close('idle'),
  });
  await maintenance.measure();
  const outside = { ...hub, rooms, record, alerting, hubCommands, bodies, links, intakes, heartbeats, changes };
  isServing = true;
  const server = await listenForConsoles({
    ...options.listen,
    tls,
    allowedOrigins: options.allowedOrigins,
    limits,
    routes: { ...healthRoutes(stats, () => figures.recent()), ...outsideRoutes(outside) },
    onSocket: (ws, socket, address) => connections.enter(new Connection(ws, socket, address, clock, limits)),
  });
  const isSecure = tls !== null;
  const background = idleExitMs !== null;
  const runtimeFile = new RuntimeFile({ dataDir, ...server, isSecure, startedAt, version, background });
  try {
    await runtimeFile.announce(tls);
  } catch (error) {
    await server.close();
    throw error;
  }
  const poller = options.poller?.(onReading, runtimeFile.own) ?? null;
  recorder.start(rooms.open().map(({ id }) => id));
  recorder.told({ type: 'settings', ...toldSettings(settings.current) });
  recorder.told({ type: 'incidents', incidents: rooms.summaries() });
  for (const part of [alerting, oncall, deliveries]) part.greet({ send: (message) => recorder.told(message) });
  alerting.start();
  changes.start();
  for (const { id } of rooms.open()) scheduler.handle(id);
  maintenance.start();
  deliveries.start();
  digests.changed();
  steps.start();

  function onReading(reading: Reading): void {
    broadcaster.reading(reading);
    recorder.reading(reading);
    const target = settings.target(reading.target);
    // A guessed target that does not exist raises no alerts.
    if (target && !target.own && reading.facts['absent'] === undefined) alerting.take(reading);
  }

  async function takeOver({ targets, apply, tls }: ReadSettings, gone: readonly HubTarget[]): Promise<void> {
    for (const { name } of gone) alerting.dropTarget(name);
    alerting.replaceRules(rulesFor(settings.current));
    broadcaster.keepTargets(new Set(targets.map(({ name }) => name)));
    apply();
    if (tls) {
      server.renew(tls);
      await runtimeFile.announce(tls);
    }
    oncall.changed();
    deliveries.changed();
    digests.changed();
    for (const { id } of rooms.open()) scheduler.handle(id);
    broadcaster.settings(toldSettings(settings.current));
  }

  function tellIncidents(): void {
    figures.changed();
    followUp.changed();
    broadcaster.incidents();
  }

  async function answering(question: Parameters<Answering>[0]): Promise<Answer> {
    if (question.what === 'follow_up') return { followUp: await followUp.all() };
    if (question.what === 'digest') return digests.answer(question);
    if (question.what !== 'figures') return (options.answering ?? NOTHING_KNOWN)(question);
    return { figures: await figures.since(question.since === undefined ? null : Date.parse(question.since)) };
  }

  /** A new IC counts as just seen, even without a console. */
  function onCommander(event: Event): void {
    if (event.kind !== 'role_assigned' || event.data.role !== 'ic') return;
    presence.seen(event.data.name);
    broadcaster.people();
  }

  function onLeft(connection: Connection): void {
    messageHandler.leave(connection);
    presence.remove(connection);
    if (connection.session === null) return;
    maintenance.left();
    broadcaster.people();
  }

  function stats(): Stats {
    const { open, all } = rooms.count();
    return {
      readOnly: maintenance.readOnly,
      unkept: recorder.fault,
      connections: connections.size,
      people: presence.people().length,
      incidentsOpen: open,
      incidents: all,
      damaged: rooms.damaged().length,
      journalLag: rooms.lag + record.lag,
      events: counts.events,
      commands: { acknowledged: counts.acknowledged, refused: counts.refused },
      uptimeSeconds: Math.round((clock.mono() - startedMono) / 1000),
      version,
      alerts: alerting.counts(),
      deliveries: deliveries.counts(),
    };
  }

  let ended: (reason: string) => void = () => {};
  const done = new Promise<string>((resolve) => (ended = resolve));
  let closing: Promise<void> | null = null;
  const close = (reason = 'closed'): Promise<void> => (closing ??= end(reason));

  /** Withdraws the runtime file, waits for pending writes, closes connections and the journal. */
  async function end(reason: string): Promise<void> {
    maintenance.stop();
    // What it records wakes the scheduler.
    await steps.close();
    scheduler.stop();
    connections.shut();
    broadcaster.close();
    oncall.close();
    await runtimeFile.withdraw();
    await poller?.close();
    await alerting.close();
    await digests.close();
    await deliveries.close();
    changes.close();
    await heartbeats.save();
    for (let turns = 0; rooms.lag + record.lag > 0 && turns < 200; turns++) await sleep(10);
    connections.sayGoodbye();
    await sleep(connections.size > 0 ? 50 : 0);
    await server.close();
    connections.clear();
    await recorder.close();
    await rooms.saveSnapshots();
    await journal.close();
    ended(reason);
  }

  return {
    url: runtimeFile.url,
    httpUrl: runtimeFile.httpUrl,
    token,
    close,
    reload: () => settings.reload(),
    done,
    stats,
  };
}

const NOTHING_KNOWN: Answering<ConfigQuestion> = () =>
  Promise.reject(new Error('this hub reads no logs and no runbooks'));
/** A target without settings of its own is one of a test. */
const withSettings = (target: HubTarget): Target => ({ settings: {}, ...target });
const NOBODY_LOOKS: InspectionResult = { refused: 'this hub polls no targets' };
