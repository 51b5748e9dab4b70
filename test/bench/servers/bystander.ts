/** A process of somebody who only does their work while another abuses the hub: ten short notes a second. */
import { Client } from '../../../src/client/client.ts';
import { systemClock } from '../../../src/protocol/clock.ts';
import { chance } from '../../support/random.ts';
import { until } from '../../support/patience.ts';

const EVERY_MS = 100;
const [url = '', token = '', name = ''] = process.argv.slice(2);
const client = new Client({
  url,
  token,
  name,
  via: 'console',
  live: true,
  outbox: null,
  incident: null,
  clock: systemClock,
  random: chance,
});
await until('the hub answers', () => client.view.link.state === 'live');
const declared = await client.submit({ kind: 'declare', title: 'everybody works here', severity: 'SEV-1' }, null);
const answer = await client.settled(declared.n);
if (!('ack' in answer)) throw new Error('the bystander could not declare');
const { incident } = answer.ack;
client.follow(incident);

let worst = 0;
/** When each note was written that is not acknowledged yet. */
const open = new Map<number, number>();
const write = async (): Promise<void> => {
  const at = performance.now();
  const { n } = await client.submit({ kind: 'note', text: `at work ${at}` }, incident);
  open.set(n, at);
  await client.settled(n);
  open.delete(n);
  worst = Math.max(worst, performance.now() - at);
};
const timer = setInterval(() => void write(), EVERY_MS);
process.on('message', (what) => {
  if (what === 'begin') {
    worst = 0;
    open.clear();
  } else {
    clearInterval(timer);
    // What was not answered at all has waited as long as this.
    const waiting = Math.max(0, ...[...open.values()].map((at) => performance.now() - at));
    process.send?.({ worstMs: Math.max(worst, waiting) });
  }
});
process.once('disconnect', () => process.exit());
process.send?.({ incident });
