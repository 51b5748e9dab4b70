/** The world of the demo, of end-to-end tests and of screenshots: real servers, traffic, and handles to break them. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { endSupervisor, freePort, privatePostgres, privateRedis, type PrivateServer } from '../services/services.ts';
import { startApp, type ChatProgram } from '../../src/drills/programs/chat.ts';
import { startTraffic } from './traffic.ts';

export interface DemoWorld {
  /** A folder with warroom.yaml, for `--config`. */
  readonly config: string;
  /** An empty folder, for `--data`. */
  readonly data: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Set `app.mood` to `sick` or `hangs` to break the service. */
  readonly app: ChatProgram;
  /** Ends Redis; `startRedis` brings a new, empty one up on the same port. */
  stopRedis(): Promise<void>;
  startRedis(): Promise<void>;
  freezeRedis(): void;
  thawRedis(): void;
  freezePostgres(): void;
  thawPostgres(): void;
  close(): Promise<void>;
}

export interface DemoOptions {
  /** Load on everything; without it the servers are idle. On by default. */
  readonly traffic?: boolean;
  /** How often each target is polled, as in warroom.yaml. */
  readonly every?: string;
}

export async function startDemoWorld({ traffic = true, every = '1s' }: DemoOptions = {}): Promise<DemoWorld> {
  const redisPort = await freePort();
  const redisArgs = ['--port', String(redisPort), '--maxmemory', '64mb', '--maxmemory-policy', 'allkeys-lru'];
  const redisUrl = `redis://127.0.0.1:${redisPort}`;
  const startRedis = (): Promise<PrivateServer> => privateRedis({ args: redisArgs });
  const [firstRedis, postgres, app] = await Promise.all([
    startRedis(),
    privatePostgres({ settings: { max_connections: '40' } }),
    startApp(),
  ]);
  let redis = firstRedis;
  const room = await mkdtemp(path.join(os.tmpdir(), 'warroom-demo-'));
  const [config, data] = await Promise.all(['config', 'data'].map((name) => mkdtemp(path.join(room, `${name}-`))));
  if (config === undefined || data === undefined) throw new Error('no temporary folder');
  const yaml = warroomYaml({ every, hub: await freePort(), redisUrl, databaseUrl: postgres.url, app: app.address });
  await writeFile(path.join(config, 'warroom.yaml'), yaml);
  await writeFile(path.join(config, 'alerts.yaml'), ALERTS);
  const socketUrl = `ws://${app.address}/ws`;
  const endTraffic = traffic ? await startTraffic({ redisUrl, databaseUrl: postgres.url, socketUrl }) : null;
  return {
    config,
    data,
    redisUrl,
    databaseUrl: postgres.url,
    app,
    stopRedis: () => redis.stop(),
    startRedis: async () => void (redis = await startRedis()),
    freezeRedis: () => redis.freeze(),
    thawRedis: () => redis.thaw(),
    freezePostgres: () => postgres.freeze(),
    thawPostgres: () => postgres.thaw(),
    close: async () => {
      await endTraffic?.();
      await app.close();
      await endSupervisor();
      await rm(room, { recursive: true, force: true });
    },
  };
}

interface Addresses {
  readonly every: string;
  readonly hub: number;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly app: string;
}

const warroomYaml = ({ every, hub, redisUrl, databaseUrl, app }: Addresses): string => `
hub:
  listen: 127.0.0.1:${hub}
targets:
  - { name: chat, kind: http, every: ${every}, url: "http://${app}/healthz" }
  - { name: hub, kind: http, every: ${every}, url: "hub:/healthz" }
  - { name: cache, kind: redis, every: ${every}, url: "${redisUrl}" }
  - { name: orders, kind: postgres, every: ${every}, url: "${databaseUrl}" }
  - { name: chat sockets, kind: websocket, every: ${every}, url: "ws://${app}/ws", health: "http://${app}/healthz" }
  - { name: this machine, kind: host, every: ${every} }
`;

/** Rules for a world this small: quiet while all is well, quick when something is broken. */
const ALERTS = `
alerts:
  - name: Chat is down
    condition: ws_connections{target="chat sockets"} < 5 for 10s
    nodata: alert
    severity: SEV-1
    runbook: websocket-server-overload
  - { name: Redis is down, condition: redis_up == 0 for 5s, severity: SEV-1 }
  - { name: PostgreSQL is down, condition: pg_up == 0 for 5s, severity: SEV-1 }
  - name: Database pool exhausted
    condition: db_pool_exhausted
    severity: SEV-1
    runbook: database-connection-pool-exhausted
  - name: Redis memory
    condition: redis_memory_usage > 98% for 10s
    severity: SEV-2
    runbook: redis-memory-full
`;
