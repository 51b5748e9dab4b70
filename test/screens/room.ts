/**
 * Pictures of a real run for the documents: real servers, a hub that polls them, two consoles, an incident.
 * `npx tsx test/screens/room.ts [DIR]` writes room.svg, zoom.svg, wide.svg and small.svg there, docs/screens if not said.
 */
import { spawn } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { createInterface } from 'node:readline';
import pg from 'pg';
import { startDemoWorld } from '../demo/world.ts';
import { sit } from '../console/sit.ts';
import { Opened } from '../support/room.ts';
import { toSvg } from '../support/svg.ts';

const SIZES = { room: [120, 36], wide: [200, 55], small: [80, 24] } as const;
const root = path.join(import.meta.dirname, '../..');
const out = process.argv[2] ?? path.join(root, 'docs/screens');
const wait = (seconds: number): Promise<void> => new Promise((done) => setTimeout(done, seconds * 1000));

/** Who says what; everything is typed, as people do. */
const STORY: readonly (readonly ['alice' | 'bob', string])[] = [
  ['alice', '/declare sev2 orders time out in checkout'],
  ['alice', '/role ic me'],
  ['bob', '/role scribe me'],
  ['bob', '/ack'],
  ['alice', '/status investigating'],
  ['bob', 'checkout answers 503 since the last deploy'],
  ['bob', '/triage 1 checkout: orders time out'],
  ['alice', '/q did anybody change the orders table?'],
  ['bob', 'yes: migration 0042 adds a column, started minutes ago'],
  ['bob', '/triage 5 migration 0042 adds a column to orders'],
  ['bob', '/h the migration waits behind a forgotten transaction'],
  ['alice', '/sev 1 because 30% of checkouts fail'],
  ['alice', '/d end the idle session, then let the migration finish; reversible'],
  ['bob', '/a watch the lock queue until it is empty'],
];

await mkdir(out, { recursive: true });
const opened = new Opened();
const world = await startDemoWorld();
opened.later(() => world.close());

/** The hub as people run it, with the demo's targets. */
async function hub(): Promise<{ readonly url: string; readonly token: string }> {
  const args = ['tsx', 'src/cli/main.ts', 'hub', '--json', '--config', world.config, '--data', world.data];
  const child = spawn('npx', args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true });
  opened.later(async () => void (child.pid !== undefined && process.kill(-child.pid, 'SIGTERM')));
  for await (const line of createInterface({ input: child.stdout })) {
    const ready = JSON.parse(line) as { readonly url: string; readonly token: string };
    return { url: ready.url, token: ready.token };
  }
  throw new Error('the hub ended before it was ready');
}

/** Somebody forgot a transaction; a migration waits behind it, and everybody else behind the migration. */
async function lockOrders(): Promise<void> {
  const connect = async (application: string): Promise<pg.Client> => {
    const client = new pg.Client({ connectionString: world.databaseUrl, application_name: application });
    client.on('error', () => {});
    await client.connect();
    opened.later(() => client.end().catch(() => {}));
    return client;
  };
  const [forgotten, migration, ...buyers] = await Promise.all(
    ['psql of carol', 'migrate', 'checkout', 'checkout', 'checkout'].map(connect),
  );
  await forgotten?.query('CREATE TABLE IF NOT EXISTS orders (id int, state text); BEGIN');
  await forgotten?.query('LOCK TABLE orders IN ACCESS SHARE MODE');
  void migration?.query('ALTER TABLE orders ADD COLUMN note text').catch(() => {});
  await wait(0.3);
  for (const buyer of buyers) void buyer.query("INSERT INTO orders VALUES (1, 'paid')").catch(() => {});
}

try {
  const place = await hub();
  const seats = {
    alice: sit('alice', await opened.client(place, 'alice')),
    bob: sit('bob', await opened.client(place, 'bob')),
  };
  await seats.alice.sees('link ok');
  await wait(Number(process.env['WARROOM_WARM'] ?? 60));
  await lockOrders();
  world.app.mood = 'sick';
  await wait(12);
  for (const [who, line] of STORY) {
    await seats[who].type(`${line}\n`);
    await wait(1.5);
  }
  const seat = seats.bob;
  for (const [name, [cols, rows]] of Object.entries(SIZES)) {
    seat.terminal.resize(cols, rows);
    await wait(1.5);
    await seat.type('rollback of 0042 prepared, waiting for the lock queue');
    await wait(0.5);
    await seat.terminal.flush();
    await writeFile(path.join(out, `${name}.svg`), toSvg(seat.terminal));
    await seat.type('\x15');
    if (name !== 'room') continue;
    // PostgreSQL, zoomed.
    seat.terminal.send('\x1b2');
    await wait(1);
    await seat.terminal.flush();
    await writeFile(path.join(out, 'zoom.svg'), toSvg(seat.terminal));
    seat.terminal.send('\x1b2');
    await wait(0.5);
  }
} finally {
  await opened.tidy();
}
process.exit(0);
