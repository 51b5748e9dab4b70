/** The real servers of the tests: the shared pair, and private ones (src/drills/servers) that a test may break. */
import { fromApt } from '../../src/drills/servers/apt.ts';
import { isProgram, onPath } from '../../src/drills/servers/find.ts';
import {
  endSupervisor,
  privatePostgres,
  privateRedis,
  startProgram,
  type PrivateServer,
} from '../../src/drills/servers/private-servers.ts';

export { freePort } from '../../src/drills/servers/start.ts';
export { unprivileged } from '../../src/drills/servers/private-servers.ts';
export { endSupervisor, privatePostgres, privateRedis, type PrivateServer };

export interface Services {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  stop(): Promise<void>;
}

/** `REDIS_URL` and `DATABASE_URL` where given, else private servers (about 0.7 s). */
export async function startServices(): Promise<Services> {
  // What is set to nothing is not given.
  const [redisUrl, databaseUrl] = await Promise.all([
    process.env['REDIS_URL'] || privateRedis().then((server) => server.url),
    process.env['DATABASE_URL'] || privatePostgres().then((server) => server.url),
  ]);
  return { redisUrl, databaseUrl, stop: endSupervisor };
}

/** An Alertmanager of one's own; null: there is none here, and none to be had through apt. `config`: YAML. */
export async function privateAlertmanager(config: string): Promise<PrivateServer | null> {
  const name = 'prometheus-alertmanager';
  const program = findAlertmanager() ?? (await fromApt(name, console.log).catch(() => null))?.path;
  if (program === undefined) return null;
  // Alone: it looks for no other Alertmanager.
  const args = ['--config.file=alertmanager.yml', '--storage.path=data', '--cluster.listen-address='];
  return startProgram({
    name,
    bin: program,
    args: [...args, '--web.listen-address=127.0.0.1:PORT'],
    env: {},
    url: 'http://127.0.0.1:PORT',
    ready: 'Listening on',
    stopSignal: 'SIGKILL',
    files: { 'alertmanager.yml': config },
  });
}

/** `WARROOM_ALERTMANAGER_BIN`, else prometheus-alertmanager (Debian's name) or alertmanager on PATH. */
function findAlertmanager(): string | undefined {
  const asked = process.env['WARROOM_ALERTMANAGER_BIN'];
  if (asked !== undefined) return isProgram(asked) ? asked : undefined;
  return ['prometheus-alertmanager', 'alertmanager'].map(onPath).find(Boolean);
}
