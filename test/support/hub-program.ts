/** A hub as its own process, for tests that kill it: `hub [--background] --data DIR [--port N]`. */
import { parseArgs } from 'node:util';
import { startHub } from '../../src/hub/hub.ts';
import { HANDBOOK_POLICY } from '../../src/incident/policy.ts';
import { openJournal } from '../../src/log/journal.ts';
import { systemClock } from '../../src/protocol/clock.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    background: { type: 'boolean' },
    data: { type: 'string' },
    config: { type: 'string' },
    port: { type: 'string', default: '0' },
    idle: { type: 'string', default: '60000' },
  },
});
const dir = values.data ?? '.';
const hub = await startHub({
  dataDir: dir,
  listen: { host: '127.0.0.1', port: Number(values.port) },
  log: await openJournal({ dir }),
  policy: HANDBOOK_POLICY,
  targets: [],
  poller: null,
  clock: systemClock,
  random: Math.random,
  allowedOrigins: [],
  idleExitMs: Number(values.idle),
  limits: { perSecond: 100_000, burst: 100_000 },
});
process.stdout.write(`${JSON.stringify({ url: hub.url, token: hub.token, pid: process.pid })}\n`);
process.on('SIGTERM', () => void hub.close());
await hub.done;
