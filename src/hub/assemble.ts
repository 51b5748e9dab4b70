/** Makes the parts of a hub and joins them. */
import { randomUUID } from 'node:crypto';
import { monotonicFactory } from 'ulid';
import type { Event } from '../incident/event.ts';
import { isHubEvent } from '../incident/hub-record.ts';
import type { AnyEvent } from '../incident/topic.ts';
import { namesOf } from '../oncall/plan.ts';
import { atHub } from '../probes/hub-target.ts';
import type { Target } from '../probes/probe.ts';
import type { FromHub } from '../protocol/messages.ts';
import type { Answer } from '../protocol/questions.ts';
import { AcknowledgeLinks } from './acknowledge-links.ts';
import { archivedSummaries } from './archive.ts';
import { AlertPager } from './alert-pager.ts';
import { Alerting } from './alerting.ts';
import { readSavedAlerts } from './alert-memory.ts';
import { Authenticator } from './authenticator.ts';
import { Broadcaster } from './broadcaster.ts';
import type { Connection } from './connection.ts';
import { Connections } from './connections.ts';
import { HubDeliveries } from './deliveries.ts';
import { Digests } from './digests.ts';
import { ChangeIntake } from './change-intake.ts';
import { FanOut } from './fan-out.ts';
import { HubFigures } from './figures.ts';
import { HubFollowUp } from './follow-up.ts';
import { HubCommands, type InspectionResult } from './hub-commands.ts';
import { hubFold, importSavedAlerts, openHubRecord } from './hub-record.ts';
import { Intakes } from './intakes.ts';
import { incidentFold } from './incident-store.ts';
import { Heartbeats } from './heartbeats.ts';
import { HttpBodies } from './http-body.ts';
import { HUB_LIMITS } from './limits.ts';
import { Maintenance } from './maintenance.ts';
import type { HubOptions } from './hub-options.ts';
import { MessageHandler } from './message-handler.ts';
import { Oncall } from './oncall.ts';
import { Presence } from './presence.ts';
import type { Answering, ConfigQuestion } from './questions.ts';
import { recordTransfer } from './record-transfer.ts';
import { Recorder } from './recorder.ts';
import { ReportedAlerts } from './reported-alerts.ts';
import { Rooms } from './rooms.ts';
import type { RuntimeFile } from './runtime-file.ts';
import { Scheduler } from './scheduler.ts';
import type { Tls } from './server.ts';
import { CurrentSettings, rulesFor, toldSettings, type HubTarget, type ReadSettings } from './settings.ts';
import { StepRuns } from './step-runs.ts';
import { Subscribers } from './subscribers.ts';
import { localToken } from './tokens.ts';

/** What is known, and can be done, once the hub listens. */
interface Serving {
  readonly startedAt: string;
  readonly own: () => RuntimeFile['own'];
  readonly inspect: (target: string) => Promise<InspectionResult | undefined>;
  readonly renew: (tls: Tls) => Promise<void>;
  readonly onIdle: () => void;
}

export async function assembleHub(options: HubOptions, serving: Serving) {
  const { dataDir, clock, journal, idleExitMs, rehearsal = false, say = () => {} } = options;
  const token = await localToken(dataDir);
  const limits = { ...HUB_LIMITS, ...options.limits };
  const newId = monotonicFactory(options.random);
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
  const shared = { dataDir, clock, limits, newId, say, onBug, rehearsal, store, hubStore, settings };
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
    archived: () => archived,
    firing: () => alerting.fired(),
    severityOf: (alert) => alerting.severityOf(alert),
  });
  const steps = new StepRuns({
    ...hub,
    runbooks: options.runbooks ?? null,
    rooms,
    targets: () => atHub(settings.current.targets.map(withSettings), serving.own()),
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
    inspect: async (target) => (await serving.inspect(target)) ?? NOBODY_LOOKS,
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
    hub: { id: randomUUID(), pid: process.pid, startedAt: serving.startedAt, ...(rehearsal && { drill: true }) },
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
    onIdle: serving.onIdle,
  });
  maintenance.measure();
  isServing = true;

  async function takeOver({ targets, apply, tls }: ReadSettings, gone: readonly HubTarget[]): Promise<void> {
    for (const { name } of gone) alerting.dropTarget(name);
    alerting.replaceRules(rulesFor(settings.current));
    broadcaster.keepTargets(new Set(targets.map(({ name }) => name)));
    apply();
    if (tls) await serving.renew(tls);
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

  return {
    ...hub,
    token,
    counts,
    recorder,
    presence,
    connections,
    figures,
    broadcaster,
    rooms,
    scheduler,
    record,
    oncall,
    links,
    deliveries,
    intakes,
    heartbeats,
    changes,
    alerting,
    digests,
    steps,
    hubCommands,
    bodies,
    maintenance,
  };
}

const NOTHING_KNOWN: Answering<ConfigQuestion> = () =>
  Promise.reject(new Error('this hub reads no logs and no runbooks'));
/** A target without settings of its own is one of a test. */
const withSettings = (target: HubTarget): Target => ({ settings: {}, ...target });
const NOBODY_LOOKS: InspectionResult = { refused: 'this hub polls no targets' };
