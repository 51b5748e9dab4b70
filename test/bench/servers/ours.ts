/** Our hub with its journal, as a process of its own for the benchmark; rate limits off, everything else as shipped. */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { startHub } from '../../../src/hub/hub.ts';
import { HANDBOOK_POLICY } from '../../../src/incident/policy.ts';
import { openJournal } from '../../../src/log/journal.ts';
import { systemClock } from '../../../src/protocol/clock.ts';

const dir = mkdtempSync(path.join(os.tmpdir(), 'warroom-bench-'));
const hub = await startHub({
  dataDir: dir,
  listen: { host: '127.0.0.1', port: 0 },
  log: await openJournal({ dir }),
  policy: HANDBOOK_POLICY,
  targets: [],
  poller: null,
  clock: systemClock,
  random: Math.random,
  allowedOrigins: [],
  idleExitMs: null,
  limits: { perSecond: 1e9, burst: 1e9 },
});
process.send?.({ url: `${hub.url}/v1/ws`, token: hub.token });
process.once('disconnect', () => {
  void hub.close().finally(() => {
    rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  });
});
