/** Makes the parts of a hub. */
import { isHubEvent } from '../incident/hub-record.ts';
import type { HubState } from '../incident/hub-state.ts';
import type { AnyEvent } from '../incident/topic.ts';
import type { Opened } from '../log/event-store.ts';
import { namesOf } from '../oncall/plan.ts';
import { AcknowledgeLinks } from './acknowledge-links.ts';
import type { SavedAlerts } from './alert-memory.ts';
import { AlertPager } from './alert-pager.ts';
import { Alerting } from './alerting.ts';
import { archivedSummaries } from './archive.ts';
import { Authenticator } from './authenticator.ts';
import { Broadcaster } from './broadcaster.ts';
import { ChangeIntake } from './change-intake.ts';
import { Connections } from './connections.ts';
import { HubDeliveries } from './deliveries.ts';
import { Digests } from './digests.ts';
import { FanOut } from './fan-out.ts';
import { HubFigures, HubFollowUp } from './figures.ts';
import type { Stats } from './hub-options.ts';
import { Heartbeats, type SavedHeartbeats } from './heartbeats.ts';
import { HttpBodies } from './http-body.ts';
import { HubCommands } from './hub-commands.ts';
import { HubContext, type ReadBefore } from './hub-context.ts';
import { hubRecordRoom, type HubRecordRoom } from './hub-record.ts';
import { Intakes } from './intakes.ts';
import { Maintenance } from './maintenance.ts';
import { MessageHandler } from './message-handler.ts';
import { Oncall } from './oncall.ts';
import { Presence } from './presence.ts';
import { Recorder } from './recorder.ts';
import { Rooms } from './rooms.ts';
import { Scheduler } from './scheduler.ts';
import { rulesFor, toldSettings, type HubTarget, type ReadSettings } from './settings.ts';
import { StepRuns } from './step-runs.ts';
import { Subscribers, type Batch } from './subscribers.ts';

/** Null: there was nothing. */
interface Read extends ReadBefore {
  readonly record: Opened<HubState> | null;
  readonly alerts: SavedAlerts | null;
  readonly heartbeats: SavedHeartbeats;
}

/** Each part is given all of them, and finds those it uses when it needs them: only constructors depend on the order. */
export class AssembledHub extends HubContext<Read> {
  readonly recorder: Recorder = new Recorder(this);
  readonly presence: Presence = new Presence(this);
  readonly fanOut: FanOut = new FanOut(this);
  readonly connections: Connections = new Connections(this);
  readonly authenticator: Authenticator = new Authenticator(this.dataDir, this.read.token);
  /** Incidents whose records were moved away; the figures count them as before. */
  archived = archivedSummaries(this.dataDir);
  readonly figures: HubFigures = new HubFigures(this);
  readonly followUp: HubFollowUp = new HubFollowUp(this);
  readonly broadcaster: Broadcaster = new Broadcaster(this);
  readonly rooms: Rooms = new Rooms(this);
  readonly scheduler: Scheduler = new Scheduler(this);
  readonly record: HubRecordRoom = hubRecordRoom(this);
  readonly oncall: Oncall = new Oncall(this);
  readonly links: AcknowledgeLinks = new AcknowledgeLinks(this.read.token, this.options.publicUrl ?? null);
  readonly deliveries: HubDeliveries = new HubDeliveries(this);
  readonly intakes: Intakes = new Intakes(this);
  readonly heartbeats: Heartbeats = new Heartbeats(this);
  readonly changes: ChangeIntake = new ChangeIntake(this);
  readonly pager: AlertPager = new AlertPager(this);
  readonly alerting: Alerting = new Alerting(this);
  readonly digests: Digests = new Digests(this);
  readonly steps: StepRuns = new StepRuns(this);
  readonly hubCommands: HubCommands = new HubCommands(this);
  readonly messageHandler: MessageHandler = new MessageHandler(this);
  readonly bodies: HttpBodies = new HttpBodies(this);
  readonly maintenance: Maintenance = new Maintenance(this);

  /** Of what is committed in an incident. */
  readonly subscribers = new Subscribers(
    [
      this.messageHandler,
      this.fanOut,
      this.scheduler,
      this.alerting,
      this.deliveries,
      this.changes,
      this.steps,
      this.recorder,
      this.presence,
      this.broadcaster,
    ],
    { store: this.store, say: this.say, retryMs: RETRY_MS },
  );
  /** Of what is committed in the hub's own record. */
  readonly recordSubscribers = new Subscribers(
    [this.deliveries, { name: 'own record', handle: (_stream, batch) => this.#handleOwn(batch) }],
    { store: this.hubStore, say: this.say, retryMs: RETRY_MS },
  );

  /** Names that people have here: connected since the start, invited, or on call. */
  readonly knownNames = (): readonly string[] => [
    ...this.presence.names(),
    ...this.authenticator.invited(),
    ...(this.oncall.plan?.people ?? []).flatMap(namesOf),
  ];

  protected async takeOver({ targets, apply, tls }: ReadSettings, gone: readonly HubTarget[]): Promise<void> {
    for (const { name } of gone) this.alerting.dropTarget(name);
    this.alerting.replaceRules(rulesFor(this.settings.current));
    this.broadcaster.keepTargets(new Set(targets.map(({ name }) => name)));
    apply();
    if (tls) await this.serving.renew(tls);
    this.oncall.changed();
    this.deliveries.wake();
    this.digests.changed();
    for (const { id } of this.rooms.open()) this.scheduler.handle(id);
    this.connections.tell({ type: 'settings', ...toldSettings(this.settings.current) });
  }

  stats(): Stats {
    const { open, all } = this.rooms.count();
    return {
      readOnly: this.maintenance.readOnly,
      unkept: this.recorder.fault,
      connections: this.connections.size,
      people: this.presence.people().length,
      incidentsOpen: open,
      incidents: all,
      damaged: this.rooms.damaged().length,
      journalLag: this.rooms.lag + this.record.lag,
      events: this.counts.events,
      commands: { acknowledged: this.counts.acknowledged, refused: this.counts.refused },
      uptimeSeconds: Math.round((this.clock.mono() - this.startedAt.mono) / 1000),
      version: this.options.version ?? '0',
      alerts: this.alerting.counts(),
      deliveries: this.deliveries.counts(),
    };
  }

  #handleOwn({ events }: Batch): void {
    const known = events.flatMap((event: AnyEvent) => (isHubEvent(event) ? [event] : []));
    this.alerting.apply(known);
    this.changes.apply(known);
    if (!known.some(({ kind }) => kind.startsWith('oncall_'))) return;
    this.oncall.changed();
    this.digests.changed();
  }
}

/** Before a subscriber that failed is called again, ms. */
const RETRY_MS = 1_000;
