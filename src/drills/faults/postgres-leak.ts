/** An application forgets to end a transaction that holds a lock, and its other sessions wait behind it until no slot is left. */
import pg from 'pg';
import type { Fault } from './fault.ts';

export const postgresLeak: Fault = {
  kind: 'postgres',
  read(settings) {
    const application = settings.text('application', 'shop');
    return async (url) => {
      const admin = new pg.Client({ connectionString: url });
      await admin.connect();
      const { rows } = await admin.query<{ free: number }>(
        `SELECT current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
              - count(*)::int AS free FROM pg_stat_activity WHERE backend_type = 'client backend'`,
      );
      await admin.query(`
        DO $$ BEGIN CREATE ROLE shop LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;
        CREATE TABLE IF NOT EXISTS shop_stock (item int PRIMARY KEY, count int);
        INSERT INTO shop_stock VALUES (1, 100) ON CONFLICT DO NOTHING;
        GRANT SELECT, UPDATE ON shop_stock TO shop`);
      const shopUrl = Object.assign(new URL(url), { username: 'shop', password: '' }).href;
      const sessions: pg.Client[] = [];
      const session = async (): Promise<pg.Client> => {
        const client = new pg.Client({ connectionString: shopUrl, application_name: application });
        client.on('error', () => {});
        await client.connect();
        sessions.push(client);
        return client;
      };
      const root = await session();
      await root.query('BEGIN');
      await root.query('UPDATE shop_stock SET count = count - 1 WHERE item = 1');
      // The administrator's session is one of those counted, and goes.
      await admin.end();
      const free = rows[0]?.free ?? 0;
      await Promise.all(
        Array.from({ length: free }, async () => {
          const client = await session().catch(() => null);
          // Whoever gets the lock in the end leaves, as a request does.
          const end = (): void => void client?.end().catch(() => {});
          void client?.query('UPDATE shop_stock SET count = count - 1 WHERE item = 1').then(end, end);
        }),
      );
      return async () => {
        await Promise.allSettled(sessions.map((client) => client.end()));
        const last = new pg.Client({ connectionString: url });
        await last.connect();
        await last.query('DROP TABLE IF EXISTS shop_stock; DROP ROLE IF EXISTS shop').finally(() => last.end());
      };
    };
  },
};
