/** A little load on everything the demo shows, so that the panels move. Trouble with a server is its panel's to tell. */
import { Redis } from 'ioredis';
import pg from 'pg';
import { WebSocket } from 'ws';

export interface Places {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly socketUrl: string;
}

/** Starts the load; the answer ends it. */
export async function startTraffic(places: Places): Promise<() => Promise<void>> {
  const ends = await Promise.all([chatters(places.socketUrl, 120), cache(places.redisUrl), shop(places.databaseUrl)]);
  return async () => void (await Promise.allSettled(ends.map((end) => end())));
}

/** Every 100 ms `work`, but never twice at once. */
function often(work: (round: number) => Promise<unknown>): () => void {
  let round = 0;
  let isBusy = false;
  const timer = setInterval(() => {
    if (isBusy) return;
    isBusy = true;
    void work(round++)
      .catch(() => {})
      .finally(() => (isBusy = false));
  }, 100);
  return () => clearInterval(timer);
}

/** People who come, say something now and then, and leave. */
async function chatters(url: string, count: number): Promise<() => Promise<void>> {
  const open = (): WebSocket => new WebSocket(url).on('error', () => {});
  const people = Array.from({ length: count }, open);
  const stop = often(async (round) => {
    const i = round % count;
    if (round % 10 === 0) {
      people[i]?.close();
      people[i] = open();
    } else if (people[i]?.readyState === WebSocket.OPEN) people[i]?.send(`hello ${round}`);
  });
  return async () => {
    stop();
    for (const socket of people) socket.terminate();
  };
}

async function cache(url: string): Promise<() => Promise<void>> {
  const redis = new Redis(url, { commandTimeout: 1000, maxRetriesPerRequest: 0 });
  redis.on('error', () => {});
  const stop = often(async (round) => {
    const batch = redis.pipeline();
    for (let i = 0; i < 20; i++) {
      const user = (round * 7 + i * 13) % 5000;
      batch.set(`session:${user}`, 'x'.repeat(200), 'EX', 600);
      // Most of the time somebody who was here ten rounds ago, else nobody.
      batch.get(i % 10 === 0 ? `session:gone` : `session:${(user + 4930) % 5000}`);
      if (i === 0) batch.hset(`presence:${user % 200}`, 'seen', Date.now());
    }
    await batch.exec();
  });
  return async () => {
    stop();
    redis.disconnect();
  };
}

/** A pool of eight, reads and writes, one transaction that dawdles. */
async function shop(url: string): Promise<() => Promise<void>> {
  const pool = new pg.Pool({ connectionString: url, max: 8, application_name: 'shop', query_timeout: 2000 });
  pool.on('error', () => {});
  await pool.query(
    'CREATE TABLE IF NOT EXISTS orders (id bigserial PRIMARY KEY, item int, at timestamptz DEFAULT now())',
  );
  const stop = often(async (round) => {
    const work = Array.from({ length: 6 }, (_, i) =>
      i === 0
        ? pool.query('INSERT INTO orders (item) VALUES ($1)', [round % 50])
        : pool.query('SELECT count(*) FROM orders WHERE item = $1', [(round + i) % 50]),
    );
    if (round % 50 === 0) work.push(pool.query('SELECT pg_sleep(1.5)'));
    await Promise.allSettled(work);
  });
  return async () => {
    stop();
    await Promise.race([pool.end(), new Promise((done) => setTimeout(done, 500))]);
  };
}
