/**
 * Our hub with its journal, as built, a process of its own; rate limits off, everything else as shipped.
 * Its data are in the folder given, or in one that is removed in the end.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type * as HubFile from '../../../src/hub/hub.ts';
import type * as JournalFile from '../../../src/log/journal.ts';
import { hubOptions } from '../../support/hub-options.ts';

const built = new URL('../../../dist/src/', import.meta.url).href;
const { startHub } = (await import(`${built}hub/hub.js`)) as typeof HubFile;
const { openJournal } = (await import(`${built}log/journal.js`)) as typeof JournalFile;

const given = process.argv[2];
const dir = given ?? mkdtempSync(path.join(os.tmpdir(), 'warroom-bench-'));
const begin = performance.now();
const hub = await startHub(hubOptions(dir, await openJournal({ dir }), { limits: { perSecond: 1e9, burst: 1e9 } }));
process.send?.({ url: `${hub.url}/v1/ws`, token: hub.token, startMs: performance.now() - begin });
process.once('disconnect', () => {
  void hub.close().finally(() => {
    if (given === undefined) rmSync(dir, { recursive: true, force: true });
    process.exit(0);
  });
});
