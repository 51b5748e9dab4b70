/** Starts and ends a hub. */
import { setTimeout as sleep } from 'node:timers/promises';
import { isLoopback } from '../delivery/connection-settings.ts';
import type { Reading } from '../protocol/reading.ts';
import { assembleHub } from './assemble.ts';
import { Connection } from './connection.ts';
import { healthRoutes, type Stats } from './health.ts';
import type { Hub, HubOptions } from './hub-options.ts';
import { outsideRoutes } from './outside-routes.ts';
import { RuntimeFile } from './runtime-file.ts';
import { listenForConsoles } from './server.ts';
import { toldSettings } from './settings.ts';

/** Starts a hub, which closes `journal` at its end. When it rejects, `journal` is still the caller's. */
export async function startHub(options: HubOptions): Promise<Hub> {
  const { dataDir, clock, journal, tls = null, idleExitMs, version = '0' } = options;
  if (!isLoopback(options.listen.host) && !tls && !options.insecure)
    throw new Error(
      `${options.listen.host} can be reached from other machines: give a certificate and key (TLS), or say --insecure if something else protects the line`,
    );
  const startedAt = new Date(clock.wall()).toISOString();
  const startedMono = clock.mono();
  const parts = await assembleHub(options, {
    startedAt,
    own: () => runtimeFile.own,
    inspect: async (target) => poller?.inspect?.(target),
    async renew(tls) {
      server.renew(tls);
      await runtimeFile.announce(tls);
    },
    onIdle: () => void close('idle'),
  });
  const {
    token,
    limits,
    counts,
    recorder,
    settings,
    presence,
    connections,
    figures,
    broadcaster,
    rooms,
    scheduler,
    record,
    oncall,
    deliveries,
    heartbeats,
    changes,
    alerting,
    digests,
    steps,
    maintenance,
  } = parts;
  const server = await listenForConsoles({
    ...options.listen,
    tls,
    allowedOrigins: options.allowedOrigins,
    limits,
    routes: { ...healthRoutes(stats, () => figures.recent()), ...outsideRoutes(parts) },
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
