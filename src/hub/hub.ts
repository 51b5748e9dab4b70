/** Starts and ends a hub. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../delivery/connection-settings.ts';
import { HUB_STREAM } from '../incident/hub-record.ts';
import type { Reading } from '../protocol/reading.ts';
import { ACKNOWLEDGE_PATH } from './acknowledge-links.ts';
import { AcknowledgePage, FRONT_PAGE } from './acknowledge-page.ts';
import { AlertIntake } from './alert-intake.ts';
import { readSavedAlerts } from './alert-memory.ts';
import { AssembledHub } from './assemble.ts';
import { Connection } from './connection.ts';
import { healthRoutes } from './health.ts';
import { readHeartbeats } from './heartbeats.ts';
import type { Hub, HubOptions } from './hub-options.ts';
import { hubFold, importSavedAlerts } from './hub-record.ts';
import { PagerdutyWebhook } from './pagerduty-webhook.ts';
import { RuntimeFile } from './runtime-file.ts';
import { listenForConsoles, type Routes } from './server.ts';
import { toldSettings } from './settings.ts';
import { SlackCommands } from './slack-commands.ts';
import { localToken } from './tokens.ts';

/** Starts a hub, which closes `journal` at its end. When it rejects, `journal` is still the caller's. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, journal, tls = null, idleExitMs, version = '0', say = () => {} } = options;
  if (!isLoopback(options.listen.host) && !tls && !options.insecure)
    throw new Error(
      `${options.listen.host} can be reached from other machines: give a certificate and key (TLS), or say --insecure if something else protects the line`,
    );
  const hubStore = journal.hubStore(hubFold);
  const serving = {
    own: () => runtimeFile.own,
    inspect: async (target: string) => poller?.inspect?.(target),
    async renew(renewed: NonNullable<typeof tls>) {
      server.renew(renewed);
      await runtimeFile.announce(renewed);
    },
    onIdle: () => void close('idle'),
  };
  const hub = new AssembledHub(options, serving, {
    token: await localToken(dataDir),
    hubStore,
    record: await hubStore.open(HUB_STREAM),
    alerts: await readSavedAlerts(dataDir, say),
    heartbeats: await readHeartbeats(dataDir, say),
  });
  const { clock, limits, recorder, settings, connections, broadcaster, rooms, record, alerting, deliveries, steps } =
    hub;
  await hub.authenticator.refresh();
  await rooms.start();
  for (const { incident, reason } of rooms.damaged())
    say(`the record of ${incident}, which is over, is damaged and not served: ${reason}`);
  await importSavedAlerts(hub);
  await hub.maintenance.measure();
  const server = await listenForConsoles({
    ...options.listen,
    tls,
    allowedOrigins: options.allowedOrigins,
    limits,
    routes: {
      ...healthRoutes(
        () => hub.stats(),
        () => hub.figures.recent(),
      ),
      ...outsideRoutes(hub),
    },
    onSocket: (ws, socket, address) => connections.enter(new Connection(ws, socket, address, clock, limits)),
  });
  const isSecure = tls !== null;
  const startedAt = new Date(hub.startedAt.wall).toISOString();
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
  for (const part of [alerting, hub.oncall, deliveries]) part.greet({ send: (message) => recorder.told(message) });
  alerting.start();
  hub.changes.start();
  for (const { id } of rooms.open()) hub.scheduler.handle(id);
  hub.maintenance.start();
  deliveries.wake();
  hub.digests.changed();
  steps.start();

  function onReading(reading: Reading): void {
    broadcaster.reading(reading);
    recorder.reading(reading);
    const target = settings.target(reading.target);
    // A guessed target that does not exist raises no alerts.
    if (target && !target.own && reading.facts['absent'] === undefined) alerting.take(reading);
  }

  let ended: (reason: string) => void = () => {};
  const done = new Promise<string>((resolve) => (ended = resolve));
  let closing: Promise<void> | null = null;
  const close = (reason = 'closed'): Promise<void> => (closing ??= end(reason));

  /** Withdraws the runtime file, waits for pending writes, closes connections and the journal. */
  async function end(reason: string): Promise<void> {
    hub.maintenance.stop();
    // What it records wakes the scheduler.
    await steps.close();
    hub.scheduler.stop();
    connections.shut();
    broadcaster.close();
    hub.oncall.close();
    await runtimeFile.withdraw();
    await poller?.close();
    await alerting.close();
    await hub.digests.close();
    await deliveries.close();
    hub.changes.close();
    await hub.heartbeats.save();
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
    token: hub.read.token,
    close,
    reload: () => settings.reload(),
    done,
    stats: () => hub.stats(),
  };
}

/** The paths of programs and people outside. */
function outsideRoutes(hub: AssembledHub): Routes {
  const page = new AcknowledgePage(hub);
  const alerts = new AlertIntake(hub);
  const slack = new SlackCommands(hub);
  const pagerduty = new PagerdutyWebhook(hub);
  return hub.bodies.routes({
    'GET /': () => Promise.resolve({ status: 200, body: FRONT_PAGE }),
    [`GET ${ACKNOWLEDGE_PATH}*`]: (request) => page.show(request),
    [`POST ${ACKNOWLEDGE_PATH}*`]: (request) => page.press(request),
    'POST /v1/slack/commands': (request) => slack.take(request),
    'POST /v1/webhooks/pagerduty': (request) => pagerduty.take(request),
    'POST /v1/alerts/alertmanager': (request) => alerts.alertmanager(request),
    'POST /v1/alerts/pagerduty': (request) => alerts.pagerduty(request),
    'POST /v1/alerts/generic': (request) => alerts.generic(request),
    'POST /v1/heartbeat/*': (request) => hub.heartbeats.take(request),
    'POST /v1/changes': (request) => hub.changes.take(request),
  });
}
