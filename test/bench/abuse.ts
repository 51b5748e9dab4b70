/**
 * How long somebody's note waits while another person abuses the hub. Hub, abuser and bystander are processes of their
 * own; the hub is the built program with its shipped limits and no targets.
 */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { abusedHub } from '../support/abused-hub.ts';
import { ABUSES, type Scene } from '../support/abuses.ts';
import { Place } from '../support/program.ts';

export interface AbuseRow {
  readonly what: string;
  /** The longest that a note of the bystander waited for its acknowledgement. */
  readonly bystanderWorstMs: number;
  /** The most memory the hub held. */
  readonly rssMiB: number;
}

const start = (place: Place, file: string, args: readonly string[]): ChildProcess =>
  fork(path.join(import.meta.dirname, 'servers', file), args, {
    execArgv: ['--import', 'tsx'],
    env: { ...process.env, HOME: place.data },
  });

async function heard(child: ChildProcess): Promise<unknown> {
  const [message] = (await Promise.race([
    once(child, 'message'),
    once(child, 'exit').then(() => Promise.reject(new Error('a process of the bench ended'))),
  ])) as unknown[];
  return message;
}

async function measured(what: string, ms: number): Promise<AbuseRow> {
  const place = new Place();
  const children: ChildProcess[] = [];
  try {
    const hub = await abusedHub(place);
    const { url, bystander, writer, reader, crowd } = hub;
    const ben = start(place, 'bystander.ts', [url, bystander.token, bystander.name]);
    children.push(ben);
    const { incident } = (await heard(ben)) as { incident: string };
    const scene: Scene = { url, writer, reader, crowd, incident };
    const abuser = start(place, 'abuser.ts', [what, JSON.stringify(scene)]);
    children.push(abuser);
    await heard(abuser);
    ben.send('begin');
    await sleep(ms);
    ben.send('end');
    const { worstMs } = (await heard(ben)) as { worstMs: number };
    return { what, bystanderWorstMs: Math.round(worstMs), rssMiB: Math.round(hub.peakMiB()) };
  } finally {
    for (const child of children) child.kill('SIGKILL');
    await place.close();
  }
}

/** One row for each kind of abuse, each on a hub of its own, for `ms`. */
export async function benchAbuse(ms: number): Promise<{ readonly rows: readonly AbuseRow[] }> {
  const rows: AbuseRow[] = [];
  for (const what of Object.keys(ABUSES)) rows.push(await measured(what, ms));
  return { rows };
}
