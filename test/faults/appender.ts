/**
 * A process that appends to a journal and prints `ack N` when entry N is acknowledged, for tests that kill it or its disk.
 * Usage: appender.ts DIR [appends at a time] [how many in all]
 */
import fs from 'node:fs';
import { openLog } from '../log/open-store.ts';
import { note, origin } from '../log/sample.ts';

const [dir = '', atATime = '8', total = 'Infinity'] = process.argv.slice(2);
const say = (line: string): void => {
  fs.writeSync(1, `${line}\n`);
};

const log = await openLog({ dir });
let seq = await log.head('a');
const end = seq + Number(total);
say(`head ${seq}`);

async function appendOn(): Promise<void> {
  while (seq < end) {
    const mine = ++seq;
    try {
      await log.append('a', [note('a', mine)], origin(mine));
    } catch (error) {
      say(`fault ${error instanceof Error ? error.message : String(error)}`);
      return;
    }
    say(`ack ${mine}`);
  }
}
await Promise.all(Array.from({ length: Number(atATime) }, appendOn));
say(log.readOnly === null ? 'done' : 'read-only');
await log.close();
