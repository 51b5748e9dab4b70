/** A hub as its own process, for tests that kill it: `hub [--background] --data DIR [--port N] [--redis URL]`, with steps on that. */
import { parseArgs } from 'node:util';
import { startHub } from '../../src/hub/hub.ts';
import { openJournal } from '../../src/log/journal.ts';
import { stepOptions } from '../runbooks/step-hub.ts';
import { hubOptions } from './hub-options.ts';

const { values } = parseArgs({
  allowPositionals: true,
  options: {
    background: { type: 'boolean' },
    data: { type: 'string' },
    config: { type: 'string' },
    port: { type: 'string', default: '0' },
    idle: { type: 'string', default: '60000' },
    redis: { type: 'string' },
  },
});
const dir = values.data ?? '.';
const hub = await startHub(
  hubOptions(dir, await openJournal({ dir }), {
    listen: { host: '127.0.0.1', port: Number(values.port) },
    idleExitMs: Number(values.idle),
    ...(values.redis !== undefined && stepOptions(values.redis)),
    limits: { perSecond: 100_000, burst: 100_000 },
  }),
);
process.stdout.write(`${JSON.stringify({ url: hub.url, token: hub.token, pid: process.pid })}\n`);
process.on('SIGTERM', () => void hub.close());
await hub.done;
